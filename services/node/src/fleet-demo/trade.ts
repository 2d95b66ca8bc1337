import { certifyNoteKey } from '@atomicity/client/note-keys';
import { closePeriod } from '@atomicity/client/principal-session';
import { randomNonce, type SignedObject } from '@atomicity/client/signer';
import { unixMs } from '@atomicity/kernel/units/time';
import type { CapacityVoucher, PaymentIntent } from '@atomicity/kernel/wire/objects';
import { submitAll } from '../cycle/fleet.ts';
import { eachProvider } from '../cycle/play.ts';
import { type Agent, type Cast, type Provider, required } from './cast.ts';
import type { DemoClock } from './demo-clock.ts';
import type { Order, Orders } from './orders.ts';

/** At most so many agents trade at a time. */
const AGENTS_AT_A_TIME = 6;
const HOLD_MS = 60_000;
const QUOTE_MS = 3_600_000;

/** An order with the provider's quote. */
export type Asked = {
  readonly order: Order;
  readonly provider: Provider;
  readonly intent: SignedObject<PaymentIntent>;
};

export type Held = Asked & { readonly voucher: SignedObject<CapacityVoucher> };

/** What an agent has bought, and what it holds without an answer. */
export type AgentTrade = {
  readonly agent: Agent;
  readonly paid: readonly Held[];
  readonly unanswered: readonly Held[];
};

/**
 * Every agent buys what it was told to. The provider of the stale agent's last payment falls silent;
 * the expiring agent's last payment is left for later. The expiring agent goes first, while its
 * credential counts; the stale one last, so that its hold stands when all have traded.
 * @throws Error naming the object that the node refused or the objection of a payee.
 */
export async function tradeAll(
  cast: Cast,
  orders: Orders,
  clock: DemoClock,
  onProgress: (done: number) => void,
): Promise<readonly AgentTrade[]> {
  const { expiring, stale } = orders;
  const turnOf = ({ slot }: Agent) => (slot === expiring ? 0 : slot === stale ? 2 : 1);
  const queue = [...cast.agents].sort((one, other) => turnOf(one) - turnOf(other));
  const trades: AgentTrade[] = [];
  const workers = Array.from({ length: AGENTS_AT_A_TIME }, async () => {
    for (let agent = queue.shift(); agent !== undefined; agent = queue.shift()) {
      const own = agent.slot === expiring ? agent.orders.slice(0, -1) : agent.orders;
      const held = await hold(cast, agent, own, clock);
      const isSilent = (i: number) => agent?.slot === stale && i === own.length - 1;
      const paid = held.filter((_, i) => !isSilent(i));
      await deliver(agent, paid, clock);
      trades.push({ agent, paid, unanswered: held.filter((_, i) => isSilent(i)) });
      onProgress(trades.length);
    }
  });
  await Promise.all(workers);
  return trades.sort((one, other) => one.agent.slot - other.agent.slot);
}

/** Quotes, then vouchers for them, in the order of the orders. */
async function hold(
  cast: Cast,
  agent: Agent,
  orders: readonly Order[],
  clock: DemoClock,
): Promise<readonly Held[]> {
  const asked = await quote(cast, agent, orders, clock);
  await certifyPairs(agent, new Set(asked.map(({ provider }) => provider)));
  const held = asked.map((deal) => ({ ...deal, voucher: voucherFor(agent, deal, clock) }));
  await submitAll(
    agent.client,
    held.map(({ voucher }) => voucher),
  );
  return held;
}

/** What the providers ask for the orders; known to the node when it resolves. */
export async function quote(
  cast: Cast,
  agent: Agent,
  orders: readonly Order[],
  clock: DemoClock,
): Promise<readonly Asked[]> {
  const asked = orders.map((order) => {
    const provider = required(cast.providers[order.provider]);
    const intent = provider.session.quote({
      denomination: agent.session.budget.denomination,
      amount: order.amount,
      expiresAt: unixMs(clock.now() + QUOTE_MS),
      description: order.task,
    });
    return { order, provider, intent };
  });
  await eachProvider(asked, (provider, own) =>
    submitAll(
      provider.client,
      own.map(({ intent }) => intent),
    ),
  );
  return asked;
}

/** The agent's voucher for a quote: it counts one index of the period. */
export function voucherFor(
  { session, party }: Agent,
  { intent, provider }: Asked,
  clock: DemoClock,
): SignedObject<CapacityVoucher> {
  const at = clock.now();
  return session.authorize({
    intent,
    edge: provider.edge,
    payeeNoteKey: provider.session.noteKeyFor(party.id, session.period),
    at: unixMs(at),
    expiresAt: unixMs(Math.min(at + HOLD_MS, session.budget.windowEnd)),
    task: null,
  });
}

/** The provider checks each voucher before it signs the receipt. */
async function deliver(agent: Agent, held: readonly Held[], clock: DemoClock): Promise<void> {
  await eachProvider(held, async (provider, own) => {
    const receipts = own.map(({ voucher }) => {
      const now = unixMs(clock.now());
      const objection = provider.session.object(voucher.body, agent.party.id, now);
      if (objection !== undefined) throw new Error(`the payee objects: ${objection}`);
      return provider.session.receipt(voucher, agent.party.id, now);
    });
    await submitAll(provider.client, receipts);
  });
}

/** Both sides certify the note keys of each pair for this period. */
async function certifyPairs(agent: Agent, providers: ReadonlySet<Provider>): Promise<void> {
  const { period } = agent.session;
  const certificates = [...providers].flatMap((provider) => [
    certifyNoteKey(agent.party, provider.party.id, period, randomNonce),
    certifyNoteKey(provider.party, agent.party.id, period, randomNonce),
  ]);
  await submitAll(agent.client, certificates);
}

/** The principal closes the agents' budgets over the authorizations that it was told of. */
export async function closeBudgets(cast: Cast, agents: readonly Agent[]): Promise<void> {
  const closes = agents.map(({ session }) => {
    const { budget, tier } = session.budget;
    const place = { budget, periodIndex: session.periodIndex, tier };
    return closePeriod(cast.principal.party, place, session.issued, true, randomNonce);
  });
  await submitAll(cast.principal.client, closes);
}
