/** Goal: tile names and bundles as c2sp.org/tlog-tiles writes them. Method: its examples, and near misses. */
import { expect, test } from 'vitest';
import {
  decodeEntryBundle,
  encodeEntryBundle,
  parseTilePath,
  tilePath,
  tileWidthAt,
} from './tiles.ts';

test.each([
  ['tile/0/000', { level: 0, n: 0, width: 256 }],
  ['tile/0/x001/x234/067', { level: 0, n: 1_234_067, width: 256 }],
  ['tile/1/x001/000.p/17', { level: 1, n: 1000, width: 17 }],
  ['tile/entries/999.p/1', { level: 'entries', n: 999, width: 1 }],
] as const)('%s', (path, tile) => {
  expect(tilePath(tile)).toBe(path);
  expect(parseTilePath(path)).toEqual(tile);
});

test.each([
  'tile/0/0',
  'tile/0/1000',
  'tile/0/x000/001',
  'tile/00/000',
  'tile/0/000.p/0',
  'tile/0/000.p/256',
  'tile/0/000.p/01',
  'tile/0/000/',
  'tile/entry/000',
  '../tile/0/000',
])('refuses %s', (path) => {
  expect(parseTilePath(path)).toBeUndefined();
});

test('widths at the right edge', () => {
  expect(tileWidthAt(0, 0, 255)).toBe(255);
  expect(tileWidthAt(0, 1, 256)).toBe(0);
  expect(tileWidthAt(1, 0, 70_000)).toBe(256);
  expect(tileWidthAt(1, 1, 70_000)).toBe(17);
  expect(tileWidthAt('entries', 2, 600)).toBe(88);
});

test('an entry bundle is read back; a cut one is refused', () => {
  const entries = [new Uint8Array(0), Uint8Array.of(1, 2, 3), new Uint8Array(65_535).fill(4)];
  const bundle = encodeEntryBundle(entries);
  expect(decodeEntryBundle(bundle)).toEqual(entries);
  expect(decodeEntryBundle(bundle.subarray(0, bundle.length - 1))).toBeUndefined();
  expect(decodeEntryBundle(bundle.subarray(0, 1))).toBeUndefined();
  expect(() => encodeEntryBundle([new Uint8Array(65_536)])).toThrow(RangeError);
});
