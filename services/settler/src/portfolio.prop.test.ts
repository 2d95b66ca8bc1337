// Goal: whatever crashes and fails, an intent has at most one effect on each rail, nothing is called
// confirmed that is not, and in the end every batch has exactly one on each. Method: random schedules of
// batches, runs that die at a random step, store faults, and a world in which drafts get stuck, lapse, are
// replaced, take effect late and lose it again.
import { createHash } from 'node:crypto';
import {
  type AppendFault,
  ClusterEventStore,
} from '@atomicity/event-log/memory/cluster-event-store';
import { OperatingError } from '@atomicity/event-log/port';
import { type Hash, hashFromBytes, parseStreamId } from '@atomicity/kernel/units/id';
import { unixMs } from '@atomicity/kernel/units/time';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type PaymentFault, ScriptedPaymentRail } from './scripted-payment-rail.ts';
import { type Fault, ScriptedRail } from './scripted-rail.ts';
import { openSettler, type Settler } from './settler.ts';

const SEED = 20261121;
const RUNS = 500;
console.log(`portfolio.prop: seed ${SEED}, ${RUNS} schedules`);

type Step =
  | { readonly kind: 'batch' }
  | {
      readonly kind: 'run' | 'upgrade';
      readonly faults: readonly Fault[];
      readonly payments: readonly PaymentFault[];
      /** The process dies at this step of the run; 0: it lives. */
      readonly dieAt: number;
    }
  | { readonly kind: 'restart' }
  | { readonly kind: 'store'; readonly fault: AppendFault }
  | { readonly kind: 'world'; readonly turn: WorldTurn };

const WORLD_TURNS = ['lapse', 'lapse stuck', 'mine', 'reorganise', 'no raise', 'no draft'] as const;
type WorldTurn = (typeof WORLD_TURNS)[number];

const run = (kind: 'run' | 'upgrade') =>
  fc.record({
    kind: fc.constant(kind),
    faults: fc.array(fc.constantFrom<Fault>('fine', 'refused', 'lost', 'away'), { maxLength: 3 }),
    payments: fc.array(fc.constantFrom<PaymentFault>('fine', 'refused', 'lost', 'stuck'), {
      maxLength: 3,
    }),
    dieAt: fc.integer({ min: 0, max: 12 }),
  });

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: fc.constant({ kind: 'batch' as const }) },
  { weight: 4, arbitrary: run('run') },
  { weight: 2, arbitrary: run('upgrade') },
  { weight: 1, arbitrary: fc.constant({ kind: 'restart' as const }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('store' as const),
      fault: fc.constantFrom<AppendFault>('lost', 'persisted'),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('world' as const),
      turn: fc.constantFrom(...WORLD_TURNS),
    }),
  },
);

class Killed extends Error {}

const never = new AbortController().signal;
const stream = parseStreamId('5a'.repeat(16));
const digest = (text: string): Hash => hashFromBytes(createHash('sha256').update(text).digest());
const payload = digest('payload');

class World {
  readonly calendar = new ScriptedRail({ knows: false });
  readonly payments = new ScriptedPaymentRail();
  #storeFault: AppendFault = 'none';
  readonly #store = new ClusterEventStore(() => {
    const fault = this.#storeFault;
    this.#storeFault = 'none';
    return fault;
  });
  #settler: Settler | undefined;
  #stepsLeft = Number.POSITIVE_INFINITY;
  #drawn = 0;

  get settler(): Settler {
    return this.#settler ?? expect.fail('no process');
  }

  async open(): Promise<void> {
    if (stream === undefined) throw new Error('stream');
    this.#stepsLeft = Number.POSITIVE_INFINITY;
    this.#settler = await openSettler({
      store: this.#store,
      stream,
      rails: [this.calendar, this.payments],
      payloads: { read: async () => Uint8Array.of(7) },
      now: () => unixMs(1),
      randomBytes: () => {
        this.#drawn += 1;
        return Uint8Array.from(createHash('sha256').update(`key ${this.#drawn}`).digest());
      },
      // Once dead, no lane of this process does anything any more.
      onStep: () => {
        this.#stepsLeft -= 1;
        if (this.#stepsLeft <= 0) throw new Killed();
      },
    });
  }

  async play(one: Step): Promise<void> {
    try {
      if (one.kind === 'restart') await this.open();
      if (one.kind === 'store') this.#storeFault = one.fault;
      if (one.kind === 'world') this.#turn(one.turn);
      if (one.kind === 'batch') await this.#close();
      if (one.kind === 'run' || one.kind === 'upgrade') {
        this.calendar.faults.push(...one.faults);
        this.payments.faults.push(...one.payments);
        if (one.dieAt > 0) this.#stepsLeft = one.dieAt;
        if (one.kind === 'run') await this.settler.runOnce(never);
        else await this.settler.upgradeOnce(never);
        this.#stepsLeft = Number.POSITIVE_INFINITY;
      }
    } catch (error) {
      // The process died, or the store failed and it ended itself: another one starts.
      if (!(error instanceof OperatingError || error instanceof Killed)) throw error;
      await this.open();
    }
  }

  /** No faults any more, and time enough for everything to take effect. */
  async settle(): Promise<void> {
    this.calendar.faults.length = 0;
    this.payments.faults.length = 0;
    this.payments.raisesStuck = true;
    this.payments.prepareFails = false;
    this.#storeFault = 'none';
    await this.open();
    for (let round = 0; round < 4; round += 1) {
      await this.settler.runOnce(never);
      await this.settler.upgradeOnce(never);
      this.payments.mine();
    }
  }

  async #close(): Promise<void> {
    const from = this.settler.batches()[0]?.subject.size ?? 0;
    await this.settler.closeBatch({
      subject: { origin: 'o', size: from + 1, root: digest(`root ${from + 1}`) },
      from,
      payload,
      diffs: 1,
      values: [],
      rails: ['scripted', 'scripted-payment'],
      settles: null,
      reason: 'asked',
      quarantined: [],
    });
  }

  #turn(turn: WorldTurn): void {
    const { payments } = this;
    if (turn === 'lapse') payments.lapse(false);
    if (turn === 'lapse stuck') payments.lapse(true);
    if (turn === 'mine') payments.mine();
    if (turn === 'reorganise') payments.reorganise();
    if (turn === 'no raise') payments.raisesStuck = !payments.raisesStuck;
    if (turn === 'no draft') payments.prepareFails = true;
  }
}

function keysOf(settler: Settler, rail: string, status?: string): readonly Hash[] {
  return settler
    .status()
    .filter((anchor) => anchor.rail === rail && (status ?? anchor.status) === anchor.status)
    .map(({ idempotencyKey }) => idempotencyKey);
}

test('at most one effect for each batch and rail, and in the end exactly one', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), fc.boolean(), async (steps, raises) => {
      const world = new World();
      world.payments.raisesStuck = raises;
      await world.open();
      for (const one of steps) {
        await world.play(one);
        const effects = world.payments.effects();
        expect(new Set(effects).size).toBe(effects.length);
        for (const key of keysOf(world.settler, 'scripted-payment', 'confirmed')) {
          expect(effects).toContain(key);
        }
      }
      await world.settle();
      const { settler } = world;
      const intents = settler.batches().length;
      expect(keysOf(settler, 'scripted-payment', 'confirmed')).toHaveLength(intents);
      expect(world.payments.effects().toSorted()).toEqual(
        keysOf(settler, 'scripted-payment').toSorted(),
      );
      expect(keysOf(settler, 'scripted', 'pending')).toHaveLength(intents);
      expect([...world.calendar.counted].map((id) => id.slice(65)).toSorted()).toEqual(
        keysOf(settler, 'scripted').toSorted(),
      );
    }),
    { seed: SEED, numRuns: RUNS },
  );
});
