// Goal: no money is locked along a path that cannot end well. Method: the book's path, then one NO each.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { MINUTE } from '../testing/batch-samples.ts';
import {
  BITCOIN,
  BOOK_PATH,
  ETHEREUM,
  PATH_POLICY,
  PROOF_OF_WORK,
  SECOND_LAYER,
} from '../testing/cross-chain-paths.ts';
import type { Expiry } from './hop-timing.ts';
import { marginsOf, stressPath, weakestHop } from './margins.ts';
import { PATH_REFUSALS } from './path-refusals.ts';
import { type PathHop, type PathPolicy, planPath } from './plan-path.ts';
import { rational } from './rational.ts';

const SLOW: PathPolicy = { ...PATH_POLICY, timing: 'slow', toleranceMs: 300 * MINUTE };
const seconds = (ms: number) => ms / 1_000;

/** Reason, hop and facts of every NO. */
function reasonsOf(path: readonly PathHop[], policy = PATH_POLICY) {
  const decision = planPath(path, policy);
  return decision.kind === 'go'
    ? 'go'
    : decision.reasons.map(({ reason, hop }) => [reason, hop] as const);
}

describe('the book’s path of 180, 75 and 30 minutes', () => {
  test('goes, as long as blocks come as they do on average', () => {
    expect(planPath(BOOK_PATH, PATH_POLICY)).toEqual({
      kind: 'go',
      lockupMs: 180 * MINUTE,
      totalMs: (70 + 42.8 + 0.2 + 10) * MINUTE + 4_000,
      margins: marginsOf(BOOK_PATH, 'mean'),
      // 45 minutes less 30, 12.8 and 12 seconds.
      weakest: {
        name: 'ethereum',
        earliestMs: 75 * MINUTE,
        latestMs: 75 * MINUTE,
        deltaMs: 45 * MINUTE,
        marginMs: 2 * MINUTE,
      },
      finality: { ms: 30 * MINUTE, slowest: 'bitcoin' },
    });
  });

  test('does not at the 95th percentile: Bitcoin needs 120 of 105 minutes, Ethereum all its 45', () => {
    // The book counts its confirmations at the mean. Three of 30 minutes and the claim are 120.
    expect(planPath(BOOK_PATH, SLOW)).toMatchObject({
      kind: 'no',
      reasons: [
        {
          reason: 'margin_gone',
          hop: 'bitcoin',
          facts: { deltaMs: 105 * MINUTE, marginMs: -25 * MINUTE },
        },
        {
          reason: 'margin_gone',
          hop: 'ethereum',
          facts: { deltaMs: 45 * MINUTE, marginMs: -72_000 },
        },
      ],
    });
  });

  test('bears three times the deviation on average, and names its weakest hop', () => {
    expect(stressPath(BOOK_PATH, 'mean')).toMatchObject({
      holds: true,
      weakest: { name: 'ethereum', marginMs: 96_000 },
    });
    const nervous = [{ ...BITCOIN, deviationMs: 15 * MINUTE }, ETHEREUM, SECOND_LAYER];
    expect(planPath(nervous, PATH_POLICY).kind).toBe('go');
    expect(stressPath(nervous, 'mean')).toMatchObject({
      holds: false,
      weakest: { name: 'bitcoin', marginMs: 0 },
    });
    expect(stressPath([], 'mean')).toBeUndefined();
    expect(weakestHop([])).toBeUndefined();
  });
});

describe('144 blocks everywhere', () => {
  const expiry: Expiry = { kind: 'blocks', blocks: 144 };
  const [bitcoin, ethereum, layer] = BOOK_PATH.map((hop) => ({ ...hop, expiry }));
  if (bitcoin === undefined || ethereum === undefined || layer === undefined)
    throw new Error('hops');

  test('are a day, 29 minutes and 5: no two alike', () => {
    const ends = marginsOf([bitcoin, ethereum, layer], 'mean').map(({ earliestMs }) => earliestMs);
    expect(ends.map(seconds)).toEqual([86_400, 1_728, 288]);
  });

  test('lock the sender for days, and leave the hops behind no time', () => {
    expect(reasonsOf([bitcoin, ethereum, layer])).toEqual([
      ['lockup_too_long', 'bitcoin'],
      ['delta_below_downstream', 'ethereum'],
      ['margin_gone', 'ethereum'],
      ['margin_gone', 'second layer'],
      ['forced_inclusion_late', 'second layer'],
    ]);
  });

  test('end, the other way round, before what is behind them', () => {
    expect(reasonsOf([layer, ethereum, bitcoin])).toEqual([
      ['not_decreasing', 'second layer'],
      ['not_decreasing', 'ethereum'],
    ]);
  });
});

describe('a NO', () => {
  const change = (i: number, by: Partial<PathHop>) =>
    BOOK_PATH.map((hop, at) => (at === i ? { ...hop, ...by } : hop));
  const timed = (minutes: number): Partial<PathHop> => ({
    expiry: { kind: 'time', ms: minutes * MINUTE },
  });
  const policyWith = (by: Partial<PathPolicy>): PathPolicy => ({ ...PATH_POLICY, ...by });
  const limit = (valueMax: bigint, minutes: number) => ({
    lockups: [{ valueMax, lockupMaxMs: minutes * MINUTE }],
  });

  test.each<[string, string, string | null, readonly PathHop[], PathPolicy]>([
    ['no_hops', 'for nothing', null, [], PATH_POLICY],
    [
      'total_over_tolerance',
      'over what is tolerated',
      null,
      BOOK_PATH,
      policyWith({ toleranceMs: 123 * MINUTE + 3_999 }),
    ],
    [
      'size_not_allowed',
      'for more than any lockup is for',
      'bitcoin',
      BOOK_PATH,
      policyWith(limit(49_999_999n, 180)),
    ],
    [
      'lockup_too_long',
      'for longer than the size may',
      'bitcoin',
      BOOK_PATH,
      policyWith(limit(50_000_000n, 179)),
    ],
    [
      'not_decreasing',
      'for two locks that end together',
      'ethereum',
      change(2, timed(75)),
      PATH_POLICY,
    ],
    [
      'forced_inclusion_late',
      'against a sequencer that is off',
      'second layer',
      change(2, { ...timed(25), claimMs: 10 * MINUTE }),
      PATH_POLICY,
    ],
    [
      'too_few_confirmations',
      'for two confirmations of a tenth’s attack',
      'bitcoin',
      change(0, { confirmations: 2 }),
      PATH_POLICY,
    ],
    ['too_few_confirmations', 'for none', 'ethereum', change(1, { confirmations: 0 }), PATH_POLICY],
    [
      'redemption_uneconomical',
      'to redeem for more than a tenth',
      'ethereum',
      change(1, { redeemCost: 5_000_001n }),
      PATH_POLICY,
    ],
  ])('%s: %s', (reason, _, hop, path, policy) => {
    expect(reasonsOf(path, policy)).toEqual([[reason, hop]]);
  });

  test('margin_gone comes at nothing left, and not before', () => {
    const hop = (ms: number) => change(0, { deviationMs: 45 * MINUTE - ms });
    expect(reasonsOf(hop(0), policyWith({ toleranceMs: 10 ** 9 }))).toEqual([
      ['margin_gone', 'bitcoin'],
    ]);
    expect(reasonsOf(hop(1), policyWith({ toleranceMs: 10 ** 9 }))).toBe('go');
  });

  test('delta_below_downstream comes where the hop behind is final only after the time there is', () => {
    // 105 minutes less a claim of 30: the hop behind may take 75, which are 375 slots.
    const behind = (confirmations: number) => [
      { ...BITCOIN, confirmations: 1, claimMs: 30 * MINUTE },
      { ...ETHEREUM, confirmations, expiry: { kind: 'time' as const, ms: 75 * MINUTE } },
    ];
    const relaxed = policyWith({
      toleranceMs: 10 ** 9,
      lockups: [{ valueMax: 10n ** 9n, lockupMaxMs: 10 ** 9 }],
    });
    const first = (confirmations: number) => {
      const decision = planPath(behind(confirmations), relaxed);
      return decision.kind === 'no' ? decision.reasons.filter(({ hop }) => hop === 'bitcoin') : [];
    };
    const few = first(375).map(({ reason }) => reason);
    expect(few).not.toContain('delta_below_downstream');
    expect(first(376)).toContainEqual(
      expect.objectContaining({
        reason: 'delta_below_downstream',
        facts: { deltaMs: 105 * MINUTE, shortMs: 12_000 },
      }),
    );
  });

  test('never hides another: every one of a bad path is told', () => {
    const bad = [
      { ...BITCOIN, redeemCost: 10n ** 9n, confirmations: 1 },
      { ...ETHEREUM, ...timed(40), redeemCost: 10n ** 9n },
      SECOND_LAYER,
    ];
    expect(reasonsOf(bad, policyWith({ toleranceMs: 1, ...limit(10n ** 9n, 1) }))).toEqual([
      ['total_over_tolerance', null],
      ['lockup_too_long', 'bitcoin'],
      ['too_few_confirmations', 'bitcoin'],
      ['redemption_uneconomical', 'bitcoin'],
      ['delta_below_downstream', 'ethereum'],
      ['margin_gone', 'ethereum'],
      ['redemption_uneconomical', 'ethereum'],
    ]);
  });

  test.each<[string, Partial<PathHop>]>([
    ['confirmations', { confirmations: -1 }],
    ['claimMs', { claimMs: 0.5 }],
    ['deviationMs', { deviationMs: Number.NaN }],
    ['forcedInclusionMs', { forcedInclusionMs: -1 }],
    ['timing.fastMs', { timing: { chain: 'x', fastMs: 0, meanMs: 1, slowMs: 1 } }],
    ['timing.meanMs', { timing: { chain: 'x', fastMs: 2, meanMs: 1, slowMs: 2 } }],
    ['timing.slowMs', { timing: { chain: 'x', fastMs: 1, meanMs: 2, slowMs: 1 } }],
    ['expiry', { expiry: { kind: 'blocks', blocks: 1.5 } }],
    ['expiry', { expiry: { kind: 'time', ms: 2 ** 48 + 1 } }],
    ['expiry', { expiry: { kind: 'blocks', blocks: 2 ** 40 } }],
    ['confirmations', { confirmations: 2 ** 40 }],
    ['value', { value: -1n }],
    ['redeemCost', { redeemCost: -1n }],
    ['risk.lossMax', { risk: { model: PROOF_OF_WORK, lossMax: -1n } }],
    [
      'risk.model/adversary',
      { risk: { model: { ...PROOF_OF_WORK, adversary: { num: 2n, den: 1n } }, lossMax: 1n } },
    ],
  ])('hop_out_of_range names %s, and nothing else is judged', (field, by) => {
    expect(planPath(change(1, by), policyWith({ toleranceMs: 1 }))).toMatchObject({
      kind: 'no',
      reasons: [{ reason: 'hop_out_of_range', hop: 'ethereum', facts: { field } }],
    });
  });

  test('needs a reason: a hop on which nothing stands gives none', () => {
    const nothing = { value: 0n, redeemCost: 0n, risk: { model: PROOF_OF_WORK, lossMax: 1n } };
    expect(reasonsOf(change(1, { ...nothing, confirmations: 1 }))).toBe('go');
  });

  test('says how many confirmations would do, if any number would', () => {
    const needed = (lossMax: bigint, adversary = rational(1n, 10n)) => {
      const risk = { model: { ...PROOF_OF_WORK, adversary }, lossMax };
      const decision = planPath(change(0, { confirmations: 2, risk }), PATH_POLICY);
      return decision.kind === 'no' ? decision.reasons[0]?.facts : undefined;
    };
    expect(needed(1_000_000n)).toEqual({ confirmations: 2, needed: 3 });
    expect(needed(1_000_000n, rational(1n, 2n))).toEqual({ confirmations: 2, needed: 'no number' });
  });

  test('has a rule in words and a row on the page, each reason once', () => {
    const page = readFileSync(
      new URL('../../../../docs/reference/cross-chain.md', import.meta.url),
      'utf8',
    );
    const reasons = PATH_REFUSALS.map(({ reason }) => reason);
    expect(new Set(reasons).size).toBe(reasons.length);
    for (const { reason, rule } of PATH_REFUSALS) {
      expect(rule.length).toBeGreaterThan(10);
      expect(page).toContain(`\`${reason}\``);
    }
  });
});
