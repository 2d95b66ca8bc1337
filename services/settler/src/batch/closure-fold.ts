/** What waits for the next batch, folded from the log: closures to decide on, diffs to send. */
import type { Closure } from '@atomicity/kernel/batch/closure';
import { type LeftOut, splitDiffs, type WaitingDiff } from '@atomicity/kernel/batch/left-out';
import {
  type CollectRefusal,
  isDiffEventType,
  type LoggedDiffEvent,
  StateDiffCollector,
} from '@atomicity/kernel/state-diff/collect-diffs';
import { DIFFS_MAX } from '@atomicity/kernel/state-diff/header';
import { DIFF_FLAGS, type StateDiff } from '@atomicity/kernel/state-diff/state-diff';
import { AMOUNT_MAX, type SignedAmount, signedAmount } from '@atomicity/kernel/units/amount';
import type { Hash, StreamId } from '@atomicity/kernel/units/id';
import { type UnixMs, unixMs } from '@atomicity/kernel/units/time';

/** What an edge moved since the last batch that it was part of. */
type Waiting = { delta: bigint; moves: number; since: UnixMs };

export type SpanDiffs = {
  /** Ascending by edge. */
  readonly diffs: readonly StateDiff[];
  readonly registrySize: number;
  /** Why what moved could not be told: nothing of it goes out. Undefined when all is well. */
  readonly refused: CollectRefusal | undefined;
};

/**
 * Follows a log from its begin. Closures are taken event by event, since a schedule asks for them all the
 * time; diffs are collected once, when a batch is closed.
 */
export class ClosureFold {
  readonly #spans = new StateDiffCollector();
  readonly #events = new StateDiffCollector();
  readonly #waiting = new Map<number, Waiting>();
  /** Balance of each edge by its number, over everything folded so far. */
  readonly #balances = new Map<number, bigint>();
  /** What moved in the span so far, event by event: sums that no diff holds are told from it. */
  readonly #moved = new Map<number, WaitingDiff>();
  /** What creditors of the book said to have got, by the request that they name. */
  readonly #received = new Map<Hash, bigint>();
  #leftOut: LeftOut = new Map();
  readonly #book: StreamId;
  #size = 0;
  #steps = 0;
  #hasErased = false;
  /** An event of the span could not be read: nothing is known of what moved in it. */
  #isHidden = false;

  /** `book` holds the edges that closures name: that of the parties whose debts leave the node. */
  constructor(book: StreamId) {
    this.#book = book;
  }

  /** Leaves folded so far. */
  get size(): number {
    return this.#size;
  }

  /** True if a movement was erased before it was read: balances are not known any more. */
  get hasErased(): boolean {
    return this.#hasErased;
  }

  /** Takes the next event of the log. @throws RangeError if one before it is missing. */
  add(entry: LoggedDiffEvent): void {
    if (entry.index !== this.#size)
      throw new RangeError(`index: ${this.#size}, not ${entry.index}`);
    this.#size += 1;
    if (!isDiffEventType(entry.type)) return;
    this.#spans.add(entry);
    if (entry.stream === this.#book) this.#receive(entry.event);
    for (const event of eachEdge(entry.event)) {
      // One edge at a time: edges of one event may move more than a span can add up.
      this.#events.add({ ...entry, index: this.#steps, event });
      this.#steps += 1;
      const moved = this.#events.cut(this.#steps);
      if (moved.kind === 'refused') {
        this.#hasErased = true;
        this.#isHidden = true;
      } else for (const diff of moved.diffs) this.#move(diff, entry.at);
    }
  }

  #receive(event: LoggedEvent): void {
    if (event?.type !== 'SettlementRecorded' || !('request' in event.data)) return;
    const { request, amount } = event.data;
    if (request !== null) this.#received.set(request, (this.received(request) ?? 0n) + amount);
  }

  /** What the creditor said to have got for a request; undefined where the log shows nothing. */
  received(request: Hash): bigint | undefined {
    return this.#received.get(request);
  }

  #move(diff: StateDiff, at: UnixMs): void {
    const { edge, delta, moves } = diff;
    this.#moved.set(edge, sumOf(this.#moved.get(edge), diff));
    this.#balances.set(edge, (this.#balances.get(edge) ?? 0n) + delta);
    const waiting = this.#waiting.get(edge) ?? { delta: 0n, moves: 0, since: at };
    waiting.delta += delta;
    waiting.moves += moves;
    this.#waiting.set(edge, waiting);
  }

  /**
   * Everything that waits, ascending by edge. Where a movement was erased before it was read, `balanceOf`
   * says what an edge stands at: what came before then follows from it.
   */
  closures(balanceOf: (edge: Hash) => bigint | undefined): readonly Closure[] {
    return [...this.#waiting]
      .map(([number, { delta, moves, since }]) => {
        const known = this.#spans.edges[number];
        if (known === undefined) throw new Error('invariant: only edges of the registry move');
        const { edge, denomination } = known;
        const counted = this.#balances.get(number) ?? 0n;
        const balance = this.#hasErased ? (balanceOf(edge) ?? counted) : counted;
        const before = clamped(balance - delta);
        return { edge, denomination, before, delta, moves, since: unixMs(since), pays: null };
      })
      .sort((one, other) => (one.edge < other.edge ? -1 : 1));
  }

  /** Balance of an edge after everything folded, seen from a; undefined for one that never moved. */
  balanceOf(edge: Hash): SignedAmount | undefined {
    const number = this.#spans.numberOf(this.#book, edge);
    const balance = number === undefined ? undefined : this.#balances.get(number);
    return balance === undefined || this.#hasErased ? undefined : clamped(balance);
  }

  /** About what `take` would give now; changes nothing. Flags are not known before the span ends. */
  estimate(): Pick<SpanDiffs, 'diffs' | 'registrySize'> {
    const diffs = [...this.#waiting]
      .filter(([, { delta }]) => isDelta(delta))
      .slice(0, DIFFS_MAX)
      .map(([edge, { delta, moves }]) => ({ edge, delta: signedAmount(delta), moves, flags: 0 }));
    return { diffs, registrySize: this.#spans.edges.length };
  }

  /**
   * Ends the span of a batch here and gives its diffs; what is `quarantined` waits on. Asked again
   * without news it gives nothing.
   */
  take(quarantined: ReadonlySet<Hash>): SpanDiffs {
    const { edges } = this.#spans;
    const registrySize = edges.length;
    // In whichever book it stands: who reads the batch knows the edge by its id alone.
    const left = new Set<number>();
    if (quarantined.size > 0) {
      for (const { edge, number } of edges) if (quarantined.has(edge)) left.add(number);
    }
    const { moved, refused } = this.#span();
    const touched = new Set([...this.#leftOut.keys(), ...moved.map(({ edge }) => edge)]);
    const { leftOut: all } = splitDiffs(moved, this.#leftOut, touched);
    this.#leftOut = new Map([...all].filter(([number]) => left.has(number)));
    for (const number of [...this.#waiting.keys()]) {
      if (!left.has(number)) this.#waiting.delete(number);
    }
    const goes = [...all.values()].filter(({ edge }) => !left.has(edge));
    const unsaid = goes.length > DIFFS_MAX ? 'too_many_diffs' : 'delta_out_of_range';
    if (goes.length > DIFFS_MAX || !goes.every(({ delta }) => isDelta(delta))) {
      return { diffs: [], registrySize, refused: refused ?? unsaid };
    }
    const diffs = goes.map((diff) => ({ ...diff, delta: signedAmount(diff.delta) }));
    return { diffs, registrySize, refused };
  }

  /** Ends the span: what moved in it, or why nobody can tell. */
  #span(): {
    readonly moved: readonly WaitingDiff[];
    readonly refused: CollectRefusal | undefined;
  } {
    const collected = this.#spans.cut(this.#size);
    const moved = [...this.#moved.values()];
    const isHidden = this.#isHidden;
    this.#moved.clear();
    this.#isHidden = false;
    if (collected.kind === 'collected') return { moved: collected.diffs, refused: undefined };
    // Only the sums over all that moved are at fault: without what is left out they may not be.
    const isSum = collected.index === null && !isHidden;
    return isSum ? { moved, refused: undefined } : { moved: [], refused: collected.reason };
  }
}

/** What a diff can hold. */
function isDelta(delta: bigint): boolean {
  return delta >= -AMOUNT_MAX && delta <= AMOUNT_MAX;
}

/** The nearest position: where a balance is not known any more, what follows from it contradicts the book. */
function clamped(value: bigint): SignedAmount {
  if (isDelta(value)) return signedAmount(value);
  return signedAmount(value < 0n ? -AMOUNT_MAX : AMOUNT_MAX);
}

/** Both movements of one edge; it is closed if it was by the later one. */
function sumOf(earlier: WaitingDiff | undefined, later: WaitingDiff): WaitingDiff {
  if (earlier === undefined) return later;
  return {
    edge: later.edge,
    delta: earlier.delta + later.delta,
    moves: earlier.moves + later.moves,
    flags: (earlier.flags & ~DIFF_FLAGS.closed) | later.flags,
  };
}

type LoggedEvent = LoggedDiffEvent['event'];

/** The event for each edge that it moves; as it is where it moves one. */
function eachEdge(event: LoggedEvent): readonly LoggedEvent[] {
  if (event?.type === 'DeliveryFinalized') {
    const { type, data } = event;
    return byEdge(data.legs).map((legs) => ({ type, data: { ...data, legs } }));
  }
  if (event?.type === 'CreditReassigned') {
    const { type, data } = event;
    return byEdge(data.legs).map((legs) => ({ type, data: { ...data, legs } }));
  }
  return [event];
}

function byEdge<OneLeg extends { readonly edge: Hash }>(
  legs: readonly OneLeg[],
): readonly (readonly OneLeg[])[] {
  const edges = [...new Set(legs.map(({ edge }) => edge))];
  return edges.map((edge) => legs.filter((leg) => leg.edge === edge));
}
