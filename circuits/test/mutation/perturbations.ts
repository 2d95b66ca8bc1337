// Inputs near given ones: one signal set to a boundary of some range, moved by one, or exchanged with
// its neighbour. Which of them are true and which are false, the unchanged circuit says.
import { FIELD_ORDER } from '@atomicity/kernel/codec/field';
import { flat, type Inputs, type Value } from '../witness-program.ts';
import { element } from './subject.ts';

const BOUNDARIES: readonly bigint[] = [
  0n,
  1n,
  2n,
  7n,
  8n,
  31n,
  32n,
  ...[32n, 48n, 62n, 63n, 64n, 80n, 128n].flatMap((bits) => [2n ** bits - 1n, 2n ** bits]),
  FIELD_ORDER - 1n,
];

/** A repeatable stream of numbers in [0, 1). Source: mulberry32, T. Ettinger, public domain. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function places(value: Value, path: readonly number[] = []): readonly (readonly number[])[] {
  return typeof value === 'bigint' ? [path] : value.flatMap((v, i) => places(v, [...path, i]));
}

function at(value: Value, path: readonly number[]): bigint {
  const found = path.reduce<Value | undefined>(
    (part, index) => (typeof part === 'bigint' ? undefined : part?.[index]),
    value,
  );
  if (typeof found !== 'bigint') throw new Error('no value there');
  return found;
}

function withValue(value: Value, path: readonly number[], replacement: bigint): Value {
  const [index, ...rest] = path;
  if (index === undefined || typeof value === 'bigint') return replacement;
  return value.map((entry, i) => (i === index ? withValue(entry, rest, replacement) : entry));
}

function neighbours(inputs: Inputs): readonly (() => Inputs)[] {
  return Object.entries(inputs).flatMap(([name, value]) => {
    const all = places(value);
    return all.flatMap((path, i) => {
      const current = at(value, path);
      const values = new Set([
        current + 1n,
        (current + FIELD_ORDER - 1n) % FIELD_ORDER,
        (FIELD_ORDER - current) % FIELD_ORDER,
        (current + 2n ** 48n) % FIELD_ORDER,
        (current + 2n ** 63n) % FIELD_ORDER,
        element(`${name}${i}`),
        ...BOUNDARIES,
      ]);
      values.delete(current);
      const changes = [...values].map((v) => () => ({
        ...inputs,
        [name]: withValue(value, path, v),
      }));
      const next = all[i + 1];
      if (next === undefined) return changes;
      const exchanged = (): Inputs => {
        const first = withValue(value, path, at(value, next));
        return { ...inputs, [name]: withValue(first, next, current) };
      };
      return [...changes, exchanged];
    });
  });
}

/**
 * At most `limit` inputs near the given ones, flags of the caller left at 0 or 1; the same seed gives the
 * same.
 */
export function perturbed(
  honest: readonly Inputs[],
  flags: readonly string[],
  limit: number,
  seed: number,
): readonly Inputs[] {
  const random = seededRandom(seed);
  const all = honest.flatMap(neighbours);
  for (let i = all.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    const [a, b] = [all[i], all[j]];
    if (a !== undefined && b !== undefined) [all[i], all[j]] = [b, a];
  }
  return all
    .slice(0, limit)
    .map((make) => make())
    .filter((inputs) => flags.every((name) => flat(inputs[name] ?? 0n).every((v) => v <= 1n)));
}
