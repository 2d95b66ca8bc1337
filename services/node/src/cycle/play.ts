import { setTimeout as pause } from 'node:timers/promises';
import { certifyNoteKey, closePair } from '@atomicity/client/note-keys';
import { closePeriod } from '@atomicity/client/principal-session';
import { randomNonce, type SignedObject } from '@atomicity/client/signer';
import { isJsonObject } from '@atomicity/kernel/codec/canonical-json';
import { amount } from '@atomicity/kernel/units/amount';
import { unixMs } from '@atomicity/kernel/units/time';
import type { CapacityVoucher, PaymentIntent } from '@atomicity/kernel/wire/objects';
import { type Agent, type Fleet, type Provider, submitAll } from './fleet.ts';
import type { Purchase } from './workload.ts';

export type CycleTotals = {
  paid: number;
  declined: number;
  lapsed: number;
  periods: number;
  /** In the smallest unit of the denomination. */
  spent: bigint;
};

const QUOTE_MS = 3_600_000;
const HOLD_MS = 60_000;
/** A provider that falls silent costs the fleet this long, and nothing else. */
const SILENT_HOLD_MS = 1_500;
const POLL_MS = 100;

/**
 * Plays one procurement cycle: every agent buys its purchases in order, a period at a time, and the
 * principal closes each period over the authorizations that it counted itself.
 * @param onProgress called with the number of purchases done.
 * @throws Error naming the object that the node refused or the objection of a payee.
 */
export async function playCycle(
  fleet: Fleet,
  purchases: readonly Purchase[],
  onProgress: (done: number) => void,
): Promise<CycleTotals> {
  const totals: CycleTotals = { paid: 0, declined: 0, lapsed: 0, periods: 0, spent: 0n };
  let done = 0;
  await Promise.all(
    fleet.agents.map(async (agent, i) => {
      const own = purchases.filter((purchase) => purchase.agent === i);
      const { tier } = agent.session.budget;
      for (let from = 0; from < own.length; from += tier) {
        const part = own.slice(from, from + tier);
        await playPeriod(fleet, agent, part, from + tier >= own.length, totals);
        done += part.length;
        onProgress(done);
      }
    }),
  );
  return totals;
}

type Deal = {
  readonly purchase: Purchase;
  readonly provider: Provider;
  readonly intent: SignedObject<PaymentIntent>;
};
type HeldDeal = Deal & { readonly voucher: SignedObject<CapacityVoucher> };

async function playPeriod(
  fleet: Fleet,
  agent: Agent,
  purchases: readonly Purchase[],
  final: boolean,
  totals: CycleTotals,
): Promise<void> {
  const { session } = agent;
  const providers = new Set(purchases.map((purchase) => providerOf(fleet, purchase)));
  await certifyPairs(agent, providers);
  const deals = purchases.map((purchase) => quote(fleet, agent, purchase));
  await eachProvider(deals, (provider, own) =>
    submitAll(
      provider.client,
      own.map(({ intent }) => intent),
    ),
  );
  const held = deals.map((deal) => ({ ...deal, voucher: hold(agent, deal) }));
  await submitAll(
    agent.client,
    held.map(({ voucher }) => voucher),
  );
  await eachProvider(held, (provider, own) => react(agent, provider, own));
  await awaitLapses(agent, held);
  for (const { purchase } of held) count(totals, purchase);
  const { budget, tier } = session.budget;
  const place = { budget, periodIndex: session.periodIndex, tier };
  const { principal } = fleet;
  const close = closePeriod(principal.party, place, session.issued, final, randomNonce);
  await submitAll(principal.client, [close]);
  totals.periods += 1;
  session.nextPeriod();
}

function quote(fleet: Fleet, agent: Agent, purchase: Purchase): Deal {
  const provider = providerOf(fleet, purchase);
  const intent = provider.session.quote({
    denomination: agent.session.budget.denomination,
    amount: amount(purchase.amount),
    expiresAt: unixMs(Date.now() + QUOTE_MS),
    description: purchase.description,
  });
  return { purchase, provider, intent };
}

function hold(agent: Agent, { purchase, provider, intent }: Deal): SignedObject<CapacityVoucher> {
  const { session, party } = agent;
  const at = Date.now();
  const lastsMs = purchase.reaction === 'silent' ? SILENT_HOLD_MS : HOLD_MS;
  return session.authorize({
    intent,
    edge: provider.edge,
    payeeNoteKey: provider.session.noteKeyFor(party.id, session.period),
    at: unixMs(at),
    expiresAt: unixMs(at + lastsMs),
    task: null,
  });
}

/** The provider checks each voucher before it signs anything, then delivers, declines or is silent. */
async function react(agent: Agent, provider: Provider, held: readonly HeldDeal[]): Promise<void> {
  const answers: SignedObject[] = [];
  for (const { purchase, voucher } of held) {
    const now = unixMs(Date.now());
    const objection = provider.session.object(voucher.body, agent.party.id, now);
    if (objection !== undefined) throw new Error(`the payee objects: ${objection}`);
    if (purchase.reaction === 'deliver') {
      answers.push(provider.session.receipt(voucher, agent.party.id, now));
    } else if (purchase.reaction === 'decline') {
      answers.push(provider.session.decline(voucher, agent.party.id));
    }
  }
  if (answers.length > 0) await submitAll(provider.client, answers);
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

/**
 * Waits until the book has recorded the lapse of each hold nobody answered, then has the pair close, so
 * that the period's proof need not count it as spent.
 */
async function awaitLapses(agent: Agent, held: readonly HeldDeal[]): Promise<void> {
  const silent = held.filter(({ purchase }) => purchase.reaction === 'silent');
  for (const { provider, voucher } of silent) {
    while ((await holdStatus(provider, voucher)) === 'held') await pause(POLL_MS);
  }
  const { period } = agent.session;
  for (const provider of new Set(silent.map((deal) => deal.provider))) {
    const end = { period, ...provider.session.pairEnd(agent.party.id, period) };
    const close = closePair(
      { party: agent.party, counterparty: provider.party.id },
      { party: provider.party, counterparty: agent.party.id },
      end,
      randomNonce,
    );
    await submitAll(agent.client, [close]);
  }
}

async function holdStatus(provider: Provider, voucher: SignedObject): Promise<string> {
  const { value } = await provider.client.hold(voucher.id);
  if (!isJsonObject(value) || typeof value['status'] !== 'string') {
    throw new Error('a hold has a status');
  }
  return value['status'];
}

/** Has each provider of some deals act on its own, all at once. */
export async function eachProvider<D extends { readonly provider: Provider }>(
  deals: readonly D[],
  act: (provider: Provider, own: readonly D[]) => Promise<void>,
): Promise<void> {
  const providers = [...new Set(deals.map(({ provider }) => provider))];
  await Promise.all(
    providers.map((provider) =>
      act(
        provider,
        deals.filter((deal) => deal.provider === provider),
      ),
    ),
  );
}

function providerOf(fleet: Fleet, purchase: Purchase): Provider {
  const provider = fleet.providers[purchase.provider];
  if (provider === undefined) throw new Error(`no provider ${purchase.provider}`);
  return provider;
}

function count(totals: CycleTotals, { reaction, amount: units }: Purchase): void {
  if (reaction === 'deliver') {
    totals.paid += 1;
    totals.spent += units;
  } else if (reaction === 'decline') totals.declined += 1;
  else totals.lapsed += 1;
}
