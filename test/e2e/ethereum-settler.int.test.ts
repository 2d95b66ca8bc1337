// Goal: whatever dies, gets lost, is reorganised or becomes too dear, every batch is on the chain exactly once in
// the end. Method: random schedules of the settler with the Ethereum rail on a local chain that mines when it is
// told; then the world heals.
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { ClusterEventStore } from '@atomicity/event-log/memory/cluster-event-store';
import { hashFromBytes, parseStreamId } from '@atomicity/kernel/units/id';
import { unixMs } from '@atomicity/kernel/units/time';
import { ANCHOR_REGISTRY_ABI } from '@atomicity/rails/ethereum/anchor-registry-abi';
import type { ChainSigner } from '@atomicity/rails/ethereum/spend-registry';
import { openSettler, type Settler } from '@atomicity/settler/settler';
import fc from 'fast-check';
import { type Address, parseGwei } from 'viem';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AnchorWorld, NEVER } from './anchor-world.ts';
import type { LineFault } from './faulty-rpc.ts';

const SEED = 20261121;
const RUNS = 20;
console.log(`ethereum-settler: seed ${SEED}, ${RUNS} schedules`);

type Step =
  | {
      readonly kind: 'run' | 'upgrade';
      readonly faults: readonly LineFault[];
      /** The process dies at this step of the run; 0: it lives. */
      readonly dieAt: number;
    }
  | { readonly kind: 'batch' | 'restart' | 'spike' | 'steal' }
  | { readonly kind: 'mine' | 'reorganise'; readonly blocks: number };

const run = (kind: 'run' | 'upgrade') =>
  fc.record({
    kind: fc.constant(kind),
    faults: fc.array(fc.constantFrom<LineFault>('lost', 'away'), { maxLength: 2 }),
    dieAt: fc.integer({ min: 0, max: 7 }),
  });

const blocks = (kind: 'mine' | 'reorganise', max: number) =>
  fc.record({ kind: fc.constant(kind), blocks: fc.integer({ min: 1, max }) });

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: run('run') },
  { weight: 2, arbitrary: run('upgrade') },
  { weight: 3, arbitrary: blocks('mine', 5) },
  { weight: 2, arbitrary: blocks('reorganise', 2) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom<'batch' | 'restart' | 'spike' | 'steal'>(
        'batch',
        'restart',
        'spike',
        'steal',
      ),
    }),
  },
);

class Killed extends Error {}

const stream = parseStreamId('5a'.repeat(16)) ?? expect.fail('stream');
const sha256 = (text: string) => new Uint8Array(createHash('sha256').update(text).digest());
const payloadOf = (text: string) => new Uint8Array(Buffer.from(`the diffs of ${text}`.padEnd(60)));

let world: AnchorWorld;
beforeAll(async () => {
  world = await AnchorWorld.start();
  await world.control.setAutomine(false);
});
afterAll(() => world.stop());

let schedules = 0;

/** One settler with an account of its own, that can die and come back. */
class Schedule {
  readonly name = `schedule ${schedules++}`;
  readonly #signer: ChainSigner & { readonly address: Address };
  readonly #store = new ClusterEventStore(() => 'none');
  readonly #payloads = new Map<string, Uint8Array>();
  #settler: Settler | undefined;
  #stepsLeft = Number.POSITIVE_INFINITY;
  #drawn = 0;
  #batches = 0;

  constructor(signer: ChainSigner) {
    this.#signer = signer;
  }

  get settler(): Settler {
    return this.#settler ?? expect.fail('no process');
  }

  async open(): Promise<void> {
    this.#stepsLeft = Number.POSITIVE_INFINITY;
    const folder = join(world.folder, this.name);
    const rail = await world.rail({ signer: this.#signer, folder, depth: () => 2 });
    this.#settler = await openSettler({
      store: this.#store,
      stream,
      rails: [rail],
      payloads: { read: async (hash) => this.#payloads.get(hash) },
      now: () => unixMs(1),
      randomBytes: () => {
        this.#drawn += 1;
        return sha256(`key ${this.#drawn}`);
      },
      onStep: () => {
        this.#stepsLeft -= 1;
        if (this.#stepsLeft <= 0) throw new Killed();
      },
    });
  }

  async closeBatch(): Promise<void> {
    const name = `${this.name}, batch ${this.#batches++}`;
    const payload = payloadOf(name);
    const hash = hashFromBytes(new Uint8Array(createHash('sha256').update(payload).digest()));
    this.#payloads.set(hash, payload);
    await this.settler.closeBatch({
      subject: {
        origin: 'log.example/rails',
        size: this.#batches * 10,
        root: hashFromBytes(sha256(name)),
      },
      from: (this.#batches - 1) * 10,
      payload: hash,
      diffs: 1,
      values: [],
      rails: ['ethereum'],
      settles: null,
      reason: 'fee_low',
      quarantined: [],
    });
  }

  async take(step: Step): Promise<void> {
    switch (step.kind) {
      case 'batch':
        return this.#batches < 3 ? await this.closeBatch() : undefined;
      case 'restart':
        return await this.open();
      case 'mine':
        return await world.control.mine({ blocks: step.blocks });
      case 'reorganise':
        return await world.control.request({
          method: 'anvil_reorg',
          params: [step.blocks, []],
        } as never);
      case 'spike':
        await world.control.setNextBlockBaseFeePerGas({ baseFeePerGas: parseGwei('20') });
        return await world.control.mine({ blocks: 1 });
      case 'steal':
        return await this.#steal();
      default:
        return await this.#settle(step);
    }
  }

  /** Something else of the same account, with whatever nonce is next. */
  async #steal(): Promise<void> {
    const { address } = this.#signer;
    const nonce = await world.control.getTransactionCount({ address });
    const raw = await this.#signer.signTransaction({
      type: 'eip1559',
      chainId: world.chain.chainId,
      to: address,
      nonce,
      gas: 21_000n,
      maxFeePerGas: parseGwei('90'),
      maxPriorityFeePerGas: parseGwei('50'),
    });
    // It may lose against a dearer one of the rail.
    await world.control.sendRawTransaction({ serializedTransaction: raw }).catch(() => undefined);
  }

  async #settle({ kind, faults, dieAt }: Extract<Step, { kind: 'run' | 'upgrade' }>) {
    world.line.faults.splice(0, 2, ...faults);
    this.#stepsLeft = dieAt === 0 ? Number.POSITIVE_INFINITY : dieAt;
    try {
      await (kind === 'run' ? this.settler.runOnce(NEVER) : this.settler.upgradeOnce(NEVER));
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
      await this.open();
    }
    this.#stepsLeft = Number.POSITIVE_INFINITY;
    world.line.faults.length = 0;
  }

  statuses(): readonly string[] {
    return this.settler.status().map(({ status }) => status);
  }

  /** Nothing fails any more: so many rounds must do. */
  async heal(): Promise<void> {
    for (let round = 0; round < 60; round++) {
      if (this.statuses().every((status) => status === 'confirmed')) return;
      await world.control.setNextBlockBaseFeePerGas({ baseFeePerGas: parseGwei('1') });
      await world.control.mine({ blocks: 1 });
      await this.settler.runOnce(NEVER);
      await this.settler.upgradeOnce(NEVER);
    }
  }

  /** Batches of this account in the registry's log, as often as they are there. */
  async anchored(): Promise<readonly string[]> {
    const logs = await world.control.getContractEvents({
      address: world.place.registry,
      abi: ANCHOR_REGISTRY_ABI,
      eventName: 'Anchored',
      args: { publisher: this.#signer.address },
      fromBlock: 0n,
      strict: true,
    });
    return logs.map(({ args }) => args.batch.slice(2)).sort();
  }
}

/** What random schedules found once: nonces that a reorganisation frees, and nobody uses again. */
const FOUND: readonly (readonly Step[])[] = [
  [
    { kind: 'steal' },
    { kind: 'mine', blocks: 1 },
    { kind: 'batch' },
    { kind: 'run', faults: [], dieAt: 0 },
    { kind: 'reorganise', blocks: 1 },
    { kind: 'run', faults: [], dieAt: 0 },
    { kind: 'reorganise', blocks: 1 },
  ],
];

it('anchors every batch exactly once', async () => {
  const seen = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 6, maxLength: 18 }), async (steps) => {
      const schedule = new Schedule(await world.account());
      // Deeper than any reorganisation: else the account would lose its ether, and the chain its registry.
      await world.control.mine({ blocks: 3 });
      await schedule.open();
      await schedule.closeBatch();
      for (const each of steps) await schedule.take(each);
      await schedule.heal();
      const { settler } = schedule;
      expect(schedule.statuses().filter((status) => status !== 'confirmed')).toEqual([]);
      const closed = settler.batches().map(({ batch }) => batch);
      expect(await schedule.anchored()).toEqual(closed.sort());
      for (const { kind } of steps) seen.set(kind, (seen.get(kind) ?? 0) + 1);
    }),
    { seed: SEED, numRuns: RUNS, examples: FOUND.map((steps) => [[...steps]]) },
  );
  // The schedules have everything in them that they are for.
  expect(Math.min(...seen.values())).toBeGreaterThan(RUNS / 4);
  expect(seen.size).toBe(8);
});
