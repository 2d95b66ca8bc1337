// Goal: the bundle format stays what other implementations read. Method: the committed vectors are, byte
// for byte, what the writer gives today, and get the committed verdicts.
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { verdictsOf } from '../testing/audit-text.ts';
import { bundleVectors } from '../testing/bundle-vectors.ts';

const committed = (name: string): string =>
  readFileSync(new URL(`../../../../test/vectors/${name}`, import.meta.url), 'utf8');

let vectors: Readonly<Record<string, string>>;

beforeAll(async () => {
  vectors = await bundleVectors();
});

describe('the committed vectors', () => {
  it.each([
    'bundle-full.ndjson',
    'bundle-sealed.ndjson',
    'bundle-trust.json',
    'bundle-verdicts.json',
  ])('%s is what the writer gives', (name) => {
    expect(committed(name) === vectors[name]).toBe(true);
  });

  it.each(['full', 'sealed'] as const)('the %s bundle gets its verdicts', async (kind) => {
    const verdicts = await verdictsOf(
      committed(`bundle-${kind}.ndjson`),
      committed('bundle-trust.json'),
    );
    const rows: readonly { claim: string; full: string; sealed: string }[] = JSON.parse(
      committed('bundle-verdicts.json'),
    );
    expect(verdicts).toEqual(Object.fromEntries(rows.map((row) => [row.claim, row[kind]])));
  });
});
