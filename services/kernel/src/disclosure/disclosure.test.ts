// Goal: a disclosure shows what it says or is refused by name. Method: one true disclosure of each kind;
// every member of each, and everything that the log says of it, changed alone.
import { describe, expect, it } from 'vitest';
import { FIELD_ORDER, fieldToHex } from '../codec/field.ts';
import { hashField } from '../codec/field-encodings.ts';
import { disclosedWorld, openableSlot } from '../testing/disclosures.ts';
import { testHash, testNonce } from '../testing/keys.ts';
import { AMOUNT_MAX, amount } from '../units/amount.ts';
import { unixMs } from '../units/time.ts';
import {
  type Disclosure,
  encodeDisclosure,
  parseDisclosure,
  refuseDisclosure,
} from './disclosure-file.ts';
import { discloseNote, type NoteDisclosure, type OpenedNote } from './note-opening.ts';
import { claimText, type ProofDisclosure } from './proof-disclosure.ts';
import type { SummaryDisclosure } from './summary-opening.ts';

const single = (spend: bigint): OpenedNote => ({
  kind: 'single',
  spend: amount(spend),
  at: unixMs(1_000),
  category: 2,
  regime: 1,
});
const batch: OpenedNote = {
  kind: 'batch',
  items: [
    { spend: amount(5n), stepMs: 0 },
    { spend: amount(6n), stepMs: 40 },
  ],
  at: unixMs(1_000),
  category: 2,
  regime: 1,
};

const world = disclosedWorld([
  openableSlot('a', single(10n)),
  openableSlot('b', single(11n), 'void'),
  openableSlot('c', single(12n)),
]);
const { attested, logged, summary } = world;
const { origin, budget, period, periodIndex } = attested;
const place = { origin, budget, period, periodIndex };

function opened(of: typeof world, index: number): NoteDisclosure {
  const slot = of.slots[index];
  if (slot === undefined) throw new Error('no slot');
  const made = discloseNote(of.attested, of.slots, index, slot);
  if (made.kind === 'refused') throw new Error(made.refusal.reason);
  return made.disclosure;
}

const note = opened(world, 2);
const totals: SummaryDisclosure = { v: 1, kind: 'summary', ...place, summary };
const pair = ['1', '2'] as const;

function proofOf(
  circuit: ProofDisclosure['circuit'],
  publicSignals: ProofDisclosure['publicSignals'],
): ProofDisclosure {
  return {
    v: 1,
    kind: 'proof',
    ...place,
    circuit,
    publicSignals,
    proof: { a: pair, b: [pair, pair], c: pair },
    verificationKeyHash: testHash('key'),
    verificationKey: { protocol: 'groth16' },
    claim: claimText({ circuit, publicSignals, periodIndex }),
  };
}
const [leaves, , commitment, policyDigest] = attested.publicSignals;
const periodId = fieldToHex(hashField(period));
const spent = proofOf('spent-at-most', [commitment, fieldToHex(200n)]);
const remaining = proofOf('remaining-at-least', [commitment, policyDigest, fieldToHex(50n)]);
const windowClaim = proofOf('claim-window-16', [leaves, policyDigest, periodId]);

const judge = (disclosure: Disclosure) =>
  refuseDisclosure(
    disclosure,
    origin,
    disclosure.period === period ? attested : undefined,
    disclosure.kind === 'note' ? logged(disclosure.index) : undefined,
  );

describe('true disclosures', () => {
  it.each([
    ['a note', note],
    ['the totals', totals],
    ['an upper bound', spent],
    ['a floor', remaining],
    ['a claim', windowClaim],
  ])('%s: read as written, and shown by the log', (_, disclosure) => {
    const parsed = parseDisclosure(encodeDisclosure(disclosure));
    expect(parsed).toEqual({ kind: 'parsed', disclosure });
    expect(judge(disclosure)).toBeUndefined();
  });

  it('a batch note opens with all its payments', () => {
    const batches = disclosedWorld([openableSlot('a', batch), openableSlot('b', batch)], 64);
    const disclosure = opened(batches, 1);
    expect(parseDisclosure(encodeDisclosure(disclosure))).toEqual({ kind: 'parsed', disclosure });
    expect(refuseDisclosure(disclosure, origin, batches.attested, batches.logged(1))).toBe(
      undefined,
    );
    const less = { ...disclosure, note: { ...batch, items: batch.items.slice(0, 1) } };
    const refusal = refuseDisclosure(less, origin, batches.attested, batches.logged(1));
    expect(refusal?.reason).toBe('commitment_mismatch');
  });

  it('say in words what they state', () => {
    expect([spent, remaining, windowClaim].map(({ claim }) => claim)).toEqual([
      'the budget spent at most 200 units up to the end of period 3',
      'the budget had at least 50 units left at the end of period 3',
      'every note of the period lies in the window of the budget',
    ]);
  });
});

describe('a false disclosure is refused by name', () => {
  const withNote = (change: object) =>
    ({ ...note, note: { ...note.note, ...change } }) as Disclosure;
  const withSummary = (change: Partial<typeof summary>): Disclosure => ({
    ...totals,
    summary: { ...summary, ...change },
  });
  const path = note.path.map((level) => level.with(4, fieldToHex(1n)));
  it.each<[string, string, Disclosure]>([
    ['origin_mismatch', 'another log', { ...note, origin: 'log.example/other' }],
    ['period_not_attested', 'another period', { ...note, period: testHash('other') }],
    ['period_mismatch', 'another budget', { ...note, budget: testHash('other') }],
    ['period_mismatch', 'another period index', { ...spent, periodIndex: 4 }],
    ['period_mismatch', 'another tier', { ...note, tier: 64, path: [...note.path, ...note.path] }],
    ['index_unknown', 'an index without a note', { ...note, index: 7 }],
    ['core_mismatch', 'the index of another note', { ...note, index: 0 }],
    ['core_mismatch', 'another core', { ...note, core: testHash('other') }],
    ['note_kind_mismatch', 'a single note as a batch', { ...note, note: batch }],
    ['commitment_mismatch', 'another spend', withNote({ spend: amount(13n) })],
    ['commitment_mismatch', 'another time', withNote({ at: unixMs(1_001) })],
    ['commitment_mismatch', 'another category', withNote({ category: 3 })],
    ['commitment_mismatch', 'another regime', withNote({ regime: 0 })],
    ['commitment_mismatch', 'another salt', { ...note, salt: testNonce('other') }],
    ['commitment_mismatch', 'another authorization', { ...note, authorization: testHash('other') }],
    ['path_mismatch', 'another sibling', { ...note, path }],
    ['summary_mismatch', 'another total', withSummary({ cumulativeTotal: amount(124n) })],
    ['summary_mismatch', 'another salt', withSummary({ salt: testNonce('other') })],
    ['summary_mismatch', 'another policy', withSummary({ policyDigest: fieldToHex(5n) })],
    ['signals_mismatch', 'another summary', proofOf('spent-at-most', [leaves, fieldToHex(1n)])],
    [
      'signals_mismatch',
      'too many signals',
      { ...spent, publicSignals: windowClaim.publicSignals },
    ],
    [
      'signals_mismatch',
      'another policy',
      proofOf('remaining-at-least', [commitment, leaves, fieldToHex(1n)]),
    ],
    [
      'signals_mismatch',
      'the notes of another period',
      proofOf('claim-window-16', [leaves, policyDigest, fieldToHex(1n)]),
    ],
    [
      'circuit_mismatch',
      'a claim of another tier',
      proofOf('claim-window-64', [leaves, policyDigest, periodId]),
    ],
    [
      'bound_out_of_range',
      'a bound of 2^63',
      proofOf('spent-at-most', [commitment, fieldToHex(AMOUNT_MAX + 1n)]),
    ],
    [
      'bound_out_of_range',
      'a floor of r - 1',
      proofOf('remaining-at-least', [commitment, policyDigest, fieldToHex(FIELD_ORDER - 1n)]),
    ],
    ['claim_text_mismatch', 'larger words', { ...remaining, claim: `${remaining.claim}0` }],
  ])('%s: %s', (reason, _, disclosure) => {
    expect(judge(disclosure)?.reason).toBe(reason);
  });

  it('a void note, although both ends signed its core: the attested tree has no leaf of it', () => {
    const slots = world.slots.map((slot) => ({ ...slot, status: 'spent' as const }));
    const forged = opened({ ...world, slots }, 1);
    expect(judge(forged)?.reason).toBe('path_mismatch');
  });

  it('a claim about single notes says nothing of a period of batches', () => {
    const ofBatches = { ...attested, circuit: 'batch' as const };
    const refusal = refuseDisclosure(windowClaim, origin, ofBatches, undefined);
    expect(refusal?.reason).toBe('circuit_mismatch');
    expect(refuseDisclosure(spent, origin, ofBatches, undefined)).toBeUndefined();
  });
});

describe('what cannot be opened', () => {
  const [slot] = world.slots;
  if (slot === undefined) throw new Error('no slot');
  it.each([
    ['index_unknown', 3],
    ['note_not_counted', 1],
  ])('%s', (reason, index) => {
    const made = discloseNote(attested, world.slots, index, slot);
    expect(made).toMatchObject({ kind: 'refused', refusal: { reason } });
  });
});

describe('a text that is no disclosure', () => {
  const json = (disclosure: Disclosure) => JSON.parse(encodeDisclosure(disclosure));
  const change = (disclosure: Disclosure, members: object) =>
    JSON.stringify({ ...json(disclosure), ...members });
  it.each<[string, string | undefined, string]>([
    ['disclosure_too_large', undefined, ' '.repeat(40_000)],
    ['disclosure_not_json', undefined, '{'],
    ['disclosure_duplicate_key', undefined, '{"kind":"note","kind":"note"}'],
    ['disclosure_malformed', '', '[]'],
    ['disclosure_malformed', '/kind', '{"kind":"other"}'],
    ['disclosure_malformed', '/v', change(note, { v: 2 })],
    ['disclosure_malformed', '/extra', change(note, { extra: 1 })],
    ['disclosure_malformed', '/index', change(note, { index: 16 })],
    ['disclosure_malformed', '/index', change(note, { index: 1.5 })],
    ['disclosure_malformed', '/path', change(note, { path: [...note.path, ...note.path] })],
    ['disclosure_malformed', '/path/0', change(note, { path: [note.path[0]?.slice(1)] })],
    [
      'disclosure_malformed',
      '/note/regime',
      change(note, { note: { ...json(note).note, regime: 32 } }),
    ],
    [
      'disclosure_malformed',
      '/note/spend',
      change(note, { note: { ...json(note).note, spend: '-1' } }),
    ],
    ['disclosure_malformed', '/salt', change(note, { salt: 'ab' })],
    ['disclosure_malformed', '/summary', change(totals, { summary: null })],
    ['disclosure_malformed', '/circuit', change(spent, { circuit: 'spend-16' })],
    ['disclosure_malformed', '/publicSignals/1', change(spent, { publicSignals: [leaves, 'ff'] })],
    ['disclosure_malformed', '/proof/a', change(spent, { proof: { ...spent.proof, a: [] } })],
    ['disclosure_malformed', '/verificationKey', change(spent, { verificationKey: [] })],
  ])('%s at %s', (reason, field, text) => {
    const parsed = parseDisclosure(text);
    if (parsed.kind === 'parsed') throw new Error('parsed');
    expect([parsed.refusal.reason, parsed.refusal.field]).toEqual([reason, field]);
  });
});
