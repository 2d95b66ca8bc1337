/** A principal with an agent that buys from one provider, and what they sign. */
import { AgentSession } from '@atomicity/client/agent-session';
import { keyPairFromSeed } from '@atomicity/client/key-pair';
import { NodeClient } from '@atomicity/client/node-client';
import { certifyNoteKey } from '@atomicity/client/note-keys';
import { agreeEdge, delegateKey, type Party, signerOf } from '@atomicity/client/party';
import { delegateBudget, statePolicy } from '@atomicity/client/principal-session';
import { ProviderSession } from '@atomicity/client/provider-session';
import { randomNonce, type SignedObject, signObject } from '@atomicity/client/signer';
import { amount, ZERO_AMOUNT } from '@atomicity/kernel/units/amount';
import { type Denomination, parseDenomination } from '@atomicity/kernel/units/denomination';
import type { Hash } from '@atomicity/kernel/units/id';
import { unixMs } from '@atomicity/kernel/units/time';
import type {
  BudgetDelegation,
  SettlementReceipt,
  SettlementRequest,
} from '@atomicity/kernel/wire/objects';
import { submitAll } from '../cycle/fleet.ts';
import { seededRandom } from '../cycle/random.ts';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const LIMIT = amount(10n ** 12n);

/** Satoshis. */
export const SATS: Denomination = known('BTC/8');

function known(text: string): Denomination {
  const denomination = parseDenomination(text);
  if (denomination === undefined) throw new Error(text);
  return denomination;
}

/** Everybody before they are introduced to a node. */
export type Parties = {
  readonly principal: Party;
  readonly agent: Party;
  readonly provider: Party;
};

export function drawParties(seed: string): Parties {
  const draw = (name: string): Party => {
    const random = seededRandom(seed, name);
    const identity = keyPairFromSeed(random.bytes(32));
    const key = keyPairFromSeed(random.bytes(32));
    const nextIdentity = keyPairFromSeed(random.bytes(32)).id;
    return { id: identity.id, identity, nextIdentity, key, noteSecret: random.bytes(32) };
  };
  return { principal: draw('principal'), agent: draw('agent'), provider: draw('provider') };
}

export type Cast = Parties & {
  readonly edge: Hash;
  readonly budget: BudgetDelegation;
  readonly session: AgentSession;
  readonly seller: ProviderSession;
};

const clientOf = (url: string, party: Party) => new NodeClient({ baseUrl: url, key: party.key });

/** Introduces everybody to a node: keys, a credit line, a budget with its policy, note keys. */
export async function introduce(url: string, origin: string, parties: Parties): Promise<Cast> {
  const { principal, agent, provider } = parties;
  const now = Date.now();
  for (const party of [principal, agent, provider]) {
    const validity = { notBefore: now - MINUTE_MS, expiresAt: now + 30 * DAY_MS };
    const delegation = delegateKey(party, ['party'], validity, randomNonce);
    await submitAll(new NodeClient({ baseUrl: url, key: party.identity }), [delegation]);
  }
  const line = agreeEdge(
    provider,
    principal,
    {
      denomination: SATS,
      limit: LIMIT,
      rateBps: 0,
      expiresAt: unixMs(now + 60 * DAY_MS),
      graceMs: 0,
      haircutBps: 0,
    },
    ZERO_AMOUNT,
    randomNonce,
  );
  await submitAll(clientOf(url, provider), [line]);
  const budget = delegateBudget(
    principal,
    agent.id,
    {
      denomination: SATS,
      cap: LIMIT,
      windowStart: unixMs(now - MINUTE_MS),
      windowEnd: unixMs(now + DAY_MS),
      categories: [{ name: 'inference', ceiling: LIMIT, cap: LIMIT }],
      payees: [{ party: provider.id, category: 0 }],
      defaultCategory: null,
      tier: 1024,
      parent: null,
    },
    randomNonce,
  );
  const policy = statePolicy(principal, budget.body, randomNonce);
  await submitAll(clientOf(url, principal), [budget, policy]);
  const session = new AgentSession({ agent, budget: budget.body, origin, draw: randomNonce });
  const seller = new ProviderSession({ party: provider, draw: randomNonce });
  await submitAll(clientOf(url, agent), [
    certifyNoteKey(agent, provider.id, session.period, randomNonce),
    certifyNoteKey(provider, agent.id, session.period, randomNonce),
  ]);
  return { ...parties, edge: line.id, budget: budget.body, session, seller };
}

/** The agent buys and the provider delivers; each payment is recorded when it resolves. */
export async function trade(url: string, cast: Cast, spends: readonly bigint[]): Promise<void> {
  const { agent, provider, session, seller, edge } = cast;
  const [buyer, shop] = [clientOf(url, agent), clientOf(url, provider)];
  const intents = spends.map((spend, i) =>
    seller.quote({
      denomination: SATS,
      amount: amount(spend),
      expiresAt: unixMs(Date.now() + 10 * MINUTE_MS),
      description: `call ${i}`,
    }),
  );
  await submitAll(shop, intents);
  const vouchers = intents.map((intent) =>
    session.authorize({
      intent,
      edge,
      payeeNoteKey: seller.noteKeyFor(agent.id, session.period),
      at: unixMs(Date.now()),
      expiresAt: unixMs(Date.now() + MINUTE_MS),
      task: null,
    }),
  );
  await submitAll(buyer, vouchers);
  const receipts = vouchers.map((voucher) => seller.receipt(voucher, agent.id, unixMs(Date.now())));
  await submitAll(shop, receipts);
}

/** The provider asks to be paid outside, at its desk for invoices. */
export async function askForPayment(
  url: string,
  { provider, edge }: Cast,
  units: bigint,
  target: string,
): Promise<SignedObject<SettlementRequest>> {
  const request = signObject<SettlementRequest>(
    {
      v: 1,
      type: 'SettlementRequest',
      edge,
      creditor: provider.id,
      amount: amount(units),
      endpoints: [{ rail: 'lightning', target }],
      expiresAt: unixMs(Date.now() + DAY_MS),
      nonce: randomNonce(),
    },
    [signerOf(provider)],
  );
  await submitAll(clientOf(url, provider), [request]);
  return request;
}

/** The provider states what it has got: the debt shrinks by it. */
export async function acknowledge(
  url: string,
  { provider, edge }: Cast,
  paid: { readonly request: Hash | null; readonly units: bigint; readonly evidence: Hash },
): Promise<void> {
  const receipt = signObject<SettlementReceipt>(
    {
      v: 1,
      type: 'SettlementReceipt',
      edge,
      creditor: provider.id,
      request: paid.request,
      amount: amount(paid.units),
      rail: 'lightning',
      evidence: paid.evidence,
      at: unixMs(Date.now()),
      nonce: randomNonce(),
    },
    [signerOf(provider)],
  );
  await submitAll(clientOf(url, provider), [receipt]);
}
