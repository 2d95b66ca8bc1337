/**
 * An immutable priority queue of deadlines (a leftist heap): earliest first, ties by id.
 *
 * Finding what has expired costs O(1) when nothing has, so every event may ask.
 */

export type Deadline = {
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  readonly id: string;
};

export type DeadlineHeap = {
  readonly rank: number;
  readonly top: Deadline;
  readonly left: DeadlineHeap | undefined;
  readonly right: DeadlineHeap | undefined;
};

/** True when `a` falls due before `b`; equal times are ordered by id so that replay agrees. */
export function dueBefore(a: Deadline, b: Deadline): boolean {
  return a.expiresAt !== b.expiresAt ? a.expiresAt < b.expiresAt : a.id < b.id;
}

// Recursion follows right spines only, whose length is at most log2 of the size.
function merge(a: DeadlineHeap | undefined, b: DeadlineHeap | undefined): DeadlineHeap | undefined {
  if (a === undefined) return b;
  if (b === undefined) return a;
  const [first, second] = dueBefore(b.top, a.top) ? [b, a] : [a, b];
  const merged = merge(first.right, second);
  const left = first.left;
  const leftRank = left?.rank ?? 0;
  const mergedRank = merged?.rank ?? 0;
  return leftRank >= mergedRank
    ? { rank: mergedRank + 1, top: first.top, left, right: merged }
    : { rank: leftRank + 1, top: first.top, left: merged, right: left };
}

/** The queue with one more deadline. */
export function addDeadline(heap: DeadlineHeap | undefined, deadline: Deadline): DeadlineHeap {
  const single = { rank: 1, top: deadline, left: undefined, right: undefined };
  return merge(heap, single) ?? single;
}

/** The queue without its earliest deadline. */
export function dropDeadline(heap: DeadlineHeap): DeadlineHeap | undefined {
  return merge(heap.left, heap.right);
}

/** The deadlines with `expiresAt` ≤ `now`, earliest first; the queue itself is unchanged. */
export function* deadlinesDue(heap: DeadlineHeap | undefined, now: number): Generator<Deadline> {
  let rest = heap;
  while (rest !== undefined && rest.top.expiresAt <= now) {
    yield rest.top;
    rest = dropDeadline(rest);
  }
}
