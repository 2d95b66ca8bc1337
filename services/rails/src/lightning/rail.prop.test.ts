// Goal: whatever happens between settler, node and payee, a batch is paid at most once, and once the world is kind it
// is paid. Method: drawn lives of a settler that does as the kernel says. Answers are lost, requests arrive late,
// payments hang and end either way, the settler dies between any two steps, time jumps, the node's clock is wrong by
// less than the margin, and the payee gives a new invoice to every question.

import { nextAttemptStep } from '@atomicity/kernel/anchor/attempt';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { RailError } from '../port.ts';
import { batchOf, submissionOf } from './batch-samples.ts';
import { descriptionHash } from './description.ts';
import type { LightningNode } from './lightning-node.ts';
import { lightningRail } from './rail.ts';
import { type PaymentFault, ScriptedLightning } from './scripted-node.ts';

const signal = new AbortController().signal;
const T0 = 1_800_000_000_000;
const MARGIN_SECONDS = 600;
const batch = batchOf(1);

/** What a request to pay meets: a fault of the node, or a way that takes its time. */
type Meets = PaymentFault | 'delayed';

type Happening =
  /** The settler runs once; `diesAfter` steps it is killed. */
  | { readonly kind: 'run'; readonly meets: Meets; readonly diesAfter: number }
  | { readonly kind: 'time'; readonly seconds: number }
  /** The oldest request that was under way reaches the node. */
  | { readonly kind: 'arrives' }
  | { readonly kind: 'ends'; readonly how: 'succeeds' | 'fails' };

class Killed extends Error {}

class Life {
  now = T0;
  readonly lightning: ScriptedLightning;
  /** What the settler has on disk. */
  prepared: Uint8Array | undefined;
  evidence: Uint8Array | undefined;
  readonly late: string[] = [];
  #meets: Meets = 'fine';
  #stepsLeft = 0;
  #payee = '';
  #isIssuing = false;

  constructor(nodeIsWrongBySeconds: number) {
    // The payee dates its invoices rightly; the payer's node decides by its own clock whether one has run out.
    const now = () => this.now + (this.#isIssuing ? 0 : nodeIsWrongBySeconds * 1_000);
    this.lightning = new ScriptedLightning({ now });
  }

  async start(): Promise<this> {
    this.#payee = await this.lightning.payee.nodeId(signal);
    return this;
  }

  get rail() {
    return lightningRail({
      node: this.#node(),
      invoices: {
        invoiceFor: async (description, { amountMsat }) => {
          const hash = descriptionHash(description);
          const request = { amountMsat, descriptionHash: hash, expirySeconds: 3_600 };
          this.#isIssuing = true;
          const issued = this.lightning.payee.createInvoice(request, signal);
          this.#isIssuing = false;
          return (await issued).bolt11;
        },
      },
      payeesOf: () => [this.#payee],
      network: 'regtest',
      voidAfterSeconds: MARGIN_SECONDS,
      now: () => this.now,
    });
  }

  #node(): LightningNode {
    const { payer } = this.lightning;
    return Object.create(payer, {
      trackPayment: { value: payer.trackPayment.bind(payer) },
      pay: {
        value: async (bolt11: string) => {
          if (this.#meets === 'delayed') {
            this.late.push(bolt11);
            throw new RailError({ code: 'rail_timeout', shortMessage: 'x', outcome: 'unknown' });
          }
          this.lightning.faults.splice(0, 1, this.#meets);
          return payer.pay(bolt11, { maxFeeMsat: 0n, timeoutMs: 1 }, signal);
        },
      },
    }) as LightningNode;
  }

  #step(): void {
    this.#stepsLeft -= 1;
    if (this.#stepsLeft === 0) throw new Killed();
  }

  async run(meets: Meets, diesAfter: number): Promise<void> {
    this.#meets = meets;
    this.#stepsLeft = diesAfter;
    try {
      await this.#attempt();
    } catch (error) {
      if (!(error instanceof Killed) && !(error instanceof RailError)) throw error;
    }
  }

  /** As the settler's lane does: look up, prepare, record, submit, record. */
  async #attempt(): Promise<void> {
    if (this.evidence !== undefined) return;
    const { rail } = this;
    let knowledge: Parameters<typeof nextAttemptStep>[0] = 'unknown';
    for (;;) {
      this.#step();
      const preparation = this.prepared === undefined ? 'missing' : 'recorded';
      const submission = submissionOf(batch, this.prepared);
      switch (nextAttemptStep(knowledge, rail, preparation)) {
        case 'wait':
          return;
        case 'prepare': {
          const prepared = await rail.prepare?.(submission, signal);
          this.#step();
          this.prepared = prepared;
          knowledge = 'not_applied';
          break;
        }
        case 'submit': {
          const { bytes } = await rail.submit(submission, signal);
          this.#step();
          this.evidence = bytes;
          return;
        }
        case 'look_up': {
          const found = await rail.lookUp(submission, signal);
          if (found.kind === 'applied') {
            this.evidence = found.evidence.bytes;
            return;
          }
          if (found.kind === 'replace') throw new Error('this rail replaces nothing');
          knowledge = found.kind === 'unknown' ? 'looked_up_in_vain' : found.kind;
        }
      }
    }
  }

  async happen(happening: Happening): Promise<void> {
    switch (happening.kind) {
      case 'run':
        return this.run(happening.meets, happening.diesAfter);
      case 'time':
        this.now += happening.seconds * 1_000;
        return;
      case 'arrives': {
        const bolt11 = this.late.shift();
        if (bolt11 === undefined) return;
        this.lightning.faults.splice(0, 1, 'fine');
        await this.lightning.payer
          .pay(bolt11, { maxFeeMsat: 0n, timeoutMs: 1 }, signal)
          .catch(() => undefined);
        return;
      }
      case 'ends':
        this.endAll(happening.how);
    }
  }

  endAll(how: 'succeeds' | 'fails'): void {
    for (const [hash, { kind }] of this.lightning.payments) {
      if (kind === 'in_flight') this.lightning.end(hash, how);
    }
  }
}

const meets = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Meets>('delayed') },
  { weight: 2, arbitrary: fc.constant<Meets>('fine') },
  {
    weight: 3,
    arbitrary: fc.constantFrom<Meets>('refused', 'lost_before', 'lost_after', 'in_flight', 'fails'),
  },
);
/** Mostly not at all. */
const diesAfter = fc.oneof(
  { weight: 3, arbitrary: fc.constant(0) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 9 }) },
);
const happening = fc.oneof<fc.WeightedArbitrary<Happening>[]>(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('run'), meets, diesAfter }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('time'),
      seconds: fc.constantFrom(1, 60, 300, 600, 3_540, 3_600),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('arrives') }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('ends'), how: fc.constantFrom('succeeds', 'fails') }),
  },
);

it('a batch is paid at most once, and at last it is', async () => {
  const life = fc.record({
    wrongBySeconds: fc.constantFrom(1 - MARGIN_SECONDS, -300, 0, MARGIN_SECONDS - 1),
    happenings: fc.array(happening, { maxLength: 40, size: 'max' }),
  });
  await fc.assert(
    fc.asyncProperty(life, async ({ wrongBySeconds, happenings }) => {
      const world = await new Life(wrongBySeconds).start();
      for (const one of happenings) {
        await world.happen(one);
        expect(world.lightning.received.length).toBeLessThanOrEqual(1);
      }
      // The world becomes kind: whatever is late arrives, whatever hangs ends, and nothing is lost any more.
      while (world.late.length > 0) await world.happen({ kind: 'arrives' });
      world.endAll('fails');
      for (let i = 0; i < 4 && world.evidence === undefined; i++) {
        await world.run('fine', 0);
        world.now += 5_000_000;
      }
      expect(world.evidence).toBeDefined();
      expect(world.lightning.received).toHaveLength(1);
    }),
    { numRuns: 60 },
  );
});

it('the margin is what keeps a wrong clock from paying twice', async () => {
  // The node's clock is late by more than the margin, and a request arrives in just that time.
  const world = await new Life(-(MARGIN_SECONDS + 100)).start();
  await world.run('delayed', 0);
  world.now += (3_600 + MARGIN_SECONDS + 1) * 1_000;
  await world.run('fine', 0);
  await world.happen({ kind: 'arrives' });
  expect(world.lightning.received).toHaveLength(2);
});
