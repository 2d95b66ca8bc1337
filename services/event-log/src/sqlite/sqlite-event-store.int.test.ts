/**
 * Goal: the SQLite adapter keeps the port's promises on real files. Method: the contract, then what is
 * SQLite's own: reopening, the lock, erasure to the byte, backup, damage, bounds.
 */

import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  collect,
  eventStoreContract,
  exampleEvent,
  exampleEvents,
  exampleStream,
} from '../contract.ts';
import { NEW_STREAM, OperatingError } from '../port.ts';
import { EVENTS_FILE, openForReading, VAULT_FILE } from './database.ts';
import { openSqliteEventStore, type SqliteEventStore } from './sqlite-event-store.ts';

const STREAM = exampleStream(1);

async function temporary(): Promise<string> {
  return mkdtempSync(join(tmpdir(), 'atomicity-store-'));
}

eventStoreContract('sqlite', async () => {
  const directory = await temporary();
  return {
    store: await openSqliteEventStore({ directory }),
    cleanup: async () => rmSync(directory, { recursive: true }),
  };
});

describe('sqlite', () => {
  let directory: string;
  let stores: SqliteEventStore[];
  const open = async (
    options: Partial<Parameters<typeof openSqliteEventStore>[0]> = {},
  ): Promise<SqliteEventStore> => {
    const store = await openSqliteEventStore({ directory, ...options });
    stores.push(store);
    return store;
  };
  beforeEach(async () => {
    directory = await temporary();
    stores = [];
  });
  afterEach(async () => {
    for (const store of stores) await store.close();
    rmSync(directory, { recursive: true });
  });

  test('a reopened store is the same store', async () => {
    const first = await open();
    await first.append(STREAM, NEW_STREAM, exampleEvents('a', 1200));
    const before = await collect(first.readAll('start'));
    await first.close();
    const second = await open({ integrityCheck: 'full' });
    expect(await collect(second.readAll('start'))).toEqual(before);
    expect(await second.append(STREAM, 1199, exampleEvents('b', 1))).toMatchObject({
      kind: 'appended',
      lastRevision: 1200,
    });
    expect(await second.append(STREAM, 5, exampleEvents('a', 3))).toMatchObject({
      kind: 'already_appended',
      lastRevision: 2,
    });
  });

  test('one writer: a second opening is refused until the first closes', async () => {
    const first = await open();
    await expect(open()).rejects.toMatchObject({ code: 'store_locked', outcome: 'not_applied' });
    await first.close();
    await open();
  });

  test('an erased payload and its salt are in no file of the store, log included', async () => {
    const store = await open();
    const secrets = ['first-secret', 'middle-secret', 'last-secret'];
    const salts = secrets.map(() => randomBytes(32));
    const events = secrets.map((secret, n) =>
      exampleEvent(secret, { payload: JSON.stringify({ secret }), salt: salts[n] }),
    );
    await store.append(STREAM, NEW_STREAM, exampleEvents('before', 500));
    await store.append(STREAM, 499, events);
    await store.append(STREAM, 502, exampleEvents('after', 500));
    const ciphertexts = ciphertextsOf(directory, [501, 502, 503]);
    expect(found(directory, salts[0])).toBe(true);
    expect(found(directory, ciphertexts[0])).toBe(true);
    for (const event of events) expect(await store.erasePayload(event.eventId)).toBe('erased');
    for (const needle of [...salts, ...ciphertexts, ...secrets.map((s) => Buffer.from(s))]) {
      expect(found(directory, needle)).toBe(false);
    }
    await store.close();
    for (const needle of [...salts, ...ciphertexts]) expect(found(directory, needle)).toBe(false);
    const again = await open({ integrityCheck: 'full' });
    const payloads = (await collect(again.readStream(STREAM, 499, 5))).map((e) => e.payload);
    expect(payloads.map((payload) => payload === null)).toEqual([false, true, true, true, false]);
  });

  test('plaintext is never on disk', async () => {
    const store = await open();
    await store.append(STREAM, NEW_STREAM, [exampleEvent('a', { payload: '{"x":"needle-42"}' })]);
    expect(found(directory, Buffer.from('needle-42'))).toBe(false);
  });

  test('a backup taken under load opens, is whole and holds what was acknowledged', async () => {
    const store = await open();
    const target = join(directory, 'copy');
    await store.append(STREAM, NEW_STREAM, exampleEvents('a', 2000));
    let done = false;
    const load = (async () => {
      for (let n = 0; !done; n += 1)
        await store.append(exampleStream(2), n - 1, [exampleEvent(`l${n}`)]);
    })();
    await store.backup(target);
    done = true;
    await load;
    await expect(store.backup(target)).rejects.toMatchObject({ code: 'backup_exists' });
    const copy = await open({ directory: target, integrityCheck: 'full' });
    const copied = await collect(copy.readAll('start'));
    expect(copied.length).toBeGreaterThanOrEqual(2000);
    const original = await collect(store.readAll('start', copied.length));
    expect(copied).toEqual(original);
    const head = await collect(copy.readStream(exampleStream(2), 0, 100_000));
    await copy.append(exampleStream(2), head.length - 1, exampleEvents('restored', 3));
  });

  test.each([
    ['a salt', VAULT_FILE, 32 * 7 + 3],
    ['the vault header', VAULT_FILE, 3],
  ])('damage to %s is found when the store opens', async (_, file, offset) => {
    const store = await open();
    await store.append(STREAM, NEW_STREAM, exampleEvents('a', 10));
    await store.close();
    flipByte(join(directory, file), offset);
    await expect(open()).rejects.toMatchObject({ code: 'store_damaged', outcome: 'not_applied' });
  });

  test('a vault that is missing or cut off is refused: its payloads would read as erased', async () => {
    const store = await open();
    await store.append(STREAM, NEW_STREAM, exampleEvents('a', 10));
    await store.close();
    const vault = join(directory, VAULT_FILE);
    const whole = readFileSync(vault);
    writeFileSync(vault, whole.subarray(0, 32 * 10));
    await expect(open()).rejects.toMatchObject({ code: 'store_damaged' });
    rmSync(vault);
    await expect(open()).rejects.toMatchObject({ code: 'store_damaged' });
    writeFileSync(vault, whole);
    await open({ integrityCheck: 'full' });
  });

  test('damage to a ciphertext is found when the store opens and when it is read', async () => {
    const store = await open();
    await store.append(STREAM, NEW_STREAM, exampleEvents('a', 10));
    const [ciphertext] = ciphertextsOf(directory, [4]);
    await store.close();
    const path = join(directory, EVENTS_FILE);
    flipByte(path, readFileSync(path).indexOf(ciphertext ?? 'none'));
    await expect(open()).rejects.toMatchObject({ code: 'store_damaged' });
    const unchecked = await open({ integrityCheck: 'none' });
    await expect(collect(unchecked.readAll('start'))).rejects.toMatchObject({
      code: 'store_damaged',
    });
  });

  test('a full queue refuses, not applied, and accepts again once it has drained', async () => {
    const store = await open({ queueEventsMax: 4 });
    const first = store.append(STREAM, NEW_STREAM, exampleEvents('a', 4));
    const refused = await store.append(STREAM, 3, exampleEvents('b', 1)).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(refused).toBeInstanceOf(OperatingError);
    expect(refused).toMatchObject({ code: 'store_busy', outcome: 'not_applied' });
    await first;
    expect(await store.append(STREAM, 3, exampleEvents('b', 1))).toMatchObject({
      kind: 'appended',
    });
  });

  test('events that a group refuses leave no gap in positions or revisions', async () => {
    const store = await open();
    await store.append(STREAM, NEW_STREAM, exampleEvents('a', 1));
    const answers = await Promise.all([
      store.append(STREAM, 0, exampleEvents('b', 2)),
      store.append(STREAM, 2, [exampleEvent('new'), exampleEvent('b-1')]),
      store.append(STREAM, 2, [exampleEvent('c', { payload: '{"n":1}' })]),
      store.append(STREAM, 3, [exampleEvent('c', { payload: '{"n":2}' })]),
    ]);
    expect(answers.map((answer) => answer.kind)).toEqual([
      'appended',
      'exists_with_different_payload',
      'appended',
      'exists_with_different_payload',
    ]);
    await store.close();
    const again = await open({ integrityCheck: 'full' });
    const stored = await collect(again.readAll('start'));
    expect(stored.map((event) => event.payload).at(-1)).toBe('{"n":1}');
    expect(stored).toHaveLength(4);
  });
});

function files(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

function found(directory: string, needle: Uint8Array | undefined): boolean {
  if (needle === undefined || needle.length === 0) throw new Error('nothing to look for');
  const bytes = Buffer.from(needle);
  return files(directory).some((file) => readFileSync(file).includes(bytes));
}

function ciphertextsOf(directory: string, positions: number[]): Buffer[] {
  const database = openForReading(directory);
  const statement = database
    .prepare<[number], Buffer<ArrayBuffer>>('SELECT ciphertext FROM event WHERE position = ?')
    .pluck();
  const ciphertexts = positions.map((position) => Buffer.from(statement.get(position) ?? ''));
  database.close();
  return ciphertexts;
}

function flipByte(path: string, offset: number): void {
  expect(existsSync(path)).toBe(true);
  const bytes = readFileSync(path);
  bytes[offset] = (bytes[offset] ?? 0) ^ 1;
  writeFileSync(path, bytes);
}
