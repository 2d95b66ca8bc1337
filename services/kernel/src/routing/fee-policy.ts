import { canonicalJson } from '../codec/canonical-json.ts';
import { taggedTextHash } from '../codec/tagged-hash.ts';
import { AMOUNT_MAX, type Amount, amount as amountOf, formatAmount } from '../units/amount.ts';
import type { Hash } from '../units/id.ts';
import type { FeePolicy } from '../wire/objects.ts';

/** Hundredths of a percent in a whole. */
const BPS = 10_000n;

/**
 * The name of a fee policy: taggedHash('FeePolicy', canonical({amountMax, amountMin, denomination,
 * feeBps, feeFlat, hop, marginMs})), amounts as decimal text. Every term changes it.
 */
export function policyHash(policy: FeePolicy): Hash {
  const { hop, denomination, feeBps, feeFlat, amountMin, amountMax, marginMs } = policy;
  return taggedTextHash(
    'FeePolicy',
    canonicalJson({
      amountMax: formatAmount(amountMax),
      amountMin: formatAmount(amountMin),
      denomination,
      feeBps,
      feeFlat: formatAmount(feeFlat),
      hop,
      marginMs,
    }),
  );
}

/**
 * What a hop earns for forwarding `amount`: feeFlat + ⌈amount · feeBps / 10000⌉, in ledger units.
 * Always of the delivered amount, never of what reaches the hop, so fees along a route add up and do
 * not compound. `undefined` outside amountMin … amountMax, and for a fee above 2^63−1.
 */
export function routingFee(policy: FeePolicy, amount: Amount): Amount | undefined {
  if (amount < policy.amountMin || amount > policy.amountMax) return undefined;
  const fee = policy.feeFlat + (amount * BigInt(policy.feeBps) + BPS - 1n) / BPS;
  return fee > AMOUNT_MAX ? undefined : amountOf(fee);
}
