/** What waits for the next batch, folded from the log: closures to decide on, diffs to send. */
import type { Closure } from '@atomicity/kernel/batch/closure';
import { type LeftOut, splitDiffs } from '@atomicity/kernel/batch/left-out';
import {
  type CollectRefusal,
  isDiffEventType,
  type LoggedDiffEvent,
  StateDiffCollector,
} from '@atomicity/kernel/state-diff/collect-diffs';
import type { StateDiff } from '@atomicity/kernel/state-diff/state-diff';
import { type SignedAmount, signedAmount } from '@atomicity/kernel/units/amount';
import type { Hash, StreamId } from '@atomicity/kernel/units/id';
import { type UnixMs, unixMs } from '@atomicity/kernel/units/time';

/** What an edge moved since the last batch that it was part of. */
type Waiting = { delta: bigint; moves: number; since: UnixMs };

export type SpanDiffs = {
  /** Ascending by edge. */
  readonly diffs: readonly StateDiff[];
  readonly registrySize: number;
  /** Why the span could not be collected: it goes out without diffs. Undefined when all is well. */
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
  #leftOut: LeftOut = new Map();
  readonly #book: StreamId;
  #size = 0;
  #hasErased = false;

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
    this.#events.add(entry);
    const moved = this.#events.cut(entry.index + 1);
    if (moved.kind === 'refused') {
      this.#hasErased = true;
      return;
    }
    for (const diff of moved.diffs) this.#move(diff, entry.at);
  }

  #move({ edge, delta, moves }: StateDiff, at: UnixMs): void {
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
        const before = signedAmount(balance - delta);
        return { edge, denomination, before, delta, moves, since: unixMs(since), pays: null };
      })
      .sort((one, other) => (one.edge < other.edge ? -1 : 1));
  }

  /** Balance of an edge after everything folded, seen from a; undefined for one that never moved. */
  balanceOf(edge: Hash): SignedAmount | undefined {
    const number = this.#spans.numberOf(this.#book, edge);
    const balance = number === undefined ? undefined : this.#balances.get(number);
    return balance === undefined || this.#hasErased ? undefined : signedAmount(balance);
  }

  /** About what `take` would give now; changes nothing. Flags are not known before the span ends. */
  estimate(): Pick<SpanDiffs, 'diffs' | 'registrySize'> {
    const diffs = [...this.#waiting].map(([edge, { delta, moves }]) => ({
      edge,
      delta: signedAmount(delta),
      moves,
      flags: 0,
    }));
    return { diffs, registrySize: this.#spans.edges.length };
  }

  /**
   * Ends the span of a batch here and gives its diffs; what is `quarantined` waits on. Asked again
   * without news it gives nothing.
   */
  take(quarantined: ReadonlySet<Hash>): SpanDiffs {
    const registrySize = this.#spans.edges.length;
    const left = new Set(
      [...quarantined]
        .map((edge) => this.#spans.numberOf(this.#book, edge))
        .filter((number) => number !== undefined),
    );
    const collected = this.#spans.cut(this.#size);
    const refused = collected.kind === 'refused' ? collected.reason : undefined;
    const moved = collected.kind === 'refused' ? [] : collected.diffs;
    const { batch, leftOut } = splitDiffs(moved, this.#leftOut, left);
    this.#leftOut = leftOut;
    for (const number of [...this.#waiting.keys()]) {
      if (!left.has(number)) this.#waiting.delete(number);
    }
    return { diffs: batch, registrySize, refused };
  }
}
