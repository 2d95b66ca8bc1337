/** The tiers that this version has circuits for; 256 and 1024 are reserved. */
export type SpendTier = 16 | 64;

export const SPEND_TIERS: readonly SpendTier[] = [16, 64];

export type CircuitName = `spend-${SpendTier}`;

/** True for a tier that this version can prove. */
export function isSpendTier(tier: number): tier is SpendTier {
  return (SPEND_TIERS as readonly number[]).includes(tier);
}

/** Public signals of every spend circuit, in this order; the field elements of an attestation. */
export const PUBLIC_SIGNAL_NAMES = [
  'leavesRoot',
  'tokensRoot',
  'summaryCommitment',
  'policyDigest',
  'periodDigest',
  'nullifier',
] as const;

export const PUBLIC_SIGNAL_COUNT = PUBLIC_SIGNAL_NAMES.length;
