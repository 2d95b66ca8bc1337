import type { SqliteDatabase } from './database.ts';

export type StoredRow = {
  readonly position: number;
  readonly stream: number;
  readonly revision: number;
  readonly envelope: Buffer;
  readonly disclosure: string | null;
};

/** The writer's statements, prepared once. */
export function prepareWriterStatements(database: SqliteDatabase) {
  const lastPosition = database.prepare('SELECT max(position) FROM event').pluck();
  const insert = database.prepare(
    `INSERT INTO event (position, stream, revision, event_id, envelope, disclosure, ciphertext)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
  );
  const deleteFrom = database.prepare('DELETE FROM event WHERE position >= ?');
  const byId = database.prepare<[Buffer], StoredRow>(
    'SELECT position, stream, revision, envelope, disclosure FROM event WHERE event_id = ?',
  );
  const streamId = database
    .prepare<[Buffer], number>('SELECT id FROM stream WHERE name = ?')
    .pluck();
  const addStream = database.prepare('INSERT INTO stream (name) VALUES (?)');
  const headOf = database
    .prepare<[number], number | null>('SELECT max(revision) FROM event WHERE stream = ?')
    .pluck();
  const dropCiphertext = database.prepare(
    'UPDATE event SET ciphertext = NULL WHERE position = ? AND ciphertext IS NOT NULL',
  );
  return {
    lastPosition: (): number => Number(lastPosition.get() ?? 0),
    insert: (
      position: number,
      stream: number,
      revision: number,
      eventId: Buffer,
      envelope: Buffer,
      disclosure: string | null,
      ciphertext: Buffer,
    ): void => {
      insert.run(position, stream, revision, eventId, envelope, disclosure, ciphertext);
    },
    deleteFrom: (position: number): void => {
      deleteFrom.run(position);
    },
    byId: (eventId: Buffer): StoredRow | undefined => byId.get(eventId),
    streamHead: (name: Buffer): { id: number; lastRevision: number } => {
      const id = streamId.get(name);
      if (id === undefined)
        return { id: Number(addStream.run(name).lastInsertRowid), lastRevision: -1 };
      return { id, lastRevision: headOf.get(id) ?? -1 };
    },
    dropCiphertext: (position: number): number => dropCiphertext.run(position).changes,
  };
}
