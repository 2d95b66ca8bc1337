import type { DeliveryAsk } from '@atomicity/router/ports';
import type { Random } from '../engine/random.ts';
import type { Model } from '../model/model.ts';

/** Around a deadline, ms: what follows still takes one or two. */
const EARLIEST_MS = -2.2;
const SPREAD_MS = 3;

type Stage = {
  readonly random: Random;
  readonly chance: number;
  readonly model: Model;
  readonly nowMs: () => number;
};

/**
 * Keeps things back until about the moment from which they count no more. Chance alone would hardly
 * ever meet the millisecond that decides.
 */
export class Aim {
  readonly #stage: Stage;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** For a claim: until its payer's deadline, more or less. Ms; 0 for anything else. */
  claimLateMs(payer: string, objects: readonly string[]): number {
    for (const text of objects) {
      const { body } = JSON.parse(text);
      if (body.type !== 'HopReceipt' || body.transition !== 'active') continue;
      const hop = this.#stage.model.bookOf(payer).hops.get(body.voucher);
      return hop === undefined ? 0 : this.#untilMs(body.voucher, hop.deadlineTrueMs);
    }
    return 0;
  }

  /** For the receiver's signature: until the first deadline of the parts. */
  receiptLateMs(receiver: string, { intent, parts }: DeliveryAsk): number {
    const asked = new Set<string>(parts.map(({ part }) => part));
    const deadlines = [...this.#stage.model.bookOf(receiver).hops.values()]
      .filter(({ terms }) => terms.intent === intent && terms.side === 'payee')
      .filter(({ terms, status }) => asked.has(terms.part) && status !== 'lapsed')
      .map(({ deadlineTrueMs }) => deadlineTrueMs);
    return deadlines.length === 0 ? 0 : this.#untilMs(intent, Math.min(...deadlines));
  }

  #untilMs(subject: string, deadlineMs: number): number {
    const { random, chance, nowMs } = this.#stage;
    if (chance === 0 || !random.fork(subject).chance(chance)) return 0;
    const atMs = deadlineMs + EARLIEST_MS + random.unit() * SPREAD_MS;
    return Math.max(0, atMs - nowMs());
  }
}
