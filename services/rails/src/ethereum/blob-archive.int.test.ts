// Goal: a blob that may have been published is never lost silently, and the network's copy is compared in time.
// Method: the archive on disk, opened anew, with files that are damaged or left unfinished. A stand-in for KZG
// that shows nothing: real commitments are in test/e2e.
import { mkdtempSync, readdirSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { concatBytes, equalBytes } from '@atomicity/kernel/codec/bytes';
import { BLOB_BYTES } from '@atomicity/kernel/state-diff/field-elements';
import { testHash } from '@atomicity/kernel/testing/keys';
import { type UnixMs, unixMs } from '@atomicity/kernel/units/time';
import { sha256, sha384 } from '@noble/hashes/sha2.js';
import { afterAll, describe, expect, it } from 'vitest';
import { type BlobArchive, openBlobArchive } from './blob-archive.ts';
import { deadlineOf, readArchivedBatch } from './blob-retention.ts';
import type { Kzg } from './kzg/kzg.ts';

const folder = mkdtempSync(join(tmpdir(), 'atomicity-archive-'));
afterAll(() => rmSync(folder, { recursive: true }));

const DAY = 86_400_000;
const AT = unixMs(1_795_000_000_000);
const retention = { retentionMs: 18 * DAY, alarmMs: 4 * DAY };

const proofOf = (blob: Uint8Array, commitment: Uint8Array) => sha384(concatBytes(commitment, blob));
const standIn: Kzg = {
  load: async () => undefined,
  commit: async (blob) => sha384(blob),
  blobProof: async (blob, commitment) => proofOf(blob, commitment),
  cellProofs: async () => [],
  verifyBlob: async (blob, commitment, proof) =>
    equalBytes(sha384(blob), commitment) && equalBytes(proofOf(blob, commitment), proof),
  pointProof: async () => ({ proof: sha384(new Uint8Array()), value: sha256(new Uint8Array()) }),
};

let folders = 0;
const fresh = () => join(folder, `${folders++}`);
let now: UnixMs = AT;
const open = (at: string): Promise<BlobArchive> =>
  openBlobArchive({ folder: at, kzg: standIn, retention, now: () => now });

const blobOf = (byte: number) => new Uint8Array(BLOB_BYTES).fill(byte);
const batch = testHash('batch');
const publication = {
  chainId: 1,
  blockNumber: 9,
  blockHash: `0x${'a'.repeat(64)}`,
  blockTime: AT,
} as const;

describe('the archive', () => {
  it('keeps blobs in their order, over a restart and a death while writing', async () => {
    const at = fresh();
    const kept = await (await open(at)).keep(batch, [blobOf(1), blobOf(2), blobOf(1)]);
    writeFileSync(join(at, `${kept[0]?.versionedHash}.blob.tmp`), 'half');
    const archive = await open(at);
    expect(await archive.readBatch(batch)).toEqual(kept);
    expect(kept.map(({ blob }) => blob[0])).toEqual([1, 2, 1]);
    expect(readdirSync(at).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    expect(await archive.readBatch(testHash('other'))).toBeUndefined();
    expect(await archive.check()).toEqual([]);
  });

  it('keeps what two batches share for both', async () => {
    const archive = await open(fresh());
    await archive.keep(batch, [blobOf(1)]);
    await archive.published(batch, publication);
    await archive.keep(testHash('other'), [blobOf(1)]);
    const published = archive.list().map((each) => [each.batch === batch, each.published !== null]);
    expect(published.sort()).toEqual([
      [false, false],
      [true, true],
    ]);
  });

  it('changes nothing when asked again', async () => {
    const archive = await open(fresh());
    await archive.keep(batch, [blobOf(1)]);
    await archive.published(batch, publication);
    await archive.readBack(batch);
    const before = archive.list();
    now = unixMs(AT + DAY);
    await archive.keep(batch, [blobOf(1)]);
    await archive.published(batch, publication);
    await archive.readBack(batch);
    now = AT;
    expect(archive.list()).toEqual(before);
  });

  it('finds copies that are missing or damaged, and mends them from the blob', async () => {
    const at = fresh();
    const archive = await open(at);
    const [one, two] = await archive.keep(batch, [blobOf(1), blobOf(2)]);
    const file = join(at, `${one?.versionedHash}.blob`);
    const bytes = readFileSync(file);
    bytes[5] = 7;
    writeFileSync(file, bytes);
    unlinkSync(join(at, `${two?.versionedHash}.blob`));
    const faults = (await archive.check()).map(({ code }) => code);
    expect(faults.sort()).toEqual(['blob_damaged', 'blob_missing']);
    await expect((await open(at)).readBatch(batch)).rejects.toMatchObject({ code: 'blob_damaged' });
    writeFileSync(file, bytes.subarray(1));
    await expect(archive.read(one?.versionedHash ?? '0x')).rejects.toMatchObject({
      code: 'blob_damaged',
    });
    await archive.keep(batch, [blobOf(1), blobOf(2)]);
    expect(await archive.check()).toEqual([]);
  });

  it('refuses an entry that it did not write', async () => {
    const at = fresh();
    await (await open(at)).keep(batch, [blobOf(1)]);
    const file = join(at, `${batch}.json`);
    const text = readFileSync(file, 'utf8');
    for (const wrong of ['{}', text.replace('"v":1', '"v":2'), text.replace('0x01', '0x02')]) {
      writeFileSync(file, wrong);
      await expect(open(at)).rejects.toMatchObject({ code: 'entry_damaged' });
    }
    writeFileSync(file, text);
    await open(at);
    expect(readArchivedBatch(text)).toMatchObject({ batch, published: null });
    expect(readArchivedBatch(text.replace('null', '{}'))).toBeUndefined();
  });

  it('has nothing to say of a batch that it does not keep', async () => {
    const archive = await open(fresh());
    await expect(archive.published(batch, null)).rejects.toMatchObject({ code: 'blob_missing' });
  });
});

describe('the deadline', () => {
  const entry = { batch, versionedHashes: [], archivedAt: AT, published: publication };

  it.each([
    [1, false, 'kept', false],
    [14.1, false, 'due', true],
    [14.1, true, 'secured', false],
    [18, false, 'expired', true],
    [18, true, 'archived', false],
  ])('%d days after the block, compared: %s, is %s', (days, isCompared, state, alarm) => {
    const at = unixMs(AT + days * DAY);
    const readBackAt = isCompared ? AT : null;
    expect(deadlineOf({ ...entry, readBackAt }, retention, at)).toEqual({
      batch,
      versionedHashes: [],
      state,
      alarm,
      deadline: AT + 18 * DAY,
      leftMs: AT + 18 * DAY - at,
    });
  });

  it('is none before there is a block, and begins anew in another one', async () => {
    const archive = await open(fresh());
    await archive.keep(batch, [blobOf(1)]);
    expect(archive.deadlines(AT)).toMatchObject([{ state: 'unpublished', deadline: null }]);
    await archive.published(batch, publication);
    await archive.readBack(batch);
    const moved = {
      ...publication,
      blockHash: `0x${'b'.repeat(64)}`,
      blockTime: unixMs(AT + DAY),
    } as const;
    await archive.published(batch, moved);
    expect(archive.list()).toMatchObject([{ published: moved, readBackAt: null }]);
    expect(archive.deadlines(AT)).toMatchObject([{ deadline: AT + 19 * DAY }]);
  });

  it('is what comparing with the network has to keep', async () => {
    const archive = await open(fresh());
    const names = () => archive.uncompared().map((each) => each.batch);
    await archive.keep(batch, [blobOf(1)]);
    expect(names()).toEqual([]);
    await archive.published(batch, publication);
    expect(names()).toEqual([batch]);
    now = unixMs(AT + 18 * DAY);
    expect(names()).toEqual([]);
    now = AT;
    await archive.readBack(batch);
    expect(names()).toEqual([]);
  });

  it('of the most urgent batch comes first', async () => {
    const archive = await open(fresh());
    const days = [3, 1, 2];
    for (const day of days) {
      const each = testHash(`batch ${day}`);
      await archive.keep(each, [blobOf(day)]);
      await archive.published(each, { ...publication, blockTime: unixMs(AT + day * DAY) });
    }
    await archive.keep(batch, [blobOf(9)]);
    const left = archive.deadlines(AT).map(({ leftMs }) => leftMs);
    expect(left).toEqual([19 * DAY, 20 * DAY, 21 * DAY, null]);
  });
});
