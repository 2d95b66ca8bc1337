/** How many authorizations one spend proof covers. */
export type SpendTier = 16 | 64 | 256 | 1024;

export const SPEND_TIERS: readonly SpendTier[] = [16, 64, 256, 1024];

/** How many batch notes, of up to 16 payments each, one batch proof covers. */
export type BatchTier = 16 | 64;

export const BATCH_TIERS: readonly BatchTier[] = [16, 64];

/** How many agents one fleet proof has slots for. */
export type FleetSize = 64 | 256;

export const FLEET_SIZES: readonly FleetSize[] = [64, 256];

export type CircuitName =
  | `spend-${SpendTier}`
  | `batch-${BatchTier}`
  | `fleet-${FleetSize}`
  | `claim-aggregate-${16 | 64}`
  | `claim-ceilings-${16 | 64}`
  | `claim-window-${16 | 64}`
  | 'spent-at-most'
  | 'remaining-at-least';

type CircuitRow = {
  readonly name: CircuitName;
  /** Public signals of every proof, outputs first. */
  readonly publicSignals: number;
  /** Too large for every machine's CI: built and proved by `npm run test:proofs`. */
  readonly large: boolean;
};

/** Every circuit that this version may have an instance of; artifacts.lock says which it has. */
export const CIRCUITS: readonly CircuitRow[] = [
  { name: 'spend-16', publicSignals: 6, large: false },
  { name: 'spend-64', publicSignals: 6, large: false },
  { name: 'spend-256', publicSignals: 6, large: true },
  { name: 'spend-1024', publicSignals: 6, large: true },
  { name: 'batch-16', publicSignals: 6, large: false },
  { name: 'batch-64', publicSignals: 6, large: true },
  { name: 'fleet-64', publicSignals: 5, large: false },
  { name: 'fleet-256', publicSignals: 6, large: true },
  { name: 'claim-aggregate-16', publicSignals: 3, large: false },
  { name: 'claim-aggregate-64', publicSignals: 3, large: true },
  { name: 'claim-ceilings-16', publicSignals: 3, large: false },
  { name: 'claim-ceilings-64', publicSignals: 3, large: true },
  { name: 'claim-window-16', publicSignals: 3, large: false },
  { name: 'claim-window-64', publicSignals: 3, large: true },
  { name: 'spent-at-most', publicSignals: 2, large: false },
  { name: 'remaining-at-least', publicSignals: 3, large: false },
];

/** The row of a circuit. @throws Error for a name that is none. */
export function circuitRow(name: CircuitName): CircuitRow {
  const row = CIRCUITS.find((each) => each.name === name);
  if (row === undefined) throw new Error(`no circuit ${name}`);
  return row;
}

/** True for a tier that has a spend circuit. */
export function isSpendTier(tier: number): tier is SpendTier {
  return (SPEND_TIERS as readonly number[]).includes(tier);
}

/** True for a tier that has a batch circuit. */
export function isBatchTier(tier: number): tier is BatchTier {
  return (BATCH_TIERS as readonly number[]).includes(tier);
}

/** The circuit that proves periods of a kind and tier. @throws Error where none exists. */
export function periodCircuitName(circuit: 'spend' | 'batch', tier: number): CircuitName {
  if (circuit === 'spend' && isSpendTier(tier)) return `spend-${tier}`;
  if (circuit === 'batch' && isBatchTier(tier)) return `batch-${tier}`;
  throw new Error(`no circuit ${circuit}-${tier}`);
}

/** Public signals of every spend and batch circuit, in this order; the field elements of an attestation. */
export const PUBLIC_SIGNAL_NAMES = [
  'leavesRoot',
  'tokensRoot',
  'summaryCommitment',
  'policyDigest',
  'periodDigest',
  'nullifier',
] as const;

export const PUBLIC_SIGNAL_COUNT = PUBLIC_SIGNAL_NAMES.length;
