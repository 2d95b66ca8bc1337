// Goal: the rail's way follows the kernel's router. Method: prices on both sides of the measured crossover.
import { NO_HYSTERESIS } from '@atomicity/kernel/availability/route';
import { describe, expect, it } from 'vitest';
import { anchorPlans, cheapestRoute } from './anchor-route.ts';

const prices = (blobBaseFee: bigint) => ({
  block: 1,
  baseFeePerGas: 1_000_000_000n,
  priorityFeePerGas: 0n,
  blobBaseFee,
});
const bytes = (nonZeroBytes: number) => ({ nonZeroBytes, zeroBytes: 0 });

describe('the way of a batch', () => {
  const route = cheapestRoute({ hysteresis: NO_HYSTERESIS });

  it.each([
    [800, 100_000_000n, 'calldata'],
    [815, 100_000_000n, 'blob'],
    [3_860, 1_000_000_000n, 'calldata'],
    [3_880, 1_000_000_000n, 'blob'],
    [24_577, 1_000_000_000_000n, 'blob'],
    [24_576, 1_000_000_000_000n, 'calldata'],
    // Fits neither: the rail says so.
    [1_000_000, 1n, 'blob'],
  ])('with %d bytes, blob gas at %d wei and gas at 1 gwei is %s', (size, fee, way) => {
    expect(route(bytes(size), prices(fee))).toBe(way);
  });

  it('is kept where the other is hardly cheaper', () => {
    const steady = cheapestRoute({ hysteresis: { bandBps: 2_000, batches: 3 } });
    const ways = [1_200, 700, 700, 700].map((size) => steady(bytes(size), prices(100_000_000n)));
    expect(ways).toEqual(['blob', 'blob', 'blob', 'calldata']);
  });

  it('takes as many blobs as it is told', () => {
    expect(anchorPlans({ blobsMax: 2, calldataBytesMax: 100 })).toMatchObject({
      blob: { blobsMax: 2 },
      calldata: { bytesMax: 100 },
      external: null,
    });
  });
});
