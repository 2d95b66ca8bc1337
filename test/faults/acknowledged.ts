/** What a load process acknowledged, and the check that a store still has all of it. */
import { CompactRange } from '@atomicity/event-log/merkle/compact-range';
import { nodeTreeHasher } from '@atomicity/event-log/merkle/node-tree-hasher';
import type { StoredEvent } from '@atomicity/event-log/port';
import { exampleStream } from './example-events.ts';

export type Acknowledged = {
  /** Per stream, the run that was told of each revision. */
  readonly runs: Map<number, Map<number, number>>;
  readonly checkpoints: Map<number, string>;
};

export function nothingAcknowledged(): Acknowledged {
  return { runs: new Map(), checkpoints: new Map() };
}

/** Takes in one line of `event-log-load.ts`. */
export function acknowledge(acknowledged: Acknowledged, run: number, line: string): void {
  const [kind, first = '', second = '', third = ''] = line.split(' ');
  if (kind === 'c') acknowledged.checkpoints.set(Number(first), second);
  if (kind !== 'a') return;
  const stream = Number(first);
  const revisions = acknowledged.runs.get(stream) ?? new Map<number, number>();
  acknowledged.runs.set(stream, revisions);
  for (let revision = Number(second); revision <= Number(third); revision += 1) {
    revisions.set(revision, run);
  }
}

/**
 * Everything wrong with `events`, a store's content in feed order: an acknowledged event that is missing or
 * another one, a gap in a stream, a published checkpoint that the events do not give.
 */
export function violations(acknowledged: Acknowledged, events: readonly StoredEvent[]): string[] {
  const found: string[] = [];
  const streams = new Map<string, StoredEvent[]>();
  for (const event of events) {
    const stream = streams.get(event.stream) ?? [];
    streams.set(event.stream, stream);
    if (event.revision !== stream.length)
      found.push(`gap before ${event.stream}/${event.revision}`);
    stream.push(event);
  }
  for (const [stream, revisions] of acknowledged.runs) {
    const stored = streams.get(exampleStream(stream)) ?? [];
    for (const [revision, run] of revisions) {
      const text = stored[revision]?.payload;
      const payload = text ? (JSON.parse(text) as { run: number; revision: number }) : undefined;
      if (payload?.run === run && payload.revision === revision) continue;
      found.push(
        `acknowledged ${stream}/${revision} of run ${run} is ${text ? 'another' : 'missing'}`,
      );
    }
  }
  // One pass over the leaves gives the root at every size that was published.
  const range = new CompactRange(nodeTreeHasher);
  const roots = new Map([[0, hex(range.root())]]);
  for (const event of events) {
    range.append(nodeTreeHasher.leaf(event.envelope));
    if (acknowledged.checkpoints.has(range.size)) roots.set(range.size, hex(range.root()));
  }
  for (const [size, root] of acknowledged.checkpoints) {
    if (roots.get(size) !== root)
      found.push(`the checkpoint over ${size} is not that of the events`);
  }
  return found;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** A small seeded generator (mulberry32): numbers in [0, 1). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
