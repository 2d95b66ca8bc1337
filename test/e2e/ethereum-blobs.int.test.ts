// Goal: a batch in blobs is kept, published, shown and replaced as it should be. Method: the rail against the real
// registry on a local chain that mines, forgets and reorganises when it is told.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { anchorRegistryAbi } from '@atomicity/contracts/abi/anchor-registry';
import { encodeStateDiffs } from '@atomicity/kernel/state-diff/encode';
import { fromBlobs } from '@atomicity/kernel/state-diff/field-elements';
import { skewedBatch } from '@atomicity/kernel/testing/diff-batches';
import { unixMs } from '@atomicity/kernel/units/time';
import { openBlobArchive } from '@atomicity/rails/ethereum/blob-archive';
import { type DiffProof, diffProof } from '@atomicity/rails/ethereum/diff-proof';
import { parseGwei } from 'viem';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  AnchorWorld,
  applied,
  batchOf,
  DEPTH,
  kzg,
  NEVER,
  prepare,
  preparedOf,
  shown,
  submissionOf,
} from './anchor-world.ts';

let world: AnchorWorld;
beforeAll(async () => {
  world = await AnchorWorld.start();
});
afterAll(() => world.stop());
beforeEach(async () => {
  await world.control.setAutomine(true);
  world.line.faults.length = 0;
  world.line.delivered.length = 0;
});

const mine = (blocks: number) => world.control.mine({ blocks });

describe('a batch in blobs', () => {
  it('is archived, published, shown, confirmed at its depth and read back', async () => {
    const rail = await world.rail({
      route: () => 'blob',
      inclusionMs: 60_000,
      onReadBackFailure: (error) => expect.fail(String(error)),
    });
    const plain = submissionOf('blobs', 130_000);
    expect(await rail.lookUp(plain, NEVER)).toEqual({ kind: 'not_applied' });
    const submission = { ...plain, prepared: await prepare(rail, plain) };
    const { batch } = batchOf(submission);
    // Kept before anything may leave the node.
    expect(world.line.delivered).toEqual([]);
    const kept = (await world.archive.readBatch(batch)) ?? expect.fail('nothing kept');
    expect(kept).toHaveLength(2);
    expect(fromBlobs(kept.map(({ blob }) => blob))).toEqual({
      kind: 'unpacked',
      payload: plain.content?.payload,
    });
    expect(submission.prepared.length).toBeLessThan(3_000);
    expect(await rail.lookUp(submission, NEVER)).toEqual({ kind: 'not_applied' });

    const evidence = await rail.submit(submission, NEVER);
    const anchor = shown(evidence.bytes, submission);
    expect(anchor).toMatchObject({ ...world.place, availability: 'blob', from: 2, size: 9 });
    expect(anchor.versionedHashes).toEqual(kept.map(({ versionedHash }) => versionedHash));
    const receipt = await world.control.getTransactionReceipt({ hash: anchor.transactionHash });
    const blobCost = (receipt.blobGasUsed ?? 0n) * (receipt.blobGasPrice ?? 0n);
    const amount = receipt.gasUsed * receipt.effectiveGasPrice + blobCost;
    expect(rail.costOf?.(evidence)).toEqual({ unit: 'wei', amount });
    expect(await rail.submit(submission, NEVER)).toEqual(evidence);
    expect(applied(await rail.lookUp(submission, NEVER), submission)).toEqual(anchor);

    await mine(DEPTH - 2);
    expect(await rail.upgrade(evidence, NEVER, submission)).toEqual({ kind: 'unchanged' });
    expect(world.archive.list().find((each) => each.batch === batch)).toMatchObject({
      published: { blockNumber: anchor.blockNumber, blockHash: anchor.blockHash },
      readBackAt: null,
    });
    await mine(1);
    const height = anchor.blockNumber;
    const confirmed = { kind: 'confirmed', evidence, height };
    expect(await rail.upgrade(evidence, NEVER, submission)).toEqual(confirmed);
    expect(world.archive.list().find((each) => each.batch === batch)?.readBackAt).not.toBeNull();
    expect(await world.count(submission)).toBe(1);
  });

  it('shows each of its diffs to the registry, and no other', async () => {
    const rail = await world.rail({ route: () => 'blob', inclusionMs: 60_000 });
    const { registrySize, diffs } = skewedBatch({ seed: 7, count: 40, registrySize: 90 });
    const payload = encodeStateDiffs({ registrySize, diffs });
    const submission = await world.prepared(rail, 'diffs', payload);
    const anchor = shown((await rail.submit(submission, NEVER)).bytes, submission);
    const [first = expect.fail('no blob')] = (await world.archive.readBatch(anchor.batch)) ?? [];
    const proves = (proof: DiffProof) =>
      world.control.readContract({
        address: world.place.registry,
        abi: anchorRegistryAbi,
        functionName: 'proveDiff',
        args: [
          anchor.publisher,
          {
            ...anchor,
            batch: `0x${anchor.batch}`,
            root: `0x${anchor.root}`,
            from: BigInt(anchor.from),
            size: BigInt(anchor.size),
            payloadHash: `0x${anchor.payloadHash}`,
            blockNumber: BigInt(anchor.blockNumber),
          },
          proof,
        ],
      });
    const [{ edge } = expect.fail('no diff'), other = expect.fail('one diff')] = diffs;
    const proof = await diffProof(first, diffs, edge, kzg);
    expect(await proves(proof)).toBe(true);
    const record = (await diffProof(first, diffs, other.edge, kzg)).record;
    await expect(proves({ ...proof, record })).rejects.toThrow('DiffNotShown');
    const absent = [...Array(registrySize).keys()].find((i) => diffs.every((d) => d.edge !== i));
    await expect(diffProof(first, diffs, absent ?? -1, kzg)).rejects.toThrow('did not move');
    await expect(diffProof(first, diffs.slice(1), other.edge, kzg)).rejects.toThrow('not those');
  });

  it('is replaced by one that offers twice as much, and lands once', async () => {
    const rail = await world.rail({ route: () => 'blob', sidecarV1From: 2 ** 40 });
    await world.control.setAutomine(false);
    const submission = await world.prepared(rail, 'raised');
    await expect(rail.submit(submission, NEVER)).rejects.toMatchObject({
      code: 'rail_timeout',
      outcome: 'unknown',
    });
    expect(await rail.lookUp(submission, NEVER)).toEqual({ kind: 'unknown' });
    await world.control.setNextBlockBaseFeePerGas({ baseFeePerGas: parseGwei('30') });
    await mine(1);
    const before = preparedOf(submission);
    const found = await rail.lookUp(submission, NEVER);
    if (found.kind !== 'replace') throw new Error(found.kind);
    expect(found.code).toBe('underpriced');
    const replacing = { ...submission, prepared: found.prepared };
    const { previous, offer, nonce } = preparedOf(replacing);
    expect({ previous, nonce }).toEqual({ previous: [before.hash], nonce: before.nonce });
    for (const fee of ['maxFeePerGas', 'maxPriorityFeePerGas', 'maxFeePerBlobGas'] as const) {
      expect(offer[fee]).toBeGreaterThanOrEqual(2n * before.offer[fee]);
    }
    // Recorded before it is sent: until then the node has the old one alone.
    expect(world.line.delivered).toHaveLength(1);
    await expect(rail.submit(replacing, NEVER)).rejects.toMatchObject({ outcome: 'unknown' });
    await mine(1);
    const anchor = applied(await rail.lookUp(replacing, NEVER), submission);
    expect(anchor.transactionHash).toBe(preparedOf(replacing).hash);
    expect(await world.count(submission)).toBe(1);
  });

  it('is sent again as it was when its block is gone', async () => {
    const rail = await world.rail({ route: () => 'blob', inclusionMs: 60_000 });
    const submission = await world.prepared(rail, 'reorganised');
    const evidence = await rail.submit(submission, NEVER);
    const first = shown(evidence.bytes, submission);
    await world.control.request({ method: 'anvil_reorg', params: [1, []] } as never);
    expect(await rail.upgrade(evidence, NEVER, submission)).toEqual({
      kind: 'dropped',
      code: 'reorged',
    });
    const { batch } = batchOf(submission);
    expect(world.archive.list().find((each) => each.batch === batch)?.published).toBeNull();
    expect(await rail.lookUp(submission, NEVER)).toEqual({ kind: 'not_applied' });
    const again = shown((await rail.submit(submission, NEVER)).bytes, submission);
    expect(again.transactionHash).toBe(first.transactionHash);
    expect(again.blockHash).not.toBe(first.blockHash);
    expect(await world.count(submission)).toBe(1);
  });

  it('is sent from a copy made anew where one was damaged, and shown though all copies are lost', async () => {
    const failures: unknown[] = [];
    const onReadBackFailure = (error: unknown) => failures.push(error);
    const rail = await world.rail({ route: () => 'blob', inclusionMs: 60_000, onReadBackFailure });
    const submission = await world.prepared(rail, 'damaged');
    const [name = ''] = preparedOf(submission).versionedHashes;
    const folder = world.archiveFolder;
    const file = join(folder, readdirSync(folder).find((each) => each.startsWith(name)) ?? '');
    const bytes = readFileSync(file);
    bytes[77] = (bytes[77] ?? 0) ^ 1;
    writeFileSync(file, bytes);
    expect(await world.archive.check()).toMatchObject([{ code: 'blob_damaged' }]);
    const evidence = await rail.submit(submission, NEVER);
    expect(await world.archive.check()).toEqual([]);
    expect(shown(evidence.bytes, submission).versionedHashes).toEqual([name]);
    rmSync(file);
    const anchor = applied(await rail.lookUp(submission, NEVER), submission);
    expect(anchor.versionedHashes).toEqual([name]);
    expect(await world.archive.check()).toEqual([]);
    // An archive that never heard of the batch keeps nobody from calling it confirmed.
    const other = await openBlobArchive({
      folder: join(world.folder, 'other archive'),
      kzg,
      retention: { retentionMs: 1, alarmMs: 0 },
      now: () => unixMs(1),
    });
    const restored = await world.rail({ archive: other, onReadBackFailure });
    await mine(DEPTH);
    expect(await restored.upgrade(evidence, NEVER)).toMatchObject({ kind: 'confirmed' });
    expect(failures).toMatchObject([{ code: 'blob_missing' }]);
  });
});
