import { AgentSession } from '@atomicity/client/agent-session';
import { keyPairFromSeed } from '@atomicity/client/key-pair';
import {
  BATCH_MAX,
  NodeClient,
  type Submission,
  type SubmissionOutcome,
} from '@atomicity/client/node-client';
import { agreeEdge, delegateKey, type Party } from '@atomicity/client/party';
import { delegateBudget, statePolicy } from '@atomicity/client/principal-session';
import { ProviderSession } from '@atomicity/client/provider-session';
import { randomNonce, type SignedObject } from '@atomicity/client/signer';
import { AMOUNT_MAX, type Amount, amount, ZERO_AMOUNT } from '@atomicity/kernel/units/amount';
import type { Denomination } from '@atomicity/kernel/units/denomination';
import type { Hash } from '@atomicity/kernel/units/id';
import { unixMs } from '@atomicity/kernel/units/time';
import type { BudgetCategory, BudgetDelegation } from '@atomicity/kernel/wire/objects';
import { seededRandom } from './random.ts';
import type { Purchase } from './workload.ts';

export type Member = { readonly party: Party; readonly client: NodeClient };
export type Agent = Member & { readonly session: AgentSession };
export type Provider = Member & { readonly session: ProviderSession; readonly edge: Hash };

/** A principal, its agents and the providers they buy from, known to the node and ready to trade. */
export type Fleet = {
  readonly principal: Member;
  readonly agents: readonly Agent[];
  readonly providers: readonly Provider[];
};

export type FleetTerms = {
  readonly url: string;
  readonly origin: string;
  readonly seed: string;
  readonly agents: number;
  readonly providers: number;
  readonly denomination: Denomination;
  readonly tier: 16 | 64;
  readonly purchases: readonly Purchase[];
};

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** What the fleet may buy: the provider decides the category, as the principal fixed it. */
const CATEGORY_NAMES = ['inference', 'long-context', 'batch'] as const;

/**
 * Introduces everyone to the node: keys, a credit line from each provider to the principal, a budget with
 * a stated policy for each agent. Limits and caps leave a fifth of room over what will be bought.
 * @throws Error naming the refused object.
 */
export async function assembleFleet(terms: FleetTerms): Promise<Fleet> {
  const now = Date.now();
  const member = (name: string): Member => memberOf(terms, name);
  const principal = member('principal');
  const agents = numbered(terms.agents).map((i) => member(`agent ${i}`));
  const providers = numbered(terms.providers).map((i) => member(`provider ${i}`));
  const window = { notBefore: now - MINUTE_MS, expiresAt: now + DAY_MS };
  for (const { party } of [principal, ...agents, ...providers]) {
    const identity = new NodeClient({ baseUrl: terms.url, key: party.identity });
    const delegation = delegateKey(party, ['party'], window, randomNonce);
    requireAccepted('KeyDelegation', [await identity.submitOne(submissionOf(delegation))]);
  }
  const lines = providers.map(({ party }) =>
    agreeEdge(
      party,
      principal.party,
      {
        denomination: terms.denomination,
        limit: withRoom(totalOf(terms.purchases)),
        rateBps: 0,
        expiresAt: unixMs(now + 2 * DAY_MS),
        graceMs: 0,
        haircutBps: 0,
      },
      ZERO_AMOUNT,
      randomNonce,
    ),
  );
  await submitAll(principal.client, lines);
  const budgets = agents.map(({ party }, i) =>
    delegateBudget(principal.party, party.id, budgetTerms(terms, providers, i, now), randomNonce),
  );
  await submitAll(principal.client, budgets);
  const statements = budgets.map(({ body }) => statePolicy(principal.party, body, randomNonce));
  await submitAll(principal.client, statements);
  return {
    principal,
    agents: agents.map((agent, i) => ({
      ...agent,
      session: sessionOf(agent, required(budgets[i]).body, terms),
    })),
    providers: providers.map((provider, i) => ({
      ...provider,
      session: new ProviderSession({ party: provider.party, draw: randomNonce }),
      edge: required(lines[i]).id,
    })),
  };
}

function sessionOf(agent: Member, budget: BudgetDelegation, terms: FleetTerms): AgentSession {
  return new AgentSession({
    agent: agent.party,
    budget,
    origin: terms.origin,
    draw: randomNonce,
  });
}

function memberOf({ seed, url }: FleetTerms, name: string): Member {
  const random = seededRandom(seed, name);
  const identity = keyPairFromSeed(random.bytes(32));
  const key = keyPairFromSeed(random.bytes(32));
  const nextIdentity = keyPairFromSeed(random.bytes(32)).id;
  const party = { id: identity.id, identity, nextIdentity, key, noteSecret: random.bytes(32) };
  return { party, client: new NodeClient({ baseUrl: url, key }) };
}

function budgetTerms(
  terms: FleetTerms,
  providers: readonly Member[],
  agent: number,
  now: number,
): Parameters<typeof delegateBudget>[2] {
  const purchases = terms.purchases.filter((purchase) => purchase.agent === agent);
  return {
    denomination: terms.denomination,
    cap: withRoom(totalOf(purchases)),
    windowStart: unixMs(now - MINUTE_MS),
    windowEnd: unixMs(now + DAY_MS),
    categories: CATEGORY_NAMES.map((name, category): BudgetCategory => {
      const own = purchases.filter(({ provider }) => categoryOf(provider) === category);
      return {
        name,
        ceiling: withRoom(largestOf(own)),
        cap: withRoom(totalOf(own)),
      };
    }),
    payees: providers.map(({ party }, provider) => ({
      party: party.id,
      category: categoryOf(provider),
    })),
    defaultCategory: null,
    tier: terms.tier,
    parent: null,
  };
}

const categoryOf = (provider: number) => provider % CATEGORY_NAMES.length;

function totalOf(purchases: readonly Purchase[]): bigint {
  return purchases.reduce((sum, purchase) => sum + purchase.amount, 0n);
}

function largestOf(purchases: readonly Purchase[]): bigint {
  let largest = 0n;
  for (const { amount: each } of purchases) if (each > largest) largest = each;
  return largest;
}

/** A fifth more, and never less than one unit. */
function withRoom(units: bigint): Amount {
  const roomy = units + units / 5n + 1n;
  return amount(roomy > AMOUNT_MAX ? AMOUNT_MAX : roomy);
}

/** The object's id names the command: submitting an object again is the same command. */
function submissionOf({ id, text }: SignedObject): Submission {
  return { commandId: id, text };
}

/** Submits objects in order. @throws Error naming the first that is refused. */
export async function submitAll(
  client: NodeClient,
  objects: readonly SignedObject[],
): Promise<void> {
  for (let from = 0; from < objects.length; from += BATCH_MAX) {
    const batch = objects.slice(from, from + BATCH_MAX);
    const outcomes = await client.submit(batch.map(submissionOf));
    requireAccepted(batch[0]?.body.type ?? 'objects', outcomes);
  }
}

function requireAccepted(what: string, outcomes: readonly SubmissionOutcome[]): void {
  const refused = outcomes.find((outcome) => outcome.kind === 'refused');
  if (refused?.kind !== 'refused') return;
  const { reason, field, rule } = refused.problem;
  throw new Error(`${what} refused: ${[reason, field, rule].filter(Boolean).join(' ')}`);
}

function numbered(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

function required<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('one for each');
  return value;
}
