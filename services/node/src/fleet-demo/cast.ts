import { AgentSession } from '@atomicity/client/agent-session';
import { type KeyPair, keyPairFromSeed } from '@atomicity/client/key-pair';
import { NodeClient } from '@atomicity/client/node-client';
import { agreeEdge, delegateKey, type Party } from '@atomicity/client/party';
import { delegateBudget, statePolicy } from '@atomicity/client/principal-session';
import { ProviderSession } from '@atomicity/client/provider-session';
import { randomNonce, type SignedObject } from '@atomicity/client/signer';
import { type Amount, amount, ZERO_AMOUNT } from '@atomicity/kernel/units/amount';
import type { Denomination } from '@atomicity/kernel/units/denomination';
import type { Hash } from '@atomicity/kernel/units/id';
import { unixMs } from '@atomicity/kernel/units/time';
import type { BudgetDelegation, KeyDelegation } from '@atomicity/kernel/wire/objects';
import { submitAll } from '../cycle/fleet.ts';
import { seededRandom } from '../cycle/random.ts';
import type { DemoClock } from './demo-clock.ts';
import { type Order, type Orders, subCapOf } from './orders.ts';

export type Member = {
  readonly name: string;
  readonly party: Party;
  readonly client: NodeClient;
  readonly delegation: SignedObject<KeyDelegation>;
};
export type Provider = Member & { readonly session: ProviderSession; readonly edge: Hash };
export type Agent = Member & {
  readonly slot: number;
  readonly orders: readonly Order[];
  readonly session: AgentSession;
};

/** What one cycle lets the fleet spend: one budget for all, and under it one for each agent. */
export type CycleBudgets = {
  readonly root: BudgetDelegation;
  /** In slot order. */
  readonly agents: readonly BudgetDelegation[];
};

export type Cast = {
  readonly principal: Member;
  readonly providers: readonly Provider[];
  readonly agents: readonly Agent[];
  readonly budgets: CycleBudgets;
};

export type CastTerms = {
  readonly url: string;
  readonly origin: string;
  readonly seed: string;
  readonly clock: DemoClock;
  readonly denomination: Denomination;
  readonly tier: 16 | 64;
  readonly orders: Orders;
  /** Of the first cycle. */
  readonly window: Window;
};

export type Window = { readonly start: number; readonly end: number };

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const CATEGORIES = ['inference', 'training', 'storage'] as const;

/**
 * Introduces everybody to the node: keys, a credit line from each provider to the principal, and the
 * budgets of the first cycle. The credential of `orders.expiring` ends inside the window.
 * @throws Error naming the refused object.
 */
export async function assembleCast(terms: CastTerms): Promise<Cast> {
  const { orders, clock, window } = terms;
  const now = clock.now();
  const always = { notBefore: now - MINUTE_MS, expiresAt: now + 30 * DAY_MS };
  const principal = await introduce(terms, 'principal', always);
  const providers: Provider[] = [];
  for (let i = 0; i < orders.providers; i++) {
    const member = await introduce(terms, `provider ${i}`, always);
    const edge = await openLine(terms, principal, member);
    const session = new ProviderSession({ party: member.party, draw: randomNonce });
    providers.push({ ...member, edge, session });
  }
  const members: Member[] = [];
  for (const slot of orders.byAgent.keys()) {
    const short = { ...always, expiresAt: (window.start + window.end) / 2 };
    const validity = slot === orders.expiring ? short : always;
    members.push(await introduce(terms, `agent ${slot}`, validity));
  }
  const subCap = subCapOf(orders);
  const bounds = { subCap, cap: amount(withTenth(subCap * BigInt(members.length))) };
  const budgets = await delegateCycle(terms, { principal, members, providers }, bounds, window);
  const agents = members.map((member, slot): Agent => {
    const budget = required(budgets.agents[slot]);
    const session = new AgentSession({
      agent: member.party,
      budget,
      origin: terms.origin,
      draw: randomNonce,
    });
    return { ...member, slot, orders: required(orders.byAgent[slot]), session };
  });
  return { principal, providers, agents, budgets };
}

/** A member with a delegated key; the identity signs the delegation and is not used again. */
async function introduce(
  terms: CastTerms,
  name: string,
  validity: { readonly notBefore: number; readonly expiresAt: number },
): Promise<Member> {
  const random = seededRandom(`${terms.seed}/${terms.origin}`, name);
  const identity = keyPairFromSeed(random.bytes(32));
  const key = keyPairFromSeed(random.bytes(32));
  const nextIdentity = keyPairFromSeed(random.bytes(32)).id;
  const party = { id: identity.id, identity, nextIdentity, key, noteSecret: random.bytes(32) };
  const delegation = delegateKey(party, ['party'], validity, randomNonce);
  await submitAll(clientOf(terms, identity), [delegation]);
  return { name, party, client: clientOf(terms, key), delegation };
}

function clientOf({ url, clock }: CastTerms, key: KeyPair): NodeClient {
  return new NodeClient({ baseUrl: url, key, now: () => clock.now() });
}

/** The same member under a new key, as its identity delegates it. */
export async function renewKey(terms: CastTerms, member: Member): Promise<Member> {
  const now = terms.clock.now();
  const label = `${member.name}, renewed`;
  const key = keyPairFromSeed(seededRandom(`${terms.seed}/${terms.origin}`, label).bytes(32));
  const party = { ...member.party, key };
  const validity = { notBefore: now - MINUTE_MS, expiresAt: now + DAY_MS };
  const delegation = delegateKey(party, ['party'], validity, randomNonce);
  await submitAll(clientOf(terms, member.party.identity), [delegation]);
  return { name: member.name, party, client: clientOf(terms, key), delegation };
}

async function openLine(terms: CastTerms, principal: Member, provider: Member): Promise<Hash> {
  const line = agreeEdge(
    provider.party,
    principal.party,
    {
      denomination: terms.denomination,
      limit: amount(10n ** 18n),
      rateBps: 0,
      expiresAt: unixMs(terms.clock.now() + 60 * DAY_MS),
      graceMs: 0,
      haircutBps: 0,
    },
    ZERO_AMOUNT,
    randomNonce,
  );
  await submitAll(provider.client, [line]);
  return line.id;
}

/**
 * Delegates the budgets of a cycle: one of `cap` that the principal keeps for itself, and a sub-budget
 * of it for each agent, with its policy stated. What all of them spend together counts in the first.
 */
export async function delegateCycle(
  terms: Pick<CastTerms, 'denomination' | 'tier'>,
  parts: {
    readonly principal: Member;
    readonly members: readonly Member[];
    readonly providers: readonly Member[];
  },
  { cap, subCap }: { readonly cap: Amount; readonly subCap: Amount },
  window: Window,
): Promise<CycleBudgets> {
  const { principal, members, providers } = parts;
  const shared = {
    denomination: terms.denomination,
    windowStart: unixMs(window.start),
    windowEnd: unixMs(window.end),
    payees: providers.map(({ party }, i) => ({ party: party.id, category: i % CATEGORIES.length })),
    defaultCategory: null,
    tier: terms.tier,
  };
  const within = (bound: Amount) => ({
    cap: bound,
    categories: CATEGORIES.map((name) => ({ name, ceiling: bound, cap: bound })),
  });
  const own = principal.party;
  const root = delegateBudget(
    own,
    own.id,
    { ...shared, ...within(cap), parent: null },
    randomNonce,
  );
  const budgets = members.map(({ party }) =>
    delegateBudget(
      own,
      party.id,
      { ...shared, ...within(subCap), parent: root.body.budget },
      randomNonce,
    ),
  );
  const statements = budgets.map(({ body }) => statePolicy(own, body, randomNonce));
  await submitAll(principal.client, [root, ...budgets, ...statements]);
  return { root: root.body, agents: budgets.map(({ body }) => body) };
}

/** A tenth more: what the principal keeps back. */
export const withTenth = (units: bigint): bigint => units + units / 10n;

export function required<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the demonstration lost somebody');
  return value;
}
