/**
 * A process that registers a fleet and kills itself with SIGKILL before one of its requests to the chain's
 * node. For the crash test alone: one argument, JSON of `FleetCrashOrder`; prints the receipt if it survives.
 */
import type { Hash } from '@atomicity/kernel/units/id';
import { unixMs } from '@atomicity/kernel/units/time';
import { openSpendRegistry } from '@atomicity/rails/ethereum/spend-registry';
import { FleetDesk } from '@atomicity/settler/fleet/fleet-desk';
import { FleetJournal } from '@atomicity/settler/fleet/fleet-journal';
import type { Hex } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';

export type FleetCrashOrder = {
  readonly journal: string;
  readonly url: string;
  readonly chainId: number;
  readonly registry: Hex;
  readonly key: Hex;
  readonly fleet: Hash;
  /** Which request kills: 1 is the first, 0 is none. */
  readonly dieAt: number;
};

const order: FleetCrashOrder = JSON.parse(process.argv[2] ?? '');
const principal = privateKeyToAccount(order.key);
const { chainId, registry, url } = order;
const chain = await openSpendRegistry({
  url,
  place: { chainId, registry },
  signers: { principal },
  pollMs: 10,
});

let asked = 0;
const ask = globalThis.fetch;
globalThis.fetch = (...parameters) => {
  asked += 1;
  if (asked === order.dieAt) process.kill(process.pid, 'SIGKILL');
  return ask(...parameters);
};

const never = () => Promise.reject(new Error('nothing is proven here'));
const journal = new FleetJournal(order.journal);
const desk = new FleetDesk({
  journal,
  chain,
  source: { standing: () => undefined, attestation: async () => undefined },
  prover: { proveCycle: never, proveBound: never },
  now: () => unixMs(Date.now()),
});
const receipt = await desk.register(order.fleet, principal.address, new AbortController().signal);
console.log(JSON.stringify({ asked, hash: receipt?.hash ?? null }));
journal.close();
