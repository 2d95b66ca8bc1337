/** Which way a batch's payload goes, by what each costs now: the kernel's router for this rail. */
import {
  decideRoute,
  type Hysteresis,
  NO_MEMORY,
  type RouteMemory,
  type RoutePlans,
} from '@atomicity/kernel/availability/route';
import type { ByteCounts } from '@atomicity/kernel/batch/blob-fee';
import { ETHEREUM_MAINNET, type ForkNumbers } from '@atomicity/kernel/batch/fork-numbers';
import { type AnchorRoute, CALLDATA_BYTES_MAX } from './anchor-options.ts';

/**
 * Calldata of a registry's call, the payload apart: a selector, three hashes, two sizes; for a call with data
 * its place and length too. A few bytes of a hash may be 0.
 */
const BLOB_CALL: ByteCounts = { nonZeroBytes: 106, zeroBytes: 58 };
const DATA_CALL: ByteCounts = { nonZeroBytes: 109, zeroBytes: 119 };

/**
 * What the calls use besides their calldata; the call with data also hashes its payload. Measured by
 * `npm run bench -- blobs` on 2026-11-21 with solc 0.8.37: 27,394, and 27,096 … 27,300 for up to 400 bytes. Above
 * some 900 bytes the floor of EIP-7623 is all that counts.
 */
const BLOB_EXECUTION_GAS = 27_400n;
const DATA_EXECUTION_GAS = 27_300n;

/** The length of the payload, which the blobs hold too. */
const FRAMING_BYTES = 4;

export type CheapestRouteOptions = {
  readonly numbers?: ForkNumbers;
  readonly hysteresis: Hysteresis;
  /** As the rail's; defaults as there. */
  readonly blobsMax?: number;
  readonly calldataBytesMax?: number;
};

/** The plans of this rail's two ways, as the router takes them. */
export function anchorPlans({
  numbers = ETHEREUM_MAINNET,
  blobsMax = Number(numbers.blobsPerTransactionMax.value),
  calldataBytesMax = CALLDATA_BYTES_MAX,
}: Omit<CheapestRouteOptions, 'hysteresis'>): RoutePlans {
  return {
    blob: {
      call: BLOB_CALL,
      executionGas: BLOB_EXECUTION_GAS,
      framingBytes: FRAMING_BYTES,
      blobsMax,
    },
    calldata: {
      call: DATA_CALL,
      executionGas: DATA_EXECUTION_GAS,
      bytesMax: calldataBytesMax,
    },
    external: null,
  };
}

/**
 * The cheaper way of each batch, with the router's hysteresis over the batches of this process. A payload that
 * fits neither way goes to `blob`, where the rail refuses it.
 */
export function cheapestRoute(options: CheapestRouteOptions): AnchorRoute {
  const { numbers = ETHEREUM_MAINNET, hysteresis } = options;
  const settings = { plans: anchorPlans(options), numbers, hysteresis };
  let memory: RouteMemory = NO_MEMORY;
  return (payload, prices) => {
    const decided = decideRoute(payload, { ...prices, externalPerUnit: null }, settings, memory);
    if (decided.kind === 'none') return 'blob';
    memory = decided.memory;
    return decided.route === 'calldata' ? 'calldata' : 'blob';
  };
}
