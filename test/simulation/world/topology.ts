import type { Random } from '../engine/random.ts';

export type Shape = 'line' | 'diamond' | 'random';

/** Undirected links between node numbers, each once, the lower number first. */
export type Topology = {
  readonly shape: Shape;
  readonly links: readonly (readonly [number, number])[];
};

function line(count: number): (readonly [number, number])[] {
  return Array.from({ length: count - 1 }, (_, i) => [i, i + 1] as const);
}

/** First and last node, and everything between them beside one another: disjoint two-hop paths. */
function diamond(count: number): (readonly [number, number])[] {
  const last = count - 1;
  return Array.from({ length: count - 2 }, (_, i) => i + 1).flatMap((middle) => [
    [0, middle] as const,
    [middle, last] as const,
  ]);
}

/** A ring with a few chords: connected, with several ways between most pairs. */
function randomGraph(count: number, random: Random): (readonly [number, number])[] {
  const links = new Map<string, readonly [number, number]>();
  const add = (one: number, other: number) => {
    if (one === other) return;
    const link = one < other ? ([one, other] as const) : ([other, one] as const);
    links.set(link.join(), link);
  };
  for (let i = 0; i < count; i++) add(i, (i + 1) % count);
  for (let i = 0; i < Math.ceil(count / 2); i++) add(random.below(count), random.below(count));
  return [...links.values()];
}

/** A connected graph of at least three nodes. */
export function drawTopology(count: number, random: Random): Topology {
  const shape = random.pick<Shape>(['line', 'diamond', 'diamond', 'random', 'random']);
  const links =
    shape === 'line'
      ? line(count)
      : shape === 'diamond'
        ? diamond(count)
        : randomGraph(count, random);
  return { shape, links };
}
