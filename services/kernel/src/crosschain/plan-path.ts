/** Whether money is locked along a path over several chains: decided before the first lock. */
import { type CompositeFinality, compositeFinality } from './collateral.ts';
import { isBelowLoss, requiredConfirmations } from './confirmations.ts';
import { confirmMs, hopMs, latestEndMs, PATH_MS_MAX, type TimingCase } from './hop-timing.ts';
import { type HopMargin, type LockedHop, marginsOf, weakestHop } from './margins.ts';
import { type PathRefusal, refusePath } from './path-refusals.ts';
import { type ReorgModel, refuseReorgModel, reorgTail } from './reorg-model.ts';

export type PathHop = LockedHop & {
  /** What stands on this hop, and what redeeming it there costs: the same unit, the hop's own. */
  readonly value: bigint;
  readonly redeemCost: bigint;
  /** What a reorganisation may cost on average, in that unit, and how likely one is. */
  readonly risk: { readonly model: ReorgModel; readonly lossMax: bigint };
};

/** Up to this value of the first hop, its lock may last this long. */
export type LockupLimit = { readonly valueMax: bigint; readonly lockupMaxMs: number };

export type PathPolicy = {
  /** Ascending by value; a larger value than the last is not allowed at all. */
  readonly lockups: readonly LockupLimit[];
  /** Σ T_hop at most. */
  readonly toleranceMs: number;
  /** Redeeming costs at most this share of the value, in bps. */
  readonly redeemMaxBps: number;
  /** Confirmations are timed for this case. */
  readonly timing: TimingCase;
};

export type PathDecision =
  | {
      readonly kind: 'go';
      /** How long the sender's money is locked at most, and Σ T_hop. */
      readonly lockupMs: number;
      readonly totalMs: number;
      /** First hop first. */
      readonly margins: readonly HopMargin[];
      readonly weakest: HopMargin;
      readonly finality: CompositeFinality;
    }
  /** Every NO, the path's first and then hop by hop. */
  | { readonly kind: 'no'; readonly reasons: readonly PathRefusal[] };

const isTime = (value: number): boolean =>
  Number.isSafeInteger(value) && value >= 0 && value <= PATH_MS_MAX;

function refuseShape(hop: PathHop): PathRefusal | undefined {
  const { timing, confirmations, claimMs, deviationMs, forcedInclusionMs, expiry } = hop;
  const { fastMs, meanMs, slowMs } = timing;
  const count = expiry.kind === 'time' ? expiry.ms : expiry.blocks;
  const latestMs = latestEndMs(expiry, timing);
  const fields: readonly (readonly [string, boolean])[] = [
    ['claimMs', isTime(claimMs)],
    ['deviationMs', isTime(deviationMs)],
    ['forcedInclusionMs', isTime(forcedInclusionMs)],
    ['timing.fastMs', isTime(fastMs) && fastMs >= 1],
    ['timing.meanMs', isTime(meanMs) && meanMs >= fastMs],
    ['timing.slowMs', isTime(slowMs) && slowMs >= meanMs],
    ['confirmations', isTime(confirmations) && isTime(confirmations * slowMs)],
    ['expiry', isTime(count) && isTime(latestMs)],
    ['value', hop.value >= 0n],
    ['redeemCost', hop.redeemCost >= 0n],
    ['risk.lossMax', hop.risk.lossMax >= 0n],
  ];
  const unsound = fields.find(([, isSound]) => !isSound)?.[0];
  const model = unsound === undefined ? refuseReorgModel(hop.risk.model) : undefined;
  const field = unsound ?? (model && `risk.model${model.field}`);
  return field === undefined ? undefined : refusePath('hop_out_of_range', hop.name, { field });
}

function refuseLockup(
  { name, value }: PathHop,
  { latestMs }: HopMargin,
  { lockups }: PathPolicy,
): PathRefusal | undefined {
  const limit = lockups.find(({ valueMax }) => value <= valueMax);
  if (limit === undefined) return refusePath('size_not_allowed', name, { value: `${value}` });
  const { lockupMaxMs } = limit;
  return latestMs > lockupMaxMs
    ? refusePath('lockup_too_long', name, { lockupMs: latestMs, lockupMaxMs })
    : undefined;
}

/** What is wrong with the time of one hop. A lock that does not outlive the one behind it has nothing else. */
function refuseTimes(
  hop: PathHop,
  behind: PathHop | undefined,
  { deltaMs, marginMs }: HopMargin,
  { timing }: PathPolicy,
): readonly PathRefusal[] {
  const { name, claimMs, forcedInclusionMs } = hop;
  if (deltaMs <= 0) return [refusePath('not_decreasing', name, { deltaMs })];
  const reasons: PathRefusal[] = [];
  const downstreamMs = behind === undefined ? 0 : confirmMs(behind, timing) + claimMs;
  if (deltaMs < downstreamMs) {
    reasons.push(
      refusePath('delta_below_downstream', name, { deltaMs, shortMs: downstreamMs - deltaMs }),
    );
  }
  if (marginMs <= 0) reasons.push(refusePath('margin_gone', name, { deltaMs, marginMs }));
  const forcedMs = forcedInclusionMs === 0 ? 0 : forcedInclusionMs + claimMs;
  if (deltaMs <= forcedMs) {
    reasons.push(refusePath('forced_inclusion_late', name, { deltaMs, forcedMs }));
  }
  return reasons;
}

function refuseMoney(hop: PathHop, { redeemMaxBps }: PathPolicy): readonly PathRefusal[] {
  const { name, value, redeemCost, confirmations, risk } = hop;
  const reasons: PathRefusal[] = [];
  const isSafe =
    confirmations >= 1 && isBelowLoss(reorgTail(risk.model, confirmations), value, risk.lossMax);
  if (!isSafe) {
    const needed = requiredConfirmations(risk.model, value, risk.lossMax) ?? 'no number';
    reasons.push(refusePath('too_few_confirmations', name, { confirmations, needed }));
  }
  if (redeemCost * 10_000n > value * BigInt(redeemMaxBps)) {
    const facts = { redeemCost: `${redeemCost}`, value: `${value}`, redeemMaxBps };
    reasons.push(refusePath('redemption_uneconomical', name, facts));
  }
  return reasons;
}

/**
 * Decides whether to lock along `path` (the sender's hop first): any NO rejects it before anything is
 * locked, and all of them are told. Expiries in blocks end, at the earliest, when blocks come fast, and at the
 * latest when they come slowly; windows are compared in wall-clock time, whatever their blocks.
 * Pure: a second call gives an equal value. Reasons: PATH_REFUSALS; out-of-range hops exclude all others.
 * Source: the book, ch. 8.3 and 8.7.
 */
export function planPath(path: readonly PathHop[], policy: PathPolicy): PathDecision {
  const [first] = path;
  if (first === undefined) return { kind: 'no', reasons: [refusePath('no_hops', null)] };
  const malformed = path.map(refuseShape).filter((refusal) => refusal !== undefined);
  if (malformed.length > 0) return { kind: 'no', reasons: malformed };
  const margins = marginsOf(path, policy.timing);
  const totalMs = path.reduce((sum, hop) => sum + hopMs(hop, policy.timing), 0);
  const reasons: PathRefusal[] = [];
  const { toleranceMs } = policy;
  if (totalMs > toleranceMs) {
    reasons.push(refusePath('total_over_tolerance', null, { totalMs, toleranceMs }));
  }
  for (const [i, hop] of path.entries()) {
    const margin = margins[i];
    if (margin === undefined) continue;
    const lockup = i === 0 ? refuseLockup(hop, margin, policy) : undefined;
    if (lockup !== undefined) reasons.push(lockup);
    reasons.push(...refuseTimes(hop, path[i + 1], margin, policy), ...refuseMoney(hop, policy));
  }
  const weakest = weakestHop(margins);
  const finality = compositeFinality(path, policy.timing);
  if (reasons.length > 0 || weakest === undefined || finality === undefined) {
    return { kind: 'no', reasons };
  }
  return { kind: 'go', lockupMs: margins[0]?.latestMs ?? 0, totalMs, margins, weakest, finality };
}
