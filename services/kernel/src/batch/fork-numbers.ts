/**
 * Numbers that forks change. Each has the proposal that fixed it, the day it came into force on the main
 * net, and where that is written. Whoever counts with them takes them from here: another chain, or a later
 * fork, is another value of `ForkNumbers`, handed to the functions that count with it.
 */

export type ForkNumber = {
  readonly value: bigint;
  /** The Ethereum improvement proposal; null where there was none. */
  readonly eip: number | null;
  /** In force on the main net since, as a date. */
  readonly since: string;
  readonly source: string;
};

/** Blob parameters from one fork to the next. */
export type BlobParameters = {
  readonly fork: string;
  /** First second in which they hold, in ms since the epoch. */
  readonly since: number;
  readonly eip: number;
  /** Blobs a block: the fee rises above the target, and no block holds more than max. */
  readonly target: bigint;
  readonly max: bigint;
  readonly baseFeeUpdateFraction: bigint;
  /** The EIP-7918 reserve price binds. */
  readonly reservePrice: boolean;
};

export type ForkNumberName =
  | 'transactionGas'
  | 'transactionGasMax'
  | 'calldataGasPerToken'
  | 'calldataFloorPerToken'
  | 'tokensPerNonZeroByte'
  | 'gasPerBlob'
  | 'fieldElementsPerBlob'
  | 'blobBaseFeeMin'
  | 'blobsPerTransactionMax'
  | 'blobBaseCost'
  | 'pointEvaluationGas'
  | 'blobRetentionEpochs'
  | 'slotsPerEpoch'
  | 'slotMs';

export type ForkNumbers = { readonly [Name in ForkNumberName]: ForkNumber } & {
  /** Ascending by `since`. */
  readonly blobSchedule: readonly BlobParameters[];
};

const number = (value: bigint, eip: number | null, since: string, source: string): ForkNumber => ({
  value,
  eip,
  since,
  source,
});

/** Ethereum's main net, as known on 2026-11-21. */
export const ETHEREUM_MAINNET: ForkNumbers = {
  transactionGas: number(21_000n, null, '2016-03-14', 'Yellow Paper, G_transaction'),
  transactionGasMax: number(2n ** 24n, 7825, '2025-12-03', 'EIP-7825 (Osaka)'),
  calldataGasPerToken: number(4n, 7623, '2025-05-07', 'EIP-7623: STANDARD_TOKEN_COST'),
  calldataFloorPerToken: number(10n, 7623, '2025-05-07', 'EIP-7623: TOTAL_COST_FLOOR_PER_TOKEN'),
  // 4 gas a token: 16 gas for a byte that is not zero, as since EIP-2028.
  tokensPerNonZeroByte: number(4n, 2028, '2019-12-08', 'EIP-2028 (Istanbul), EIP-7623'),
  gasPerBlob: number(2n ** 17n, 4844, '2024-03-13', 'EIP-4844: GAS_PER_BLOB'),
  fieldElementsPerBlob: number(4096n, 4844, '2024-03-13', 'EIP-4844: FIELD_ELEMENTS_PER_BLOB'),
  blobBaseFeeMin: number(1n, 4844, '2024-03-13', 'EIP-4844: MIN_BASE_FEE_PER_BLOB_GAS'),
  blobsPerTransactionMax: number(6n, 7594, '2025-12-03', 'EIP-7594 (Osaka): 6 blobs a transaction'),
  blobBaseCost: number(2n ** 13n, 7918, '2025-12-03', 'EIP-7918: BLOB_BASE_COST'),
  pointEvaluationGas: number(
    50_000n,
    4844,
    '2024-03-13',
    'EIP-4844: POINT_EVALUATION_PRECOMPILE_GAS',
  ),
  blobRetentionEpochs: number(
    4096n,
    null,
    '2024-03-13',
    'consensus specs, Deneb: MIN_EPOCHS_FOR_BLOB_SIDECARS_REQUESTS; Fulu keeps it for data columns',
  ),
  slotsPerEpoch: number(32n, null, '2020-12-01', 'consensus specs, phase 0: SLOTS_PER_EPOCH'),
  slotMs: number(12_000n, null, '2020-12-01', 'consensus specs, phase 0: SECONDS_PER_SLOT'),
  blobSchedule: [
    {
      fork: 'Cancun',
      since: 1_710_338_135_000,
      eip: 4844,
      target: 3n,
      max: 6n,
      baseFeeUpdateFraction: 3_338_477n,
      reservePrice: false,
    },
    {
      fork: 'Prague',
      since: 1_746_612_311_000,
      eip: 7691,
      target: 6n,
      max: 9n,
      baseFeeUpdateFraction: 5_007_716n,
      reservePrice: false,
    },
    {
      fork: 'Osaka',
      since: 1_764_798_551_000,
      eip: 7918,
      target: 6n,
      max: 9n,
      baseFeeUpdateFraction: 5_007_716n,
      reservePrice: true,
    },
    {
      fork: 'BPO1',
      since: 1_765_290_071_000,
      eip: 8134,
      target: 10n,
      max: 15n,
      baseFeeUpdateFraction: 8_346_193n,
      reservePrice: true,
    },
    {
      fork: 'BPO2',
      since: 1_767_747_671_000,
      eip: 8135,
      target: 14n,
      max: 21n,
      baseFeeUpdateFraction: 11_684_671n,
      reservePrice: true,
    },
  ],
};

/** The blob parameters in force at `at` (ms since the epoch); undefined before the first. */
export function blobParametersAt(
  { blobSchedule }: Pick<ForkNumbers, 'blobSchedule'>,
  at: number,
): BlobParameters | undefined {
  return blobSchedule.findLast(({ since }) => since <= at);
}

/** Payload bytes that one blob takes: 31 of the 32 bytes of each field element stay below the modulus. */
export function usableBlobBytes({ fieldElementsPerBlob }: ForkNumbers): number {
  return Number(fieldElementsPerBlob.value) * 31;
}

/** How long a consensus node keeps a blob at least, in ms: 18.2 days on the main net. */
export function blobRetentionMs({
  blobRetentionEpochs,
  slotsPerEpoch,
  slotMs,
}: ForkNumbers): number {
  return Number(blobRetentionEpochs.value * slotsPerEpoch.value * slotMs.value);
}

/** What is wrong with configured numbers; `field` names the place. */
export type ForkNumberFault = { readonly field: string; readonly rule: string };

const POSITIVE = 'an integer of 1 or more';

function refuseParameters(
  { since, target, max, baseFeeUpdateFraction }: BlobParameters,
  before: BlobParameters | undefined,
): { readonly name: string; readonly rule: string } | undefined {
  if (!Number.isSafeInteger(since) || since < 0) return { name: 'since', rule: 'a time in ms' };
  if (before !== undefined && before.since >= since) {
    return { name: 'since', rule: 'later than that of the fork before' };
  }
  if (target < 1n) return { name: 'target', rule: POSITIVE };
  if (max < target) return { name: 'max', rule: 'at least the target' };
  return baseFeeUpdateFraction < 1n ? { name: 'baseFeeUpdateFraction', rule: POSITIVE } : undefined;
}

/** The first fault of configured numbers, or undefined. Every number is positive, every fork later. */
export function refuseForkNumbers(numbers: ForkNumbers): ForkNumberFault | undefined {
  const { blobSchedule, ...values } = numbers;
  for (const [name, { value }] of Object.entries(values)) {
    if (value < 1n) return { field: `/${name}/value`, rule: POSITIVE };
  }
  if (blobSchedule.length === 0) return { field: '/blobSchedule', rule: 'at least one fork' };
  for (const [i, parameters] of blobSchedule.entries()) {
    const fault = refuseParameters(parameters, blobSchedule[i - 1]);
    if (fault !== undefined) {
      return { field: `/blobSchedule/${i}/${fault.name}`, rule: fault.rule };
    }
  }
  return undefined;
}
