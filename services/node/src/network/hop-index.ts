import type { RecordedEvent } from '@atomicity/kernel/book/events';
import type { BookState } from '@atomicity/kernel/book/state';
import type { Hop } from '@atomicity/kernel/hop/hop';
import type { Hash } from '@atomicity/kernel/units/id';

/** Vouchers whose hops an event concerns; none for events of other kinds. */
export function vouchersOf(event: RecordedEvent): readonly Hash[] {
  switch (event.type) {
    case 'HopHeld':
    case 'HopAcknowledged':
    case 'HopCommitted':
    case 'HopClaimed':
    case 'HopConfirmed':
    case 'HopActivated':
    case 'HopLapsed':
      return [event.data.voucher];
    case 'DeliveryFinalized':
      return event.data.parts.map(({ voucher }) => voucher);
    default:
      return [];
  }
}

/** Beyond twice the hops of the book and so many, intents are looked through for forgotten ones. */
const INTENTS_SPARE = 1_024;

const hasEnded = ({ status }: Hop): boolean => status === 'active' || status === 'lapsed';

const byAge = (one: Hop, other: Hop): number => one.terms.at - other.terms.at;

/** Which hops of a book are open and which belong to an intent, so that nobody looks through all. */
export class HopIndex {
  readonly #byIntent = new Map<Hash, Set<Hash>>();
  readonly #open = new Set<Hash>();
  #state: BookState;

  constructor(state: BookState) {
    this.#state = state;
    for (const { terms } of state.hops.values()) this.#see(terms.voucher);
  }

  /** Follows the book: takes every event, in order, with the state after them. */
  apply(events: readonly RecordedEvent[], state: BookState): void {
    this.#state = state;
    for (const event of events) for (const voucher of vouchersOf(event)) this.#see(voucher);
    if (this.#byIntent.size > INTENTS_SPARE + 2 * state.hops.size) this.#forget();
  }

  /** No event says that the book has forgotten a hop: intents of which nothing is left go together. */
  #forget(): void {
    for (const [intent, vouchers] of this.#byIntent) {
      if (this.#hops(vouchers).length === 0) this.#byIntent.delete(intent);
    }
  }

  /** How many intents the index names. */
  get size(): number {
    return this.#byIntent.size;
  }

  /** Hops that have not ended, oldest first. */
  open(): readonly Hop[] {
    return this.#hops(this.#open).sort(byAge);
  }

  /** Hops of an intent that the book remembers, oldest first. */
  of(intent: Hash): readonly Hop[] {
    const vouchers = this.#byIntent.get(intent);
    if (vouchers === undefined) return [];
    const hops = this.#hops(vouchers).sort(byAge);
    if (vouchers.size === 0) this.#byIntent.delete(intent);
    return hops;
  }

  /** The hops of vouchers; those that the book has forgotten are dropped from the set. */
  #hops(vouchers: Set<Hash>): Hop[] {
    const hops: Hop[] = [];
    for (const voucher of vouchers) {
      const hop = this.#state.hops.get(voucher);
      if (hop === undefined) vouchers.delete(voucher);
      else hops.push(hop);
    }
    return hops;
  }

  #see(voucher: Hash): void {
    const hop = this.#state.hops.get(voucher);
    if (hop === undefined) return;
    if (hasEnded(hop)) this.#open.delete(voucher);
    else this.#open.add(voucher);
    const { intent } = hop.terms;
    const vouchers = this.#byIntent.get(intent) ?? new Set();
    this.#byIntent.set(intent, vouchers.add(voucher));
  }
}
