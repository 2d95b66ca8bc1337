/**
 * The state diffs of a span of one log, folded from its book events in log order. A log may hold several
 * books; edges are numbered by the order in which the log opened them, whichever book they stand in, so an edge
 * that stands in two books of one log has two numbers.
 */
import type { BatchValue } from '../anchor/events.ts';
import type { BookEvent } from '../book/events.ts';
import type { Leg } from '../credit/leg.ts';
import { AMOUNT_MAX, amount, type SignedAmount } from '../units/amount.ts';
import type { Denomination } from '../units/denomination.ts';
import type { Hash, PartyId, StreamId } from '../units/id.ts';
import type { UnixMs } from '../units/time.ts';
import { DIFFS_MAX } from './header.ts';
import { DIFF_FLAGS, type StateDiff } from './state-diff.ts';

/** Events that open an edge, move it, or say how it stands. All others are of no matter here. */
const DIFF_EVENT_TYPES = [
  'EdgeOpened',
  'EdgeLimitChanged',
  'PaymentFinalized',
  'HopActivated',
  'DeliveryFinalized',
  'EdgeStateAgreed',
  'EdgeDisputed',
  'CreditReassigned',
  'SettlementRecorded',
] as const;

type DiffEventType = (typeof DIFF_EVENT_TYPES)[number];
export type DiffEvent = Extract<BookEvent, { readonly type: DiffEventType }>;

const OPENINGS: ReadonlySet<string> = new Set(['EdgeOpened', 'EdgeLimitChanged']);
const DIFF_TYPES: ReadonlySet<string> = new Set(DIFF_EVENT_TYPES);

/** True for a type of event without which diffs cannot be collected: its payload has to be read. */
export function isDiffEventType(type: string): type is DiffEventType {
  return DIFF_TYPES.has(type);
}

type DataOf<T extends DiffEventType> = Extract<DiffEvent, { readonly type: T }>['data'];
type Facts<T extends DiffEventType, K> = T extends DiffEventType
  ? { readonly type: T; readonly data: Pick<DataOf<T>, K & keyof DataOf<T>> }
  : never;

/** All that is read of an event: whoever has to hold many keeps no more of them. */
export type DiffFacts =
  | Facts<'EdgeOpened', 'edge' | 'a' | 'b' | 'denomination' | 'expiresAt' | 'limitA' | 'limitB'>
  | Facts<'EdgeLimitChanged', 'edge' | 'grantor' | 'limit'>
  | Facts<'EdgeDisputed', 'edge'>
  | Facts<'PaymentFinalized' | 'HopActivated' | 'EdgeStateAgreed', 'edge' | 'legs'>
  | Facts<'SettlementRecorded', 'edge' | 'legs'>
  | Facts<'DeliveryFinalized' | 'CreditReassigned', 'legs'>;

/** An event of the log. Whoever collects passes at least all whose type `isDiffEventType`. */
export type LoggedDiffEvent = {
  /** Place in the log, 0, 1, … */
  readonly index: number;
  readonly stream: StreamId;
  readonly at: UnixMs;
  readonly type: string;
  /** null once the payload is erased, and for types that do not matter. */
  readonly event: BookEvent | null;
};

/** The same with the facts alone. */
export type LoggedDiffFacts = Omit<LoggedDiffEvent, 'event'> & { readonly event: DiffFacts | null };

/** An edge of the registry. */
export type NumberedEdge = {
  readonly number: number;
  readonly stream: StreamId;
  readonly edge: Hash;
  readonly a: PartyId;
  readonly b: PartyId;
  readonly denomination: Denomination;
};

/** Why the diffs of a span cannot be collected, in the order of precedence. */
export const COLLECT_REFUSALS = [
  {
    reason: 'payload_erased',
    rule: 'every event that opens or moves an edge still has its payload',
  },
  { reason: 'edge_not_opened', rule: 'an edge is opened once in its book, before it moves' },
  { reason: 'too_many_diffs', rule: 'a span moves at most 262,144 edges' },
  { reason: 'delta_out_of_range', rule: 'an edge moves by at most 2^63−1 in one span' },
  { reason: 'value_out_of_range', rule: 'the deltas of a denomination add up to at most 2^63−1' },
] as const;

export type CollectRefusal = (typeof COLLECT_REFUSALS)[number]['reason'];

export type CollectedDiffs =
  | {
      readonly kind: 'collected';
      readonly from: number;
      readonly size: number;
      /** Edges that the log opened before `size`. */
      readonly registrySize: number;
      /** By ascending edge. */
      readonly diffs: readonly StateDiff[];
      /** Σ |delta| by denomination, ascending; without those where it is 0. */
      readonly values: readonly BatchValue[];
    }
  | {
      readonly kind: 'refused';
      readonly reason: CollectRefusal;
      /** The event, by its place in the log; null where the sum is at fault. */
      readonly index: number | null;
      /** Type of the event, how many edges, number of the edge, or the denomination. */
      readonly what: string;
    };

type Refusal = Extract<CollectedDiffs, { kind: 'refused' }>;

/** What the collector keeps of an edge for good. */
type KnownEdge = NumberedEdge & {
  readonly expiresAt: UnixMs;
  limitA: bigint;
  limitB: bigint;
};

/** What an edge moved in the span so far. */
type Movement = { delta: bigint; moves: number; flags: number };

const keyOf = (stream: StreamId, edge: Hash): string => `${stream}/${edge}`;

type EdgeMove = { readonly edge: Hash; readonly legs: readonly Leg[]; readonly flags: number };

/** The edges that an event moves, each once. */
function movesOf(event: DiffFacts): readonly EdgeMove[] {
  switch (event.type) {
    case 'EdgeOpened':
    case 'EdgeLimitChanged':
      return [];
    case 'EdgeDisputed':
      return [{ edge: event.data.edge, legs: [], flags: DIFF_FLAGS.disputed }];
    case 'SettlementRecorded':
      return [{ edge: event.data.edge, legs: event.data.legs, flags: DIFF_FLAGS.settled }];
    case 'PaymentFinalized':
    case 'HopActivated':
    case 'EdgeStateAgreed':
      return [{ edge: event.data.edge, legs: event.data.legs, flags: 0 }];
    case 'DeliveryFinalized':
    case 'CreditReassigned': {
      const { legs } = event.data;
      const edges = [...new Set(legs.map(({ edge }) => edge))];
      return edges.map((edge) => ({
        edge,
        legs: legs.filter((leg) => leg.edge === edge),
        flags: 0,
      }));
    }
  }
}

const sizeOf = (delta: bigint): bigint => (delta < 0n ? -delta : delta);

/**
 * Folds a log, once, from its begin; each `cut` gives the diffs since the one before. It keeps a few words for each
 * edge of the log, and forgets movements when they are cut.
 *
 * What an erased payload hides cannot be collected: a span with an erased event that moves edges is refused
 * by name, later spans are not. Openings and limits are never erased by a book; where one is missing all
 * the same, this span and every later one are refused.
 */
export class StateDiffCollector {
  private readonly known: KnownEdge[] = [];
  private readonly byKey = new Map<string, KnownEdge>();
  private moved = new Map<number, Movement>();
  private from: number;
  private next = 0;
  private at: UnixMs | undefined;
  /** What makes this span impossible; what makes all later ones. */
  private spanFault: Refusal | undefined;
  private logFault: Refusal | undefined;

  /** Movements before `from` do not count: the first span begins there. */
  constructor(from = 0) {
    this.from = from;
  }

  /** Edges that the log opened so far, by their numbers. */
  get edges(): readonly NumberedEdge[] {
    return this.known;
  }

  /** The number of an edge in a book of the log. */
  numberOf(stream: StreamId, edge: Hash): number | undefined {
    return this.byKey.get(keyOf(stream, edge))?.number;
  }

  private fault(entry: Pick<LoggedDiffEvent, 'index' | 'type'>, reason: CollectRefusal): undefined {
    const refusal: Refusal = {
      kind: 'refused',
      reason,
      index: entry.index,
      what: entry.type,
    };
    if (OPENINGS.has(entry.type)) this.logFault ??= refusal;
    else if (entry.index >= this.from) this.spanFault ??= refusal;
    return undefined;
  }

  /**
   * Takes an event. Types that do not matter are passed over.
   * @throws RangeError if its index is not above those before.
   */
  add(entry: LoggedDiffEvent | LoggedDiffFacts): undefined {
    const { index, stream, event } = entry;
    if (!Number.isSafeInteger(index) || index < this.next) {
      throw new RangeError(`index is ${this.next} or more, not ${index}`);
    }
    this.next = index + 1;
    if (!isDiffEventType(entry.type)) return undefined;
    if (event === null) return this.fault(entry, 'payload_erased');
    if (event.type === 'EdgeOpened') return this.open(entry, event);
    if (event.type === 'EdgeLimitChanged') {
      const edge = this.byKey.get(keyOf(stream, event.data.edge));
      if (edge === undefined) return this.fault(entry, 'edge_not_opened');
      if (event.data.grantor === edge.a) edge.limitA = event.data.limit;
      else edge.limitB = event.data.limit;
      return undefined;
    }
    if (index < this.from) return undefined;
    this.at = entry.at;
    for (const move of movesOf(event as DiffFacts)) this.move(entry, move);
    return undefined;
  }

  private open(
    entry: LoggedDiffEvent | LoggedDiffFacts,
    event: Extract<DiffFacts, { type: 'EdgeOpened' }>,
  ): undefined {
    const { edge, a, b, denomination, expiresAt, limitA, limitB } = event.data;
    const { stream } = entry;
    const key = keyOf(stream, edge);
    if (this.byKey.has(key)) return this.fault(entry, 'edge_not_opened');
    const number = this.known.length;
    const opened = { number, stream, edge, a, b, denomination, expiresAt, limitA, limitB };
    this.known.push(opened);
    this.byKey.set(key, opened);
    return undefined;
  }

  private move(
    entry: LoggedDiffEvent | LoggedDiffFacts,
    { edge: id, legs, flags }: EdgeMove,
  ): undefined {
    const edge = this.byKey.get(keyOf(entry.stream, id));
    if (edge === undefined) return this.fault(entry, 'edge_not_opened');
    const delta = legs.reduce((sum, leg) => (leg.party === edge.a ? sum + leg.delta : sum), 0n);
    // A state without carry moves nothing.
    if (delta === 0n && flags === 0) return undefined;
    const movement = this.moved.get(edge.number) ?? { delta: 0n, moves: 0, flags: 0 };
    movement.delta += delta;
    movement.moves += 1;
    movement.flags |= flags;
    this.moved.set(edge.number, movement);
    return undefined;
  }

  private isClosed(number: number): boolean {
    const edge = this.known[number];
    if (edge === undefined || this.at === undefined) return false;
    return this.at >= edge.expiresAt || (edge.limitA === 0n && edge.limitB === 0n);
  }

  private sums(): readonly BatchValue[] | Refusal {
    if (this.moved.size > DIFFS_MAX) return unfit('too_many_diffs', `${this.moved.size} edges`);
    const sums = new Map<Denomination, bigint>();
    for (const [number, { delta }] of this.moved) {
      if (sizeOf(delta) > AMOUNT_MAX) return unfit('delta_out_of_range', `edge ${number}`);
      const denomination = this.known[number]?.denomination;
      if (denomination === undefined || delta === 0n) continue;
      sums.set(denomination, (sums.get(denomination) ?? 0n) + sizeOf(delta));
    }
    const beyond = [...sums].find(([, sum]) => sum > AMOUNT_MAX);
    if (beyond !== undefined) return unfit('value_out_of_range', beyond[0]);
    return [...sums]
      .map(([denomination, sum]) => ({ denomination, amount: amount(sum) }))
      .sort((left, right) => (left.denomination < right.denomination ? -1 : 1));
  }

  private diffs(): readonly StateDiff[] {
    return [...this.moved]
      .map(([edge, { delta, moves, flags }]) => ({
        edge,
        delta: delta as SignedAmount,
        moves,
        flags: flags | (this.isClosed(edge) ? DIFF_FLAGS.closed : 0),
      }))
      .sort((left, right) => left.edge - right.edge);
  }

  /**
   * The diffs of the span that ends before `size`; the next span begins there, also after a refusal.
   * @throws RangeError if `size` is below the span's begin or an event at or after it was added.
   */
  cut(size: number): CollectedDiffs {
    const { from } = this;
    if (!Number.isSafeInteger(size) || size < from || size < this.next) {
      throw new RangeError(`size is ${Math.max(from, this.next)} or more, not ${size}`);
    }
    const fault = this.logFault ?? this.spanFault;
    const values = fault ?? this.sums();
    const collected: CollectedDiffs =
      'kind' in values
        ? values
        : {
            kind: 'collected',
            from,
            size,
            registrySize: this.known.length,
            diffs: this.diffs(),
            values,
          };
    this.from = size;
    this.next = size;
    this.moved = new Map();
    this.at = undefined;
    this.spanFault = undefined;
    return collected;
  }
}

const unfit = (reason: CollectRefusal, what: string): Refusal => ({
  kind: 'refused',
  reason,
  index: null,
  what,
});

/**
 * The diffs of the span [from, size) of a log, of which `events` are those from 0 on in log order; what lies at or
 * after `size` is left alone.
 * @throws RangeError if from > size or the indexes do not ascend.
 */
export function collectStateDiffs(
  events: Iterable<LoggedDiffEvent | LoggedDiffFacts>,
  { from, size }: { readonly from: number; readonly size: number },
): CollectedDiffs {
  const collector = new StateDiffCollector(from);
  for (const entry of events) {
    if (entry.index >= size) break;
    collector.add(entry);
  }
  return collector.cut(size);
}
