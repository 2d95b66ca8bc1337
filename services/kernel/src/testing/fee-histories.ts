/** Fee histories for tests: the chain's own fee rules under random demand with spikes. Deterministic. */
import type { FeeRow } from '../availability/fee-history.ts';
import { blobBaseFee, nextExcessBlobGas } from '../batch/blob-fee.ts';
import { type BlobParameters, ETHEREUM_MAINNET } from '../batch/fork-numbers.ts';
import { unixMs } from '../units/time.ts';
import { SCENE } from './batch-samples.ts';

/** Numbers in [0, 1). */
export type Random = () => number;

/** A sequence of 2^32 that a seed begins: mulberry32, for tests only. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export type HistoryShape = {
  /** Rows; between two lie `blocksPerRow` blocks. */
  readonly rows: number;
  readonly blocksPerRow: number;
  readonly blobs: BlobParameters;
  /** What people pay for gas outside a spike, in wei, and how many times that inside one. */
  readonly baseFeePerGas: bigint;
  readonly gasSpike: number;
  /** Demand for blobs outside and inside a spike, as a share of the target. */
  readonly blobDemand: number;
  readonly spikeDemand: number;
  /** The blob fee above which half of the target is asked for, in wei. */
  readonly blobFeeMax: bigint;
  /** The chance that a spike of blobs, or of gas, begins in a block; how many blocks one lasts. */
  readonly spikeChance: number;
  readonly spikeBlocks: number;
  /** Price of the outside service, per unit; every eleventh row or so it gives none if `gaps`. */
  readonly externalPerUnit: bigint;
  readonly gaps: boolean;
};

type Spikes = { blob: number; gas: number };

/** The next base fee of EIP-1559: an eighth at most, up when a block is fuller than half. */
function nextBaseFee(fee: bigint, fullness: number): bigint {
  const next = fee + (fee * BigInt(Math.round((fullness - 0.5) * 2_000))) / 8_000n;
  return next < 1_000n ? 1_000n : next;
}

const between = (random: Random, low: number, high: number) => low + (high - low) * random();

/** A history of this shape; the same random numbers give the same. */
export function generateFeeHistory(random: Random, shape: HistoryShape): readonly FeeRow[] {
  const { blobs, spikeChance, spikeBlocks } = shape;
  const spikes: Spikes = { blob: 0, gas: 0 };
  const rows: FeeRow[] = [];
  const gasPerBlob = ETHEREUM_MAINNET.gasPerBlob.value;
  let { baseFeePerGas } = shape;
  let excessBlobGas = 0n;
  for (let block = 0; block < shape.rows * shape.blocksPerRow; block++) {
    for (const kind of ['blob', 'gas'] as const) {
      if (random() < spikeChance) spikes[kind] = Math.ceil(spikeBlocks * between(random, 0.5, 1.5));
      else spikes[kind] = Math.max(0, spikes[kind] - 1);
    }
    const blobFee = blobBaseFee(excessBlobGas, blobs.baseFeeUpdateFraction);
    const demand = spikes.blob > 0 ? shape.spikeDemand : shape.blobDemand;
    const asked = blobFee > shape.blobFeeMax ? 0.5 : demand;
    const wanted = Math.round(Number(blobs.target) * asked * between(random, 0.7, 1.3));
    const blobGasUsed = BigInt(Math.min(Number(blobs.max), wanted)) * gasPerBlob;
    excessBlobGas = nextExcessBlobGas(
      { excessBlobGas, blobGasUsed, baseFeePerGas },
      blobs,
      ETHEREUM_MAINNET,
    );
    const paid = Number(shape.baseFeePerGas) * (spikes.gas > 0 ? shape.gasSpike : 1);
    const pull = 0.4 * (1 - Number(baseFeePerGas) / paid);
    const fullness = Math.min(1, Math.max(0, 0.5 + pull + between(random, -0.2, 0.2)));
    baseFeePerGas = nextBaseFee(baseFeePerGas, fullness);
    if ((block + 1) % shape.blocksPerRow !== 0) continue;
    const hasPrice = !shape.gaps || random() > 1 / 11;
    rows.push({
      at: unixMs(SCENE + block * 12_000),
      baseFeePerGas,
      priorityFeePerGas: 10_000_000n,
      blobBaseFee: blobBaseFee(excessBlobGas, blobs.baseFeeUpdateFraction),
      externalPerUnit: hasPrice ? shape.externalPerUnit : null,
    });
  }
  return rows;
}
