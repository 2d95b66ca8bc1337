// Goal: PersistentMap behaves as Map does, and old versions never change.
// Method: random edit scripts run against both, with good hashes and with forced collisions.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hashString, PersistentMap } from './persistent-map.ts';

const keys = fc.oneof(fc.constantFrom('a', 'b', 'c', 'd', 'e'), fc.string({ maxLength: 8 }));
const edits = fc.array(
  fc.oneof(
    fc.record({ op: fc.constant('set' as const), key: keys, value: fc.integer() }),
    fc.record({ op: fc.constant('delete' as const), key: keys, value: fc.constant(0) }),
  ),
  { maxLength: 120 },
);

const byKey = <V>(entries: Iterable<readonly [string, V]>) =>
  [...entries].sort(([a], [b]) => (a < b ? -1 : 1));

const hashes: readonly [string, (key: string) => number][] = [
  ['its own hash', hashString],
  ['four hash values', (key) => hashString(key) & 0xc0000001],
  ['one hash value', () => 7],
];

describe.each(hashes)('with %s', (_name, hash) => {
  test('set, delete, get, has, size and entries agree with Map; versions stay', () => {
    fc.assert(
      fc.property(edits, (script) => {
        const oracle = new Map<string, number>();
        let map = PersistentMap.empty<number>(hash);
        const versions: [PersistentMap<number>, [string, number][]][] = [];
        for (const edit of script) {
          versions.push([map, [...oracle]]);
          if (edit.op === 'set') {
            oracle.set(edit.key, edit.value);
            map = map.set(edit.key, edit.value);
          } else {
            oracle.delete(edit.key);
            map = map.delete(edit.key);
          }
          expect(map.size).toBe(oracle.size);
          expect(map.get(edit.key)).toBe(oracle.get(edit.key));
          expect(map.has(edit.key)).toBe(oracle.has(edit.key));
        }
        expect(byKey(map.entries())).toEqual(byKey(oracle));
        for (const [version, entries] of versions) {
          expect(byKey(version.entries())).toEqual(byKey(entries));
        }
      }),
      { verbose: 1, numRuns: 200 },
    );
  });

  test('the order of iteration does not depend on history', () => {
    fc.assert(
      fc.property(fc.uniqueArray(keys), keys, (list, extra) => {
        const make = (order: readonly string[]) => {
          let map = PersistentMap.empty<string>(hash);
          for (const key of order) map = map.set(key, key);
          return map;
        };
        const added = make([...list].reverse()).set(extra, extra);
        const back = list.includes(extra) ? added : added.delete(extra);
        expect([...back.entries()]).toEqual([...make(list).entries()]);
      }),
      { verbose: 1, numRuns: 200 },
    );
  });
});

test('deleting an absent key returns the same map', () => {
  const map = PersistentMap.from([['a', 1]]);
  expect(map.delete('b')).toBe(map);
});

test('ten thousand keys are found again', () => {
  let map = PersistentMap.empty<number>();
  for (let i = 0; i < 10_000; i++) map = map.set(`key-${i}`, i);
  expect(map.size).toBe(10_000);
  for (let i = 0; i < 10_000; i++) expect(map.get(`key-${i}`)).toBe(i);
});
