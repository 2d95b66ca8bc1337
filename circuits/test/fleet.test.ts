// Goal: no false cycle of a fleet has a witness.
// Method: as in forged.test.ts, on the circuit with four slots. Slot 0 is included at its sub-cap, slot 1
// is excluded, slot 2 is included, slot 3 is unused; the sub-caps add up to the cap.
import { FIELD_ORDER } from '@atomicity/kernel/codec/field';
import { reduce } from '@atomicity/prover/ceremony/field-arithmetic';
import { sampleFleet } from '@atomicity/prover/testing/sample-fleet';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { buildFleetOracle } from './fleet-oracle.ts';
import { type Changes, forgeInput } from './forge-input.ts';
import { compileSmallFleet, FLEET_SIGNAL_NAMES, smallFleetInput } from './small-fleet.ts';

// Circom's runtime prints every failed assertion.
beforeAll(() => {
  vi.spyOn(console, 'error').mockImplementation(() => {});
});

const { checker, shipped, unchecked } = await compileSmallFleet();
const oracle = await buildFleetOracle();

const CAP = 3_003n;
const CONTEXT = 77n;
const fleet = sampleFleet({
  seed: 'forged',
  slotCount: 3,
  cap: CAP,
  spentOf: (i) => (i === 0 ? 1_000n : 400n),
  excluded: { 1: 'pending_dispute' },
});
const bounds = smallFleetInput({ ...fleet, context: CONTEXT });
const [LEAST, OUT, MORE, UNUSED] = [0, 1, 2, 3];
const forge = (changes: Changes) => forgeInput(bounds, changes);

function entry(name: string, index: number): bigint {
  const value = bounds.signals[name];
  if (!Array.isArray(value)) throw new Error(`${name} is not a list`);
  return value[index] ?? 0n;
}

/** A forged value breaks its own check, and at most the checks of the same slot that share it. */
const VIOLATIONS_MAX = 6;

describe('true cycles', () => {
  test.each([
    ['at every bound', fleet],
    ['of included slots only', sampleFleet({ slotCount: 4 })],
    [
      'of excluded slots only',
      sampleFleet({ slotCount: 2, excluded: { 0: 'stale_state', 1: 'proof_missing' } }),
    ],
    ['with a sub-cap of 0', sampleFleet({ slotCount: 3, subCapOf: () => 0n, spentOf: () => 0n })],
    [
      'with the largest amounts',
      sampleFleet({
        slotCount: 1,
        cap: 2n ** 63n - 1n,
        subCapOf: () => 2n ** 63n - 1n,
        spentOf: () => 2n ** 63n - 1n,
      }),
    ],
  ])('%s: satisfied by both generators', async (_, sample) => {
    const input = smallFleetInput({ ...sample, context: CONTEXT });
    const witness = await shipped(input);
    expect(checker.violations(witness)).toEqual([]);
    expect(checker.freeSignals(witness)).toEqual([]);
    expect(await unchecked(input)).toEqual(witness);
    expect(witness.slice(1, 6)).toEqual(oracle(input.signals));
  });
});

const OPENING = ['periodDigest', 'periodTotal', 'counts', 'salt'] as const;
const OPENING_WORDS = ['periodWords', 'cumulativeWords'] as const;

const SLOT_SIGNALS = ['policyDigest', 'nullifier', 'subCap'] as const;
const OPENING_SIGNALS = [...OPENING, 'cumulativeTotal'] as const;
const copied = (names: readonly string[], from: number, to: number): Changes =>
  Object.fromEntries(names.map((name) => [name, { [to]: entry(name, from) }]));
const swapped = (names: readonly string[], i: number, j: number): Changes =>
  Object.fromEntries(names.map((name) => [name, { [i]: entry(name, j), [j]: entry(name, i) }]));
const copiedWords = (from: number, to: number): Changes =>
  Object.fromEntries(
    OPENING_WORDS.map((name) => [
      name,
      Object.fromEntries([0, 1, 2].map((w) => [3 * to + w, entry(name, 3 * from + w)])),
    ]),
  );
/** The whole opening of slot 0, in slot 2 too. */
const summaryTwice = { ...copied(OPENING_SIGNALS, LEAST, MORE), ...copiedWords(LEAST, MORE) };
const emptied = (index: number): Changes => ({
  ...Object.fromEntries(
    ['used', 'included', ...SLOT_SIGNALS, ...OPENING_SIGNALS].map((name) => [
      name,
      { [index]: 0n },
    ]),
  ),
  ...Object.fromEntries(
    OPENING_WORDS.map((name) => [
      name,
      Object.fromEntries([0, 1, 2].map((w) => [3 * index + w, 0n])),
    ]),
  ),
});

describe('forged witnesses that break a constraint', () => {
  test.each<[string, Changes]>([
    ['over its sub-cap', { cumulativeTotal: { [LEAST]: 1_001n } }],
    ['a total of p - 1', { cumulativeTotal: { [LEAST]: FIELD_ORDER - 1n } }],
    [
      'a negative total that makes room for another',
      { cumulativeTotal: { [LEAST]: reduce(-600n), [MORE]: 1_000n } },
    ],
    [
      'a total of 2^63 under a sub-cap of 2^63',
      { cumulativeTotal: { [LEAST]: 2n ** 63n }, subCap: { [LEAST]: 2n ** 63n } },
    ],
    [
      'a total that spills into the next part of the amounts',
      { cumulativeTotal: { [LEAST]: 2n ** 64n }, subCap: { [LEAST]: 2n ** 64n } },
    ],
    [
      'a sub-cap of 2^63 that is excluded',
      { subCap: { [OUT]: 2n ** 63n }, cap: 2n ** 63n + 2_002n },
    ],
    ['a negative sub-cap that makes room', { subCap: { [OUT]: reduce(-1n) }, cap: 2_001n }],
    ['sub-caps of cap + 1', { cap: CAP - 1n }],
    ['a cap of 2^63', { cap: 2n ** 63n }],
    ['a cap of p - 1', { cap: FIELD_ORDER - 1n }],
    ['an unused slot that is included', { included: { [UNUSED]: 1n } }],
    ['an excluded slot that counts for 2 included', { included: { [OUT]: 2n } }],
    ['an excluded slot that counts against the others', { included: { [OUT]: FIELD_ORDER - 1n } }],
    ['a slot used twice', { used: { [UNUSED]: 2n } }],
    ['a slot used by half', { used: { [UNUSED]: (FIELD_ORDER + 1n) / 2n } }],
    ['a gap in the used slots', { ...emptied(MORE), used: { [MORE]: 0n, [UNUSED]: 1n } }],
    ['a policy in an unused slot', { policyDigest: { [UNUSED]: 1n } }],
    ['a nullifier in an unused slot', { nullifier: { [UNUSED]: 1n } }],
    ['a sub-cap in an unused slot', { subCap: { [UNUSED]: 1n }, cap: CAP + 1n }],
    [
      'a total in an unused slot',
      { cumulativeTotal: { [UNUSED]: 1n }, subCap: { [UNUSED]: 1n }, cap: CAP + 1n },
    ],
    ['an excluded slot whose total counts', { cumulativeTotal: { [OUT]: 1n } }],
    ...OPENING.map((name): [string, Changes] => [
      `${name} in an excluded slot`,
      { [name]: { [OUT]: 1n } },
    ]),
    ...OPENING_WORDS.flatMap((name) =>
      [0, 1, 2].map((w): [string, Changes] => [
        `${name} ${w} in an excluded slot`,
        { [name]: { [3 * OUT + w]: 1n } },
      ]),
    ),
  ])('%s', async (_, changes) => {
    const forged = forge(changes);
    await expect(shipped(forged)).rejects.toThrow('Assert Failed');
    const violations = checker.violations(await unchecked(forged), VIOLATIONS_MAX + 1);
    expect(violations).not.toEqual([]);
    // Hashes, sums and every other check are consistent: only the intended one breaks.
    expect(violations.length).toBeLessThanOrEqual(VIOLATIONS_MAX);
  });
});

type SignalName = (typeof FLEET_SIGNAL_NAMES)[number];

describe('forged witnesses that state something else', () => {
  test.each<[string, Changes, readonly SignalName[]]>([
    ['a foreign policy', { policyDigest: { [LEAST]: 5n } }, ['policyRoot', 'summariesRoot']],
    ['a foreign period', { nullifier: { [LEAST]: 5n } }, ['policyRoot', 'summariesRoot']],
    ['a wider sub-cap', { subCap: { [MORE]: 1_003n }, cap: CAP + 1n }, ['policyRoot', 'amounts']],
    ['an excluded slot with a lower reserve', { subCap: { [OUT]: 1n } }, ['policyRoot', 'amounts']],
    ['a larger cap', { cap: CAP + 1n }, ['policyRoot', 'amounts']],
    ['another fleet', { fleetId: 5n }, ['policyRoot']],
    [
      'slots in another order',
      swapped(SLOT_SIGNALS, LEAST, OUT),
      ['policyRoot', 'summariesRoot', 'amounts'],
    ],
    [
      'one summary in two slots, under the policy of each',
      summaryTwice,
      ['summariesRoot', 'amounts'],
    ],
    [
      'one summary in two slots, under one policy',
      { ...summaryTwice, ...copied(SLOT_SIGNALS, LEAST, MORE) },
      ['policyRoot', 'summariesRoot', 'amounts'],
    ],
    ['an understated total', { cumulativeTotal: { [LEAST]: 999n } }, ['summariesRoot', 'amounts']],
    ['another period digest', { periodDigest: { [LEAST]: 5n } }, ['summariesRoot']],
    ['other categories', { cumulativeWords: { [3 * LEAST]: 5n } }, ['summariesRoot']],
    ['another salt', { salt: { [LEAST]: 5n } }, ['summariesRoot']],
    [
      'an excluded slot that is included',
      { included: { [OUT]: 1n } },
      ['summariesRoot', 'amounts', 'included'],
    ],
    [
      'a used slot presented as unused',
      emptied(MORE),
      ['policyRoot', 'summariesRoot', 'amounts', 'included'],
    ],
    ['another context', { context: 78n }, ['context']],
  ])('%s', async (_, changes, different) => {
    const claimed = (await shipped(bounds)).slice(1, 6);
    const witness = await unchecked(forge(changes));
    // The forgery is consistent with itself: what catches it is the statement that it makes.
    expect(checker.violations(witness)).toEqual([]);
    const differs = FLEET_SIGNAL_NAMES.filter((_name, i) => witness[1 + i] !== claimed[i]);
    expect(new Set(differs)).toEqual(new Set(different));
    const withClaim = [witness[0] ?? 1n, ...claimed, ...witness.slice(6)];
    expect(checker.violations(withClaim)).not.toEqual([]);
  });
});

describe('public signals that an honest witness does not state', () => {
  const honest = oracle(bounds.signals);
  const amounts = honest[2] ?? 0n;
  const leaf = entry('policyDigest', LEAST);
  test.each<[string, SignalName, bigint]>([
    ['another policy root', 'policyRoot', leaf],
    ['another summaries root', 'summariesRoot', leaf],
    ['a cap 1 higher', 'amounts', amounts + 1n],
    ['consumed understated by 1', 'amounts', amounts - 2n ** 64n],
    ['reserved lower than the sub-cap', 'amounts', amounts - 2n ** 128n],
    ['nothing reserved', 'amounts', amounts - 1_001n * 2n ** 128n],
    ['a slot more', 'amounts', amounts + 2n ** 192n],
    ['a slot less', 'amounts', amounts - 2n ** 192n],
    ['consumed moved into what remains', 'amounts', amounts - 1_400n * 2n ** 64n],
    ['bits above the slot count', 'amounts', amounts + 2n ** 202n],
    ['an excluded slot as included', 'included', 0b111n],
    ['an included slot as excluded', 'included', 0b001n],
    ['an unused slot as included', 'included', 0b1101n],
    ['a flag beyond the slots', 'included', 0b101n + 2n ** 128n],
    ['another context', 'context', CONTEXT + 1n],
  ])('%s', async (_, name, value) => {
    const witness = [...(await shipped(bounds))];
    expect(witness.slice(1, 6)).toEqual(honest);
    witness[1 + FLEET_SIGNAL_NAMES.indexOf(name)] = value;
    expect(checker.violations(witness)).not.toEqual([]);
  });
});
