// Goal: a batch is anchored once, whatever happens to a transaction or to the answer. Method: the rail against
// the real registry on a local chain that mines and forgets when it is told; payloads in the call.
import { join } from 'node:path';
import { anchorRegistryAbi } from '@atomicity/contracts/abi/anchor-registry';
import { ANCHOR_REGISTRY_ABI } from '@atomicity/rails/ethereum/anchor-registry-abi';
import { decodePrepared } from '@atomicity/rails/ethereum/prepared-anchor';
import type { AnchorRail, Submission } from '@atomicity/rails/port';
import { type AbiItem, createClient, http, parseGwei } from 'viem';
import { sendTransaction } from 'viem/actions';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  AnchorWorld,
  applied,
  batchOf,
  DEPTH,
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

describe('an answer', () => {
  it('that is lost after delivery is found by its effect', async () => {
    const rail = await world.rail();
    const submission = await world.prepared(rail, 'lost');
    await world.control.setAutomine(false);
    world.line.faults.push('lost');
    await expect(rail.submit(submission, NEVER)).rejects.toMatchObject({ outcome: 'unknown' });
    expect(await rail.lookUp(submission, NEVER)).toEqual({ kind: 'unknown' });
    await mine(1);
    const anchor = applied(await rail.lookUp(submission, NEVER), submission);
    expect(anchor.availability).toBe('calldata');
    expect(anchor.payload).toEqual(submission.content?.payload);
    expect(await world.count(submission)).toBe(1);
  });

  it('of a transaction that reached nobody leaves it to be sent as it is', async () => {
    const rail = await world.rail({ inclusionMs: 60_000 });
    const submission = await world.prepared(rail, 'away');
    world.line.faults.push('away');
    await expect(rail.submit(submission, NEVER)).rejects.toMatchObject({ outcome: 'unknown' });
    expect(await rail.lookUp(submission, NEVER)).toEqual({ kind: 'not_applied' });
    const anchor = shown((await rail.submit(submission, NEVER)).bytes, submission);
    expect(anchor.transactionHash).toBe(preparedOf(submission).hash);
    expect(await world.count(submission)).toBe(1);
  });
});

describe('a nonce', () => {
  it('that something else used makes what was prepared void, once that is final', async () => {
    const signer = await world.account();
    const rail = await world.rail({ signer, inclusionMs: 60_000 });
    const submission = await world.prepared(rail, 'stolen');
    const client = createClient({ account: signer, transport: http(world.chain.url) });
    await sendTransaction(client, { to: signer.address, value: 1n, chain: null });
    await expect(rail.submit(submission, NEVER)).rejects.toMatchObject({ outcome: 'unknown' });
    expect(await rail.lookUp(submission, NEVER)).toEqual({ kind: 'unknown' });
    await mine(DEPTH - 1);
    expect(await rail.lookUp(submission, NEVER)).toEqual({ kind: 'void', code: 'nonce_taken' });
    const anew = { ...submission, prepared: await prepare(rail, submission) };
    expect(preparedOf(anew).nonce).toBe(preparedOf(submission).nonce + 1);
    await rail.submit(anew, NEVER);
    expect(await world.count(submission)).toBe(1);
  });

  it('is one batch’s at a time, and the same after a crash before it was recorded', async () => {
    const signer = await world.account();
    const options = { signer, folder: join(world.folder, 'held'), inclusionMs: 60_000 };
    const rail = await world.rail(options);
    const [first, second] = [submissionOf('first'), submissionOf('second')];
    const lost = await prepare(rail, first);
    const restarted = await world.rail(options);
    await expect(prepare(restarted, second)).rejects.toMatchObject({
      outcome: 'not_applied',
      facts: { nonce: 0, batch: batchOf(first).batch },
    });
    const prepared = await prepare(restarted, first);
    expect(decodePrepared(prepared)?.nonce).toBe(decodePrepared(lost)?.nonce);
    await restarted.submit({ ...first, prepared }, NEVER);
    const next = { ...second, prepared: await prepare(restarted, second) };
    expect(preparedOf(next).nonce).toBe(1);
    await restarted.submit(next, NEVER);
    expect([await world.count(first), await world.count(second)]).toEqual([1, 1]);
  });

  it('goes to the next batch when nobody asks about its own any more', async () => {
    const rail = await world.rail({ abandonedBlocks: 8, inclusionMs: 60_000 });
    const given = await world.prepared(rail, 'given up');
    await mine(4);
    expect(await rail.lookUp(given, NEVER)).toEqual({ kind: 'not_applied' });
    await mine(5);
    await expect(world.prepared(rail, 'waiting')).rejects.toMatchObject({ code: 'rail_refused' });
    await mine(3);
    const next = await world.prepared(rail, 'waiting');
    expect(preparedOf(next).nonce).toBe(preparedOf(given).nonce);
    await rail.submit(next, NEVER);
    await mine(DEPTH);
    expect(await rail.lookUp(given, NEVER)).toEqual({ kind: 'void', code: 'nonce_taken' });
    expect([await world.count(given), await world.count(next)]).toEqual([0, 1]);
  });
});

describe('a transaction that waits', () => {
  /** Blocks without it, although it waits. */
  async function passOver(submission: Submission, blocks: number): Promise<void> {
    const { hash, raw } = preparedOf(submission);
    await world.control.dropTransaction({ hash });
    await mine(blocks);
    await world.control.sendRawTransaction({ serializedTransaction: raw });
  }

  async function waiting(rail: AnchorRail, seed: string): Promise<Submission> {
    await world.control.setAutomine(false);
    const submission = await world.prepared(rail, seed);
    await expect(rail.submit(submission, NEVER)).rejects.toMatchObject({ outcome: 'unknown' });
    await passOver(submission, 3);
    expect(await rail.lookUp(submission, NEVER)).toEqual({ kind: 'unknown' });
    await passOver(submission, 1);
    return submission;
  }

  it('counts although a dearer one was recorded in its place', async () => {
    const rail = await world.rail();
    const submission = await waiting(rail, 'overtaken');
    const found = await rail.lookUp(submission, NEVER);
    if (found.kind !== 'replace') throw new Error(found.kind);
    expect(found.code).toBe('stuck');
    const replacing = { ...submission, prepared: found.prepared };
    const { offer } = preparedOf(replacing);
    const before = preparedOf(submission).offer;
    expect(offer.maxPriorityFeePerGas).toBe((before.maxPriorityFeePerGas * 110n + 99n) / 100n);
    await mine(1);
    const anchor = applied(await rail.lookUp(replacing, NEVER), submission);
    expect(anchor.transactionHash).toBe(preparedOf(submission).hash);
    expect(await world.count(submission)).toBe(1);
  });

  it('is replaced when nodes take it again and again, and nobody keeps it', async () => {
    const rail = await world.rail();
    await world.control.setAutomine(false);
    const submission = await world.prepared(rail, 'evicted');
    for (let i = 0; i < 4; i++) {
      expect(await rail.lookUp(submission, NEVER)).toEqual({ kind: 'not_applied' });
      await expect(rail.submit(submission, NEVER)).rejects.toMatchObject({ outcome: 'unknown' });
      await world.control.dropTransaction({ hash: preparedOf(submission).hash });
      await mine(1);
    }
    expect(await rail.lookUp(submission, NEVER)).toMatchObject({
      kind: 'replace',
      code: 'not_kept',
    });
  });

  it('waits on where the operator’s caps allow no more', async () => {
    await world.control.setNextBlockBaseFeePerGas({ baseFeePerGas: parseGwei('1') });
    await mine(1);
    const caps = {
      maxFeePerGas: parseGwei('1.8'),
      maxPriorityFeePerGas: parseGwei('1'),
      maxFeePerBlobGas: 1n,
    };
    const rail = await world.rail({ caps });
    const submission = await waiting(rail, 'capped');
    expect(await rail.lookUp(submission, NEVER)).toEqual({ kind: 'unknown' });
    await mine(1);
    applied(await rail.lookUp(submission, NEVER), submission);
    await world.control.setNextBlockBaseFeePerGas({ baseFeePerGas: parseGwei('20') });
    await mine(1);
    await expect(world.prepared(await world.rail({ caps }), 'too dear')).rejects.toMatchObject({
      outcome: 'not_applied',
      facts: { fee: 'maxFeePerGas' },
    });
    await world.control.setNextBlockBaseFeePerGas({ baseFeePerGas: parseGwei('1') });
    await mine(1);
  });
});

describe('the registry', () => {
  it('shows a batch whose record was lost, and takes it no second time', async () => {
    const signer = await world.account();
    const rail = await world.rail({ signer, inclusionMs: 60_000 });
    const submission = await world.prepared(rail, 'forgotten');
    const evidence = await rail.submit(submission, NEVER);
    const restored = await world.rail({ signer, folder: join(world.folder, 'restored') });
    const { prepared: _lost, ...planned } = submission;
    const found = await restored.lookUp(planned, NEVER);
    expect(applied(found, submission)).toEqual(shown(evidence.bytes, submission));
    await expect(prepare(restored, planned)).rejects.toMatchObject({
      code: 'rail_refused',
      facts: { revert: 'AlreadyAnchored' },
    });
  });

  it('that fails at the moment of truth leaves nothing, and what was signed is void', async () => {
    const rail = await world.rail({ inclusionMs: 60_000 });
    const submission = await world.prepared(rail, 'reverted');
    const { registry: address } = world.place;
    const code = (await world.control.getCode({ address })) ?? expect.fail('no code');
    await world.control.setCode({ address, bytecode: '0xfe' });
    await expect(rail.submit(submission, NEVER)).rejects.toMatchObject({
      outcome: 'unknown',
      message: expect.stringContaining('reverted'),
    });
    await world.control.setCode({ address, bytecode: code });
    await mine(DEPTH);
    expect(await rail.lookUp(submission, NEVER)).toEqual({ kind: 'void', code: 'reverted' });
    const anew = { ...submission, prepared: await prepare(rail, submission) };
    await rail.submit(anew, NEVER);
    expect(await world.count(submission)).toBe(1);
  });

  it('must be there, on the chain that was named', async () => {
    const { chainId, registry } = world.place;
    const elsewhere = await world.rail({ place: { chainId: 5, registry } });
    await expect(elsewhere.lookUp(submissionOf('x'), NEVER)).rejects.toMatchObject({
      facts: { chainId: 31_337 },
    });
    const nowhere = await world.rail({ place: { chainId, registry: `0x${'9'.repeat(40)}` } });
    await expect(nowhere.lookUp(submissionOf('x'), NEVER)).rejects.toMatchObject({
      shortMessage: expect.stringContaining('no contract'),
    });
  });

  it('has every function, event and error that the rail uses', () => {
    const signatures = (abi: readonly unknown[]) =>
      new Set(abi.map((item) => signatureOf(item as AbiItem)));
    const compiled = signatures(anchorRegistryAbi);
    expect([...signatures(ANCHOR_REGISTRY_ABI)].filter((each) => !compiled.has(each))).toEqual([]);
  });
});

/** Name and types of an entry, and whether its parameters are indexed: all that an encoding depends on. */
function signatureOf(item: AbiItem): string {
  const parameters = 'inputs' in item ? (item.inputs ?? []) : [];
  const outputs = 'outputs' in item ? item.outputs : [];
  const types = (of: readonly { type: string; indexed?: boolean }[]) =>
    of.map(({ type, indexed }) => `${type}${indexed ? ' indexed' : ''}`).join();
  return `${item.type} ${'name' in item ? item.name : ''}(${types(parameters)}) (${types(outputs)})`;
}
