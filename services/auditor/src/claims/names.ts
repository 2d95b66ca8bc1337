/** Every claim, in the order of the report, and the claims that each one rests on. */

export const CLAIMS = [
  'bundle',
  'log-signature',
  'log-root',
  'log-consistency',
  'stream-revisions',
  'disclosures',
  'payloads',
  'notes-present',
  'note-signatures',
  'note-order',
  'no-equivocation',
  'voids',
  'endings',
  'delegated-keys',
  'policy',
  'leaves-root',
  'tokens-root',
  'period-digest',
  'nullifiers',
  'summary-chain',
  'spend-proof',
  'within-budget',
  'fee-mismatches',
  'replay',
  'balances',
  'state-diffs',
  'anchors',
] as const;

export type ClaimName = (typeof CLAIMS)[number];

/**
 * A claim that would hold reads `not shown` as long as one that it rests on does not hold. That is how
 * a root which the trust file lacks (a log key, a principal, a verification key) reaches everything
 * built on it.
 */
export const RESTS_ON: Readonly<Record<ClaimName, readonly ClaimName[]>> = {
  bundle: [],
  'log-signature': ['bundle'],
  'log-root': ['log-signature'],
  'log-consistency': ['log-root'],
  'stream-revisions': ['log-root'],
  disclosures: ['log-root'],
  payloads: ['log-root'],
  'notes-present': ['disclosures'],
  'note-signatures': ['disclosures'],
  'note-order': ['note-signatures'],
  'no-equivocation': ['note-signatures'],
  voids: ['note-signatures'],
  endings: ['note-order', 'voids'],
  'delegated-keys': ['disclosures', 'stream-revisions'],
  policy: ['delegated-keys'],
  'leaves-root': ['endings'],
  'tokens-root': ['delegated-keys', 'note-order'],
  'period-digest': ['disclosures'],
  nullifiers: ['disclosures'],
  'summary-chain': ['period-digest'],
  'spend-proof': ['policy', 'leaves-root', 'tokens-root', 'period-digest', 'nullifiers'],
  'within-budget': ['spend-proof', 'summary-chain', 'no-equivocation'],
  'fee-mismatches': ['disclosures'],
  replay: ['stream-revisions', 'payloads'],
  balances: ['replay'],
  'state-diffs': ['replay'],
  anchors: ['log-consistency'],
};

/** Reads a claim's name, or gives `undefined`. */
export function parseClaimName(text: string): ClaimName | undefined {
  return CLAIMS.find((claim) => claim === text);
}
