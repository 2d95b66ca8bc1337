/** Where a batch's payload is published: in blobs, as calldata, or outside with a commitment on the chain. */
import { type ByteCounts, transactionGasOf } from '../batch/blob-fee.ts';
import { type ForkNumbers, usableBlobBytes } from '../batch/fork-numbers.ts';

/** In order of preference where costs are equal. */
export const DATA_ROUTES = ['blob', 'calldata', 'external'] as const;

export type DataRoute = (typeof DATA_ROUTES)[number];

/** Prices of one moment, in wei. */
export type DataPrices = {
  /** Per gas; 0 or more. */
  readonly baseFeePerGas: bigint;
  readonly priorityFeePerGas: bigint;
  /** Per blob gas; null where the chain has no blobs. */
  readonly blobBaseFee: bigint | null;
  /** Per unit of `ExternalPlan`; null where the service gave no price. */
  readonly externalPerUnit: bigint | null;
};

/** What publishing outside takes on the chain and there. */
export type ExternalPlan = {
  /** Bytes of a billing unit: one begun is paid in full. 1 or more. */
  readonly unitBytes: number;
  /** Calldata of the call that posts the commitment. */
  readonly call: ByteCounts;
  /** What the call uses besides its calldata. */
  readonly executionGas: bigint;
};

/** Which routes are configured and what each takes, the payload apart. Null: not configured. */
export type RoutePlans = {
  readonly blob: {
    readonly call: ByteCounts;
    readonly executionGas: bigint;
    /** Bytes that packing adds to the payload, such as its length. */
    readonly framingBytes: number;
    /** Blobs a transaction may carry here, 1 or more; never above what the chain allows. */
    readonly blobsMax: number;
  } | null;
  readonly calldata: {
    readonly call: ByteCounts;
    readonly executionGas: bigint;
    /** Payload bytes that a transaction may carry, as nodes relay it. */
    readonly bytesMax: number;
  } | null;
  readonly external: ExternalPlan | null;
};

export type RouteSettings = {
  readonly plans: RoutePlans;
  readonly numbers: ForkNumbers;
  readonly hysteresis: Hysteresis;
};

/** A route is left for a cheaper one only when that is worth it. */
export type Hysteresis = {
  /** It is cheaper by at least this share, in bps of what the kept route costs: 0 … 10,000. */
  readonly bandBps: number;
  /** Or the same other route was the cheapest for this many batches in a row: 1 or more. */
  readonly batches: number;
};

/** Switches whenever another route is cheaper at all. */
export const NO_HYSTERESIS: Hysteresis = { bandBps: 0, batches: 1 };

export type Unavailable = 'not_configured' | 'no_price' | 'too_large' | 'over_gas_limit';

export type RouteCost =
  | { readonly route: DataRoute; readonly kind: 'costs'; readonly wei: bigint }
  | { readonly route: DataRoute; readonly kind: 'unavailable'; readonly because: Unavailable };

const divCeil = (numerator: bigint, denominator: bigint): bigint =>
  (numerator + denominator - 1n) / denominator;

const unavailable = (route: DataRoute, because: Unavailable): RouteCost => ({
  route,
  kind: 'unavailable',
  because,
});

/** The cost of `gas` and of what is paid beside it, unless no transaction may use so much. */
function costOf(
  route: DataRoute,
  gas: bigint,
  beside: bigint,
  { baseFeePerGas, priorityFeePerGas }: DataPrices,
  { transactionGasMax }: ForkNumbers,
): RouteCost {
  return gas > transactionGasMax.value
    ? unavailable(route, 'over_gas_limit')
    : { route, kind: 'costs', wei: gas * (baseFeePerGas + priorityFeePerGas) + beside };
}

function blobCost(
  size: number,
  prices: DataPrices,
  { plans: { blob }, numbers }: RouteSettings,
): RouteCost {
  if (blob === null) return unavailable('blob', 'not_configured');
  if (prices.blobBaseFee === null) return unavailable('blob', 'no_price');
  const blobs = divCeil(BigInt(size + blob.framingBytes), BigInt(usableBlobBytes(numbers)));
  const isTooMany = blobs > BigInt(blob.blobsMax) || blobs > numbers.blobsPerTransactionMax.value;
  if (isTooMany) return unavailable('blob', 'too_large');
  const gas = transactionGasOf(blob.call, blob.executionGas, numbers);
  return costOf(
    'blob',
    gas,
    blobs * numbers.gasPerBlob.value * prices.blobBaseFee,
    prices,
    numbers,
  );
}

function calldataCost(
  { zeroBytes, nonZeroBytes }: ByteCounts,
  prices: DataPrices,
  { plans: { calldata }, numbers }: RouteSettings,
): RouteCost {
  if (calldata === null) return unavailable('calldata', 'not_configured');
  const { call, executionGas, bytesMax } = calldata;
  if (zeroBytes + nonZeroBytes > bytesMax) return unavailable('calldata', 'too_large');
  const bytes = {
    zeroBytes: call.zeroBytes + zeroBytes,
    nonZeroBytes: call.nonZeroBytes + nonZeroBytes,
  };
  return costOf('calldata', transactionGasOf(bytes, executionGas, numbers), 0n, prices, numbers);
}

function externalCost(
  size: number,
  prices: DataPrices,
  { plans: { external }, numbers }: RouteSettings,
): RouteCost {
  if (external === null) return unavailable('external', 'not_configured');
  if (prices.externalPerUnit === null) return unavailable('external', 'no_price');
  const units = divCeil(BigInt(size), BigInt(external.unitBytes));
  const gas = transactionGasOf(external.call, external.executionGas, numbers);
  return costOf('external', gas, units * prices.externalPerUnit, prices, numbers);
}

/**
 * What each route costs for a payload with these bytes, in whole wei, in the order of DATA_ROUTES. Every
 * cost is a sum of products; what is rounded is counted in whole things, upwards: blobs and billing units
 * that are begun are paid in full. The payload is not empty.
 * @throws RangeError for byte counts that are no counts, or an empty payload.
 */
export function costsOf(
  payload: ByteCounts,
  prices: DataPrices,
  settings: RouteSettings,
): readonly RouteCost[] {
  const { zeroBytes, nonZeroBytes } = payload;
  const size = zeroBytes + nonZeroBytes;
  const isCount = (count: number) => Number.isSafeInteger(count) && count >= 0;
  if (!isCount(zeroBytes) || !isCount(nonZeroBytes) || !isCount(size) || size === 0) {
    throw new RangeError(`payload out of range: ${zeroBytes} and ${nonZeroBytes} bytes`);
  }
  return [
    blobCost(size, prices, settings),
    calldataCost(payload, prices, settings),
    externalCost(size, prices, settings),
  ];
}

/** What the routes before left behind: null and none before the first batch. */
export type RouteMemory = {
  readonly current: DataRoute | null;
  /** The route that was the cheapest in each of the last `batches`, though another was kept. */
  readonly challenger: { readonly route: DataRoute; readonly batches: number } | null;
};

export const NO_MEMORY: RouteMemory = { current: null, challenger: null };

/**
 * - `first`: there was no route before.
 * - `current_unavailable`: the route before cannot take this batch.
 * - `cheapest`: the route before is the cheapest.
 * - `within_band`: another is cheaper, not by the band, and not for long enough: kept.
 * - `cheaper_by_band`, `cheaper_for_long`: switched.
 */
export const ROUTE_REASONS = [
  'first',
  'current_unavailable',
  'cheapest',
  'within_band',
  'cheaper_by_band',
  'cheaper_for_long',
] as const;

export type RouteReason = (typeof ROUTE_REASONS)[number];

export type RouteDecision =
  | {
      readonly kind: 'route';
      readonly route: DataRoute;
      readonly reason: RouteReason;
      readonly wei: bigint;
      /** What the kept or chosen route costs more than the cheapest, in bps of it, rounded down. */
      readonly excessBps: number;
      readonly costs: readonly RouteCost[];
      /** For the next batch. */
      readonly memory: RouteMemory;
    }
  /** No route takes the batch: `costs` says why each does not. The memory stays as it was. */
  | { readonly kind: 'none'; readonly costs: readonly RouteCost[] };

type Priced = Extract<RouteCost, { readonly kind: 'costs' }>;

/** By how much `other` is cheaper than `wei`, in bps of `wei`, rounded down; 0 if it is not. */
export function savingBps(wei: bigint, other: bigint): number {
  return other >= wei ? 0 : Number(((wei - other) * 10_000n) / wei);
}

function decided(
  chosen: Priced,
  best: Priced,
  reason: RouteReason,
  costs: readonly RouteCost[],
  challenger: RouteMemory['challenger'] = null,
): RouteDecision {
  const { route, wei } = chosen;
  const excessBps = savingBps(wei, best.wei);
  const memory = { current: route, challenger };
  return { kind: 'route', route, reason, wei, excessBps, costs, memory };
}

/**
 * Chooses the route of one batch from the prices of the moment. A route that is not configured, has no
 * price or cannot take the batch is never chosen. Pure: the caller keeps `memory` for the next batch.
 * @throws RangeError for an empty payload.
 * Source: the book, ch. 9.2 (data availability routing) and 10.2 (hysteresis).
 */
export function decideRoute(
  payload: ByteCounts,
  prices: DataPrices,
  settings: RouteSettings,
  memory: RouteMemory,
): RouteDecision {
  const costs = costsOf(payload, prices, settings);
  const priced = costs.filter((cost) => cost.kind === 'costs');
  const [first, ...others] = priced;
  if (first === undefined) return { kind: 'none', costs };
  const best = others.reduce((least, cost) => (cost.wei < least.wei ? cost : least), first);
  if (memory.current === null) return decided(best, best, 'first', costs);
  const kept = priced.find(({ route }) => route === memory.current);
  if (kept === undefined) return decided(best, best, 'current_unavailable', costs);
  if (best.wei >= kept.wei) return decided(kept, kept, 'cheapest', costs);
  const { bandBps, batches } = settings.hysteresis;
  if ((kept.wei - best.wei) * 10_000n >= BigInt(bandBps) * kept.wei) {
    return decided(best, best, 'cheaper_by_band', costs);
  }
  const { challenger } = memory;
  const run = challenger?.route === best.route ? challenger.batches + 1 : 1;
  if (run >= batches) return decided(best, best, 'cheaper_for_long', costs);
  return decided(kept, best, 'within_band', costs, { route: best.route, batches: run });
}
