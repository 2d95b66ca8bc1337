import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { deployRegistry } from '@atomicity/contracts/script/deploy-registry';
import { parseDenomination } from '@atomicity/kernel/units/denomination';
import { hashFromBytes } from '@atomicity/kernel/units/id';
import type { CircuitName } from '@atomicity/prover/artifacts/circuits';
import { ensureArtifacts } from '@atomicity/prover/artifacts/ensure-artifacts';
import type { RegistryPlace } from '@atomicity/rails/ethereum/context';
import { openSpendRegistry } from '@atomicity/rails/ethereum/spend-registry';
import { createClient, http, parseEther } from 'viem';
import type { Progress } from '../cli/progress.ts';
import { startNode } from '../compose/node.ts';
import type { FleetConfig } from '../fleet/fleet-config.ts';
import type { Tale } from '../network-demo/tale.ts';
import type { Closing } from '../story/play-story.ts';
import { assembleCast, required } from './cast.ts';
import { type DemoChain, openDemoChain } from './demo-chain.ts';
import { DemoClock } from './demo-clock.ts';
import type { FleetDemoOptions } from './options.ts';
import { drawOrders } from './orders.ts';
import { Phases } from './phases.ts';
import type { Stage } from './stage.ts';

/** Seconds: how long proofs may be demanded, and how long a demand may wait. */
const CHALLENGE_SECONDS = 3_600;
const RESPONSE_SECONDS = 3_600;
/** Time to introduce everybody and to open the cycle, before its window. */
const LEAD_MS = 600_000;
const WINDOW_MS_MIN = 90_000;
/** On a slow machine; the clock moves over what is left of the window. */
const MS_PER_PAYMENT = 150;

type Parts = {
  readonly options: FleetDemoOptions;
  readonly tale: Tale;
  readonly progress: Progress;
  readonly folder: string;
  readonly signal: AbortSignal;
  readonly closing: Closing;
};

/** Keys, a chain with the registry, a node, everybody introduced: all before anything is bought. */
export async function prepareStage(parts: Parts): Promise<Stage> {
  const { options, tale, folder, signal, closing } = parts;
  const phases = new Phases();
  await phases.measure('keys', 'development keys, built or found', () => prepareKeys(parts));
  const clock = new DemoClock();
  const chain = await openDemoChain(clock);
  closing.push(() => chain.chain.stop());
  const deployment = await phases.measure('deploy', 'registry and verifiers', () =>
    deploy(chain, circuitsOf(options)),
  );
  const place = { chainId: deployment.chainId, registry: deployment.registry };
  const { url } = chain.chain;
  tale.say(`registry ${place.registry} on chain ${place.chainId}, a local one at ${url}`, {
    event: 'deployed',
    ...place,
    url,
    gas: Number(deployment.gasUsed),
  });
  const { principal, aggregator, stranger: challenger } = chain.accounts;
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => undefined);
  const node = await startNode({
    dataDir: join(folder, 'node'),
    port: 0,
    clock,
    fleet: fleetConfig(url, place, { principal, aggregator }),
    onFatal: failed.reject,
  });
  closing.push(() => node.stop());
  const desk = required(node.fleet).desk;
  node.fleet?.onProgress((fraction) => parts.progress('the fleet’s proof', fraction));
  const { kind, reason } = node.attestation.provedBy;
  tale.say(`proofs are made by the ${kind} prover (${reason})`, { event: 'prover', kind, reason });
  const registry = await openSpendRegistry({ url, place, signers: { challenger }, pollMs: 50 });
  const orders = drawOrders(options);
  const start = Math.ceil((clock.now() + LEAD_MS) / 1000) * 1000;
  const payments = options.agents * options.payments;
  const end = start + Math.max(WINDOW_MS_MIN, payments * MS_PER_PAYMENT);
  const terms = {
    url: node.url,
    origin: node.config.origin,
    seed: options.seed,
    clock,
    denomination: required(parseDenomination('USD/9')),
    tier: options.tier,
    orders,
    window: { start, end },
  };
  const cast = await phases.measure('introduce', 'keys, credit lines, budgets', () =>
    assembleCast(terms),
  );
  const fleet = hashFromBytes(new Uint8Array(randomBytes(32)));
  const { progress } = parts;
  const shown = { options, tale, progress, phases, clock, chain, node, registry, desk };
  return { ...shown, orders, terms, cast, fleet, signal };
}

/** What the story proves: each agent, the fleet, and a bound for who is late. */
const circuitsOf = ({ tier }: FleetDemoOptions): readonly CircuitName[] => [
  `spend-${tier}`,
  'fleet-64',
  'spent-at-most',
];

/** The desk of the demonstration does by itself only what somebody else may wait for: it answers. */
function fleetConfig(
  rpc: string,
  place: RegistryPlace,
  signers: Pick<FleetConfig, 'principal' | 'aggregator'>,
): FleetConfig {
  const never = { settleAfterMs: null, releaseLate: false } as const;
  return { rpc, place, fromBlock: 0, confirmations: 1, ...never, ...signers };
}

async function prepareKeys({ options, progress }: Parts): Promise<void> {
  for (const circuit of circuitsOf(options)) {
    await ensureArtifacts(circuit, {
      onProgress: ({ phase, fraction }) => progress(`keys of ${circuit}: ${phase}`, fraction),
    });
  }
}

async function deploy({ chain, accounts }: DemoChain, circuits: readonly CircuitName[]) {
  const client = createClient({ account: accounts.deployer, transport: http(chain.url) });
  return await deployRegistry({
    client,
    bond: parseEther('1'),
    demandDeposit: parseEther('0.1'),
    challengeWindow: CHALLENGE_SECONDS,
    responseWindow: RESPONSE_SECONDS,
    circuits,
  });
}
