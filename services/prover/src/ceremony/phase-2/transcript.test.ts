// Goal: a transcript says exactly what it seems to say, or is refused by name; and what it shows without the
// proving key is checked: each contribution on those before it, the beacon, and δ of the key.
// Method: a sample ceremony with known secrets; each change of it against the reason that it must give.
import { canonicalJson } from '@atomicity/kernel/codec/canonical-json';
import { bn254 } from '@noble/curves/bn254.js';
import { describe, expect, test } from 'vitest';
import {
  SAMPLE_BEACON,
  SAMPLE_CIRCUIT_HASH,
  sampleSteps,
  sampleTranscript,
} from '../../testing/sample-ceremony.ts';
import { checkTranscript } from './check-transcript.ts';
import { type Contribution, contributionHash } from './contribution.ts';
import {
  type CeremonyTranscript,
  parseTranscript,
  TRANSCRIPT_BYTES_MAX,
  TRANSCRIPT_REFUSALS,
  transcriptHash,
  transcriptText,
} from './transcript.ts';

const DELTA = 123_456_789n;

function g1(scalar: bigint) {
  const { x, y } = bn254.G1.Point.BASE.multiply(scalar).toAffine();
  return [`${x}`, `${y}`, '1'];
}

function g2(scalar: bigint) {
  const { x, y } = bn254.G2.Point.BASE.multiply(scalar).toAffine();
  return [
    [`${x.c0}`, `${x.c1}`],
    [`${y.c0}`, `${y.c1}`],
    ['1', '0'],
  ];
}

function keyWith(delta: bigint) {
  return {
    protocol: 'groth16',
    curve: 'bn128',
    nPublic: 6,
    vk_alpha_1: g1(2n),
    vk_beta_2: g2(3n),
    vk_gamma_2: g2(1n),
    vk_delta_2: g2(delta),
    IC: [5n, 6n, 7n, 8n, 9n, 10n, 11n].map(g1),
  };
}

const sample = sampleTranscript(keyWith(DELTA), DELTA);
const text = transcriptText(sample);

describe('a transcript', () => {
  test('reads back as it was written, with one hash', () => {
    const read = { kind: 'parsed', transcript: sample, hash: transcriptHash(text) };
    expect(parseTranscript(text)).toEqual(read);
    expect(parseTranscript(`${text}\n`)).toEqual(read);
  });

  test('shows that three contributed', () => {
    expect(checkTranscript(sample)).toEqual({ kind: 'holds', contributors: 3 });
  });
});

const changed = (change: object): string => canonicalJson({ ...JSON.parse(text), ...change });
function changedStep(index: number, change: object): string {
  const steps = JSON.parse(text).contributions;
  steps[index] = { ...steps[index], ...change };
  return changed({ contributions: steps });
}
const { toolchain: _toolchain, ...withoutToolchain } = JSON.parse(text);

const REFUSED: readonly [string, string, string | undefined][] = [
  ['transcript_too_large', ' '.repeat(TRANSCRIPT_BYTES_MAX + 1), undefined],
  ['transcript_not_canonical', `${text} `, undefined],
  ['transcript_not_canonical', `${text}\n\n`, undefined],
  ['transcript_not_an_object', '[]', undefined],
  ['transcript_missing_field', canonicalJson(withoutToolchain), '/toolchain'],
  ['transcript_unknown_field', changed({ note: '' }), '/note'],
  ['transcript_bad_field', changed({ v: 2 }), '/v'],
  ['transcript_bad_field', changed({ type: 'Ceremony' }), '/type'],
  ['transcript_bad_field', changed({ circuit: 'spend-17' }), '/circuit'],
  ['transcript_bad_field', changed({ sources: 'AB'.repeat(32) }), '/sources'],
  ['transcript_bad_field', changed({ circuitHash: 'ab'.repeat(32) }), '/circuitHash'],
  ['transcript_bad_field', changed({ contributions: {} }), '/contributions'],
  ['transcript_bad_field', changed({ verificationKey: '' }), '/verificationKey'],
  [
    'transcript_bad_field',
    changed({ powersOfTau: { ...sample.powersOfTau, power: 29 } }),
    '/powersOfTau/power',
  ],
  ['transcript_bad_field', changedStep(1, { name: 'a\u0007' }), '/contributions/1/name'],
  ['transcript_bad_field', changedStep(1, { name: '\u202eecilA' }), '/contributions/1/name'],
  ['transcript_bad_field', changedStep(0, { g1: 'xy' }), '/contributions/0/g1'],
  [
    'transcript_bad_field',
    changedStep(3, { beacon: { ...SAMPLE_BEACON, iterationsLog: 25 } }),
    '/contributions/3/beacon',
  ],
  [
    'transcript_contribution_hash_differs',
    changedStep(2, { hash: 'ab'.repeat(64) }),
    '/contributions/2/hash',
  ],
];

describe('a transcript is refused', () => {
  test.each(REFUSED)('%s', (reason, bad, field) => {
    const refusal = field === undefined ? { reason } : { reason, field };
    expect(parseTranscript(bad)).toEqual({ kind: 'refused', refusal });
  });

  test('with a row for every reason', () => {
    const reasons = new Set(REFUSED.map(([reason]) => reason));
    expect(TRANSCRIPT_REFUSALS.filter((reason) => !reasons.has(reason))).toEqual([]);
  });
});

const [first, second, third, beacon] = sample.contributions;
if (!first || !second || !third || !beacon) throw new Error('four steps');

const steps = (contributions: readonly Contribution[]): CeremonyTranscript => ({
  ...sample,
  contributions,
});

/** δ = 1 in spite of three contributors and a beacon: the last one chose the inverse of the others. */
const undone = sampleTranscript(keyWith(DELTA), 1n, {
  verificationKey: keyWith(1n),
});

const FAILS: readonly [string, string, CeremonyTranscript][] = [
  ['nobody contributed', 'no step', steps([])],
  ['nobody contributed', 'a beacon alone', steps([beacon])],
  ['it has no beacon', 'a contributor last', steps([first, second, third])],
  ['its beacon is not the last step', 'a step after it', steps([first, second, beacon, third])],
  [
    'contribution 2 (contributor 3): challenge_differs',
    'one dropped',
    steps([first, third, beacon]),
  ],
  [
    'contribution 1 (contributor 2): challenge_differs',
    'two swapped',
    steps([second, first, third, beacon]),
  ],
  [
    'contribution 2 (contributor 2): delta_not_multiplied',
    'δ of another step',
    steps([first, { ...second, deltaAfter: first.deltaAfter }, third, beacon]),
  ],
  [
    'contribution 2 (contributor 2): secret_not_known',
    'a point of another secret',
    steps([first, { ...second, g2Secret: first.g2Secret }, third, beacon]),
  ],
  [
    'contribution 2 (contributor 2): point_malformed',
    'a point off the curve',
    steps([first, { ...second, deltaAfter: `${'00'.repeat(63)}05` }, third, beacon]),
  ],
  [
    'contribution 1 (nobody): adds_nothing',
    'a secret of 1',
    steps(sampleSteps(SAMPLE_CIRCUIT_HASH, [{ name: 'nobody', secret: 1n }], SAMPLE_BEACON)),
  ],
  [
    'contribution 4 (sample beacon): beacon_differs',
    'other randomness',
    steps([first, second, third, { ...beacon, beacon: { ...SAMPLE_BEACON, randomness: 'ff' } }]),
  ],
  [
    'contribution 4 (sample beacon): beacon_differs',
    'fewer iterations',
    steps([first, second, third, { ...beacon, beacon: { ...SAMPLE_BEACON, iterationsLog: 11 } }]),
  ],
  [
    'contribution 1 (contributor 1): challenge_differs',
    'another first key',
    { ...sample, circuitHash: 'bb'.repeat(64) },
  ],
  [
    'the contributions do not end at δ of its verification key',
    'the key of another ceremony',
    sampleTranscript(keyWith(DELTA + 1n), DELTA),
  ],
  ['its verification key: key_gamma_equals_delta', 'contributions that undo one another', undone],
  [
    'its verification key has another hash',
    'a changed key',
    { ...sample, verificationKey: keyWith(DELTA + 1n) },
  ],
];

describe('a transcript does not hold', () => {
  test.each(FAILS)('%s: %s', (reason, _change, transcript) => {
    expect(checkTranscript(transcript)).toEqual({ kind: 'fails', reason });
  });
});

test('a name is covered by no hash, which is why contributors publish theirs', () => {
  const renamed = steps([{ ...first, name: 'somebody else' }, second, third, beacon]);
  expect(checkTranscript(renamed)).toEqual({ kind: 'holds', contributors: 3 });
  expect(contributionHash({ ...first, name: 'x' })).toBe(contributionHash(first));
});
