/** What is checked before a store is written to, and the complete check after a restore. */
import { payloadCommitmentHex } from '../envelope/seal-event.ts';
import { OperatingError } from '../port.ts';
import type { SqliteDatabase } from './database.ts';
import { decryptPayload, payloadKey } from './payload-cipher.ts';

/**
 * `tail` reads the last events; `full` reads every page and every event, which takes as long as that takes;
 * `none` is for tests that damage a store on purpose.
 */
export type IntegrityCheck = 'tail' | 'full' | 'none';

const TAIL_EVENTS = 64;

type Row = {
  readonly position: number;
  readonly stream: number;
  readonly revision: number;
  readonly envelope: Buffer;
  readonly ciphertext: Buffer | null;
};

/**
 * Checks that positions and revisions have no gaps and that each payload that is not erased decrypts to
 * what its envelope commits to.
 *
 * @throws OperatingError `store_damaged`, not_applied.
 */
export function assertIntegrity(
  database: SqliteDatabase,
  vault: { read(position: number): Uint8Array | null },
  check: IntegrityCheck,
): void {
  if (check === 'none') return;
  if (check === 'full') {
    const report = database.pragma('integrity_check(1)', { simple: true });
    if (report !== 'ok') throw damaged(0, String(report));
  }
  const newest = Number(database.prepare('SELECT max(position) FROM event').pluck().get() ?? 0);
  const start = check === 'full' ? 1 : Math.max(1, newest - TAIL_EVENTS + 1);
  const rows = database
    .prepare<[number], Row>(
      `SELECT position, stream, revision, envelope, ciphertext FROM event
       WHERE position >= ? ORDER BY position`,
    )
    .iterate(start);
  const lastRevision = new Map<number, number>();
  let expected = start;
  for (const row of rows) {
    if (row.position !== expected) throw damaged(expected, 'a position is missing');
    const before = lastRevision.get(row.stream) ?? (check === 'full' ? -1 : row.revision - 1);
    if (row.revision !== before + 1) throw damaged(row.position, 'a revision is missing');
    lastRevision.set(row.stream, row.revision);
    assertPayload(row, vault.read(row.position));
    expected += 1;
  }
}

function assertPayload(row: Row, salt: Uint8Array | null): void {
  if (salt === null || row.ciphertext === null) return;
  const envelope = JSON.parse(row.envelope.toString()) as { readonly payloadCommitment: string };
  const commitment = envelope.payloadCommitment;
  let payload: string;
  try {
    payload = decryptPayload(payloadKey(salt, Buffer.from(commitment, 'hex')), row.ciphertext);
  } catch (cause) {
    throw damaged(row.position, 'the payload does not decrypt', cause);
  }
  if (payloadCommitmentHex(salt, payload) !== commitment) {
    throw damaged(row.position, 'the payload is not the committed one');
  }
}

function damaged(position: number, finding: string, cause?: unknown): OperatingError {
  return new OperatingError({
    code: 'store_damaged',
    outcome: 'not_applied',
    shortMessage: `the store is damaged (${finding}); restore it from a backup`,
    facts: { position, finding },
    cause,
  });
}
