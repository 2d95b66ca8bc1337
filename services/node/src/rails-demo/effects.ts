/** What the world outside says that happened: counted there, not in the node's books. */

import type { Hash } from '@atomicity/kernel/units/id';
import { ANCHOR_REGISTRY_ABI } from '@atomicity/rails/ethereum/anchor-registry-abi';
import { decodeDescription } from '@atomicity/rails/lightning/description';
import type { Outside } from './outside.ts';

export type Effects = {
  /** Digests that the calendar was given, each counted once by it. */
  readonly digests: number;
  /** Transactions that the publisher's account has in blocks. */
  readonly transactions: number;
  /** How often the registry recorded each batch. */
  readonly recorded: ReadonlyMap<Hash, number>;
  /** How many invoices of each batch were paid, as the payee's node says. */
  readonly paid: ReadonlyMap<Hash, number>;
  /** Invoices that the payee issued. */
  readonly invoices: number;
  /** What the payee got, msat. */
  readonly receivedMsat: bigint;
};

function count(map: Map<Hash, number>, batch: Hash): void {
  map.set(batch, (map.get(batch) ?? 0) + 1);
}

async function recordedBatches({ chain, places, publisher }: Outside) {
  const recorded = new Map<Hash, number>();
  const logs = await chain.getContractEvents({
    address: places.ethereum.registry,
    abi: ANCHOR_REGISTRY_ABI,
    eventName: 'Anchored',
    args: { publisher },
    fromBlock: 0n,
    strict: true,
  });
  for (const { args } of logs) count(recorded, args.batch.slice(2) as Hash);
  return recorded;
}

/** Asks the calendar, the chain and the payee's node. */
export async function countEffects(outside: Outside, signal: AbortSignal): Promise<Effects> {
  const { calendar, chain, publisher, lightning, invoices } = outside;
  const paid = new Map<Hash, number>();
  let receivedMsat = 0n;
  for (const { description, paymentHash } of invoices.entries()) {
    if ((await lightning.payee.trackInvoice(paymentHash, signal)) !== 'settled') continue;
    const read = decodeDescription(description);
    if (read.kind === 'refused') throw new Error(`the journal of invoices: ${read.reason}`);
    count(paid, read.description.batch);
    receivedMsat += read.description.amountMsat;
  }
  return {
    digests: calendar.countOfDigests(),
    transactions: await chain.getTransactionCount({ address: publisher }),
    recorded: await recordedBatches(outside),
    paid,
    invoices: invoices.entries().length,
    receivedMsat,
  };
}
