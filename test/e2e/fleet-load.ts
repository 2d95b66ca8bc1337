/** A load of payments on a node that may die: plain ones without end, granted ones in portions. */

import { certifyNoteKey } from '@atomicity/client/note-keys';
import type { Party } from '@atomicity/client/party';
import { signerOf } from '@atomicity/client/party';
import { closePeriod } from '@atomicity/client/principal-session';
import { randomNonce, type SignedObject, signObject } from '@atomicity/client/signer';
import { amount, ZERO_AMOUNT } from '@atomicity/kernel/units/amount';
import { parseDenomination } from '@atomicity/kernel/units/denomination';
import type { Hash } from '@atomicity/kernel/units/id';
import { unixMs } from '@atomicity/kernel/units/time';
import type { CapacityVoucher, PaymentIntent } from '@atomicity/kernel/wire/objects';
import { type Agent, assembleFleet, type Fleet, type Provider } from '@atomicity/node/cycle/fleet';
import type { EnduringClient } from './enduring-client.ts';

/** How many agents and providers there are. */
export const FLEET = { agents: 2, providers: 2 } as const;

const BATCH = 6;
const MINUTE_MS = 60_000;
/** What one agent may buy at most, from one provider. */
const ROOM = 10n ** 15n;

/** Introduces principal, agents and providers to a node that holds nothing of them yet. */
export async function assembleLoadFleet(url: string, origin: string): Promise<Fleet> {
  const denomination = parseDenomination('USD/6');
  if (denomination === undefined) throw new Error('a denomination');
  const purchases = Array.from({ length: FLEET.agents * FLEET.providers }, (_, i) => ({
    agent: i % FLEET.agents,
    provider: Math.floor(i / FLEET.agents),
    amount: ROOM,
    reaction: 'deliver' as const,
    description: 'room',
  }));
  return await assembleFleet({
    url,
    origin,
    seed: origin,
    denomination,
    tier: 16,
    purchases,
    ...FLEET,
  });
}

/** One party of the fleet after another pays and is paid; every total is what the books must show. */
export class FleetLoad {
  readonly fleet: Fleet;
  readonly client: EnduringClient;
  /** What each provider was paid, with receipts that were acknowledged, in the order of providers. */
  readonly paid: bigint[];
  #units = 1_000n;
  #isOver = false;

  constructor(fleet: Fleet, client: EnduringClient) {
    this.fleet = fleet;
    this.client = client;
    this.paid = fleet.providers.map(() => 0n);
  }

  /** Lets every lane end with the batch it is at. */
  finish(): void {
    this.#isOver = true;
  }

  /** Payments without a budget, in batches, until `finish`. */
  async payPlainly(provider: Provider): Promise<void> {
    while (!this.#isOver) {
      const intents = Array.from({ length: BATCH }, () => this.#quote(provider));
      await this.client.submit(provider.party.key, intents);
      const vouchers = intents.map((intent) =>
        plainVoucher(this.fleet.principal.party, intent, provider.edge),
      );
      await this.client.submit(this.fleet.principal.party.key, vouchers);
      await this.#receive(provider, this.fleet.principal.party, vouchers);
    }
  }

  /** Payments out of an agent's budget, one at a time. */
  async payGranted(agent: Agent, provider: Provider, count: number): Promise<void> {
    for (let i = 0; i < count; i += 1) {
      const intent = this.#quote(provider);
      await this.client.submit(provider.party.key, [intent]);
      const { session, party } = agent;
      const voucher = session.authorize({
        intent,
        edge: provider.edge,
        payeeNoteKey: provider.session.noteKeyFor(party.id, session.period),
        at: unixMs(Date.now()),
        expiresAt: unixMs(Date.now() + MINUTE_MS),
        task: null,
      });
      await this.client.submit(party.key, [voucher]);
      await this.#receive(provider, party, [voucher]);
    }
  }

  /** Both sides certify the note keys of a pair for the agent's period. */
  async certifyPair({ session, party }: Agent, provider: Provider): Promise<void> {
    await this.client.submit(party.key, [
      certifyNoteKey(party, provider.party.id, session.period, randomNonce),
      certifyNoteKey(provider.party, party.id, session.period, randomNonce),
    ]);
  }

  /** The principal closes an agent's period, and with it the budget. */
  async closeBudget({ session }: Agent): Promise<void> {
    const { budget, tier } = session.budget;
    const { party } = this.fleet.principal;
    const place = { budget, periodIndex: session.periodIndex, tier };
    const close = closePeriod(party, place, session.issued, true, randomNonce);
    await this.client.submit(party.key, [close]);
  }

  #quote(provider: Provider): SignedObject<PaymentIntent> {
    this.#units += 1n;
    return provider.session.quote({
      denomination: this.#denomination,
      amount: amount(this.#units),
      expiresAt: unixMs(Date.now() + 2 * MINUTE_MS),
      description: 'load',
    });
  }

  get #denomination() {
    const [agent] = this.fleet.agents;
    if (agent === undefined) throw new Error('an agent');
    return agent.session.budget.denomination;
  }

  async #receive(
    provider: Provider,
    payer: Party,
    vouchers: readonly SignedObject<CapacityVoucher>[],
  ): Promise<void> {
    const receipts = vouchers.map((voucher) =>
      provider.session.receipt(voucher, payer.id, unixMs(Date.now())),
    );
    await this.client.submit(provider.party.key, receipts);
    const at = this.fleet.providers.indexOf(provider);
    for (const { body } of vouchers) this.paid[at] = (this.paid[at] ?? 0n) + body.amount;
  }
}

function plainVoucher(
  payer: Party,
  { id, body: intent }: SignedObject<PaymentIntent>,
  edge: Hash,
): SignedObject<CapacityVoucher> {
  const body: CapacityVoucher = {
    v: 1,
    type: 'CapacityVoucher',
    intent: id,
    edge,
    from: payer.id,
    to: intent.receiver,
    denomination: intent.denomination,
    amount: intent.amount,
    fee: ZERO_AMOUNT,
    at: unixMs(Date.now()),
    expiresAt: unixMs(Date.now() + MINUTE_MS),
    policyHash: null,
    prevReceipt: null,
    grant: null,
    nonce: randomNonce(),
  };
  return signObject(body, [signerOf(payer)]);
}
