/** A load of payments on a node that may die: plain ones without end, granted ones in portions. */

import { certifyNoteKey } from '@atomicity/client/note-keys';
import type { Party } from '@atomicity/client/party';
import { signerOf } from '@atomicity/client/party';
import { closePeriod } from '@atomicity/client/principal-session';
import { randomNonce, type SignedObject, signObject } from '@atomicity/client/signer';
import { amount, ZERO_AMOUNT } from '@atomicity/kernel/units/amount';
import { parseDenomination } from '@atomicity/kernel/units/denomination';
import { unixMs } from '@atomicity/kernel/units/time';
import type {
  CapacityVoucher,
  FinalizeReceipt,
  PaymentIntent,
} from '@atomicity/kernel/wire/objects';
import { type Agent, assembleFleet, type Fleet, type Provider } from '@atomicity/node/cycle/fleet';
import type { EnduringClient } from './enduring-client.ts';

/** How many agents and providers there are. */
export const FLEET = { agents: 2, providers: 2 } as const;

const BATCH = 6;
const MINUTE_MS = 60_000;
const STEP_UNITS = 1_234_577n;
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

/** One payment, by its three objects. */
export type PaymentMade = {
  readonly intent: SignedObject<PaymentIntent>;
  readonly voucher: SignedObject<CapacityVoucher>;
  readonly receipt: SignedObject<FinalizeReceipt>;
};

export type Hold = Pick<PaymentMade, 'intent' | 'voucher'>;

export type LoadOptions = {
  /** ms since the epoch; the system's clock unless given. */
  readonly now?: () => number;
  /** Amounts go up from here, by ever larger steps: none is the mean or the sum of others. */
  readonly firstUnits?: bigint;
};

/** One party of the fleet after another pays and is paid; every total is what the books must show. */
export class FleetLoad {
  readonly fleet: Fleet;
  readonly client: EnduringClient;
  /** What each provider was paid, with receipts that were acknowledged, in the order of providers. */
  readonly paid: bigint[];
  readonly #now: () => number;
  #units: bigint;
  #step = 0n;
  #isOver = false;

  constructor(fleet: Fleet, client: EnduringClient, options: LoadOptions = {}) {
    this.fleet = fleet;
    this.client = client;
    this.#now = options.now ?? Date.now;
    this.#units = options.firstUnits ?? 1_000n;
    this.paid = fleet.providers.map(() => 0n);
  }

  /** Lets every lane end with the batch it is at. */
  finish(): void {
    this.#isOver = true;
  }

  /** Payments without a budget, in batches, until `finish`. */
  async payPlainly(provider: Provider): Promise<void> {
    while (!this.#isOver) await this.payPlainBatch(provider);
  }

  /** One batch of payments without a budget. */
  async payPlainBatch(provider: Provider, count = BATCH): Promise<readonly PaymentMade[]> {
    const { party } = this.fleet.principal;
    const intents = Array.from({ length: count }, () => this.quote(provider));
    await this.client.submit(provider.party.key, intents);
    const holds = intents.map((intent) => ({
      intent,
      voucher: this.plainVoucher(intent, provider),
    }));
    await this.client.submit(
      party.key,
      holds.map(({ voucher }) => voucher),
    );
    return await this.#receive(provider, party, holds);
  }

  /** Payments out of an agent's budget, one at a time. */
  async payGranted(
    agent: Agent,
    provider: Provider,
    count: number,
  ): Promise<readonly PaymentMade[]> {
    const made: PaymentMade[] = [];
    for (let i = 0; i < count; i += 1) {
      const hold = await this.hold(agent, provider);
      made.push(...(await this.#receive(provider, agent.party, [hold])));
    }
    return made;
  }

  /** A hold out of an agent's budget, for a minute; the provider says nothing to it. */
  async hold({ session, party }: Agent, provider: Provider): Promise<Hold> {
    const intent = this.quote(provider);
    await this.client.submit(provider.party.key, [intent]);
    const voucher = session.authorize({
      intent,
      edge: provider.edge,
      payeeNoteKey: provider.session.noteKeyFor(party.id, session.period),
      at: unixMs(this.#now()),
      expiresAt: unixMs(this.#now() + MINUTE_MS),
      task: null,
    });
    await this.client.submit(party.key, [voucher]);
    return { intent, voucher };
  }

  /** A provider's offer, not submitted yet. */
  quote(provider: Provider): SignedObject<PaymentIntent> {
    this.#step += STEP_UNITS;
    this.#units += this.#step;
    return provider.session.quote({
      denomination: this.#denomination,
      amount: amount(this.#units),
      expiresAt: unixMs(this.#now() + 2 * MINUTE_MS),
      description: `delivery number ${this.#units}`,
    });
  }

  /** The principal's own voucher for a quote, outside any budget and not submitted yet. */
  plainVoucher(
    { id, body: intent }: SignedObject<PaymentIntent>,
    provider: Provider,
  ): SignedObject<CapacityVoucher> {
    const { party } = this.fleet.principal;
    const body: CapacityVoucher = {
      v: 1,
      type: 'CapacityVoucher',
      intent: id,
      edge: provider.edge,
      from: party.id,
      to: intent.receiver,
      denomination: intent.denomination,
      amount: intent.amount,
      fee: ZERO_AMOUNT,
      at: unixMs(this.#now()),
      expiresAt: unixMs(this.#now() + MINUTE_MS),
      policyHash: null,
      prevReceipt: null,
      grant: null,
      route: null,
      nonce: randomNonce(),
    };
    return signObject(body, [signerOf(party)]);
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

  get #denomination() {
    const [agent] = this.fleet.agents;
    if (agent === undefined) throw new Error('an agent');
    return agent.session.budget.denomination;
  }

  async #receive(
    provider: Provider,
    payer: Party,
    holds: readonly Hold[],
  ): Promise<readonly PaymentMade[]> {
    const made = holds.map((hold) => ({
      ...hold,
      receipt: provider.session.receipt(hold.voucher, payer.id, unixMs(this.#now())),
    }));
    await this.client.submit(
      provider.party.key,
      made.map(({ receipt }) => receipt),
    );
    const at = this.fleet.providers.indexOf(provider);
    for (const { voucher } of made) this.paid[at] = (this.paid[at] ?? 0n) + voucher.body.amount;
    return made;
  }
}
