/** How a node uses its Ethereum rail: routes, depths, prices. Pure but for asking the chain its fees. */
import type { BatchValue } from '@atomicity/kernel/anchor/events';
import type { FeeSample } from '@atomicity/kernel/batch/fee-percentile';
import { ETHEREUM_MAINNET } from '@atomicity/kernel/batch/fork-numbers';
import type { ChainView } from '@atomicity/kernel/batch/schedule';
import type { UnixMs } from '@atomicity/kernel/units/time';
import type { AnchorDepth, AnchorRoute } from '@atomicity/rails/ethereum/anchor-options';
import { cheapestRoute } from '@atomicity/rails/ethereum/anchor-route';
import type { FeeOracle } from '@atomicity/rails/ethereum/fee-oracle';
import type { DepthStep, EthereumFile } from './rails-config.ts';

/** Another route is taken when it saves a tenth, or has been the cheapest three times in a row. */
const HYSTERESIS = { bandBps: 1_000, batches: 3 };

/** The route of the configuration; `cheaper` remembers the last batches, as long as the process runs. */
export function routeOf({ route }: Pick<EthereumFile, 'route'>): AnchorRoute {
  return route === 'cheaper' ? cheapestRoute({ hysteresis: HYSTERESIS }) : () => route;
}

/** The most blocks that any step asks for of what stands on the batch; the least where nobody knows. */
export function depthOf(least: number, steps: readonly DepthStep[]): AnchorDepth {
  const most = steps.reduce((max, step) => Math.max(max, step.confirmations), least);
  return (values: readonly BatchValue[] | undefined) => {
    // Without a batch nobody knows what stands on the root: it waits for the deepest.
    if (values === undefined) return most;
    return steps
      .filter((step) =>
        values.some(
          ({ denomination, amount }) => denomination === step.denomination && amount >= step.amount,
        ),
      )
      .reduce((max, step) => Math.max(max, step.confirmations), least);
  };
}

/** Gas of a batch that goes out in one blob, for one price out of two. */
const BATCH_GAS = 100_000n;
const BLOCK_MS = 12_000;

/** What a batch costs now and did in the last blocks, in wei, for the schedule; nothing if the chain is away. */
export function chainView(
  oracle: FeeOracle,
  { route }: Pick<EthereumFile, 'route'>,
  blocks: number,
): (now: UnixMs) => Promise<ChainView> {
  const blobGas = route === 'calldata' ? 0n : ETHEREUM_MAINNET.gasPerBlob.value;
  const priceOf = (fees: { readonly baseFeePerGas: bigint; readonly blobBaseFee: bigint }) =>
    fees.baseFeePerGas * BATCH_GAS + fees.blobBaseFee * blobGas;
  return async (now) => {
    try {
      const [quote, history] = [await oracle.quote(), await oracle.history(blocks)];
      const feeHistory: readonly FeeSample[] = history.map((fees, i) => ({
        at: now - (history.length - i) * BLOCK_MS,
        price: priceOf(fees),
      }));
      return { fee: { at: now, price: priceOf(quote) }, feeHistory, tips: [] };
    } catch {
      // The rail says so itself when it is asked to anchor; a fee that nobody knows is never low.
      return { fee: null, feeHistory: [], tips: [] };
    }
  };
}
