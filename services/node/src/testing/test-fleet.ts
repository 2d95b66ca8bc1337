/** A payer and a payee on one edge of a running node, who pay each other through its HTTP API. */
import { createHash } from 'node:crypto';
import { keyPairFromSeed } from '@atomicity/client/key-pair';
import { NodeClient } from '@atomicity/client/node-client';
import { agreeEdge, delegateKey, signerOf } from '@atomicity/client/party';
import { randomNonce, type SignedObject, signObject } from '@atomicity/client/signer';
import { amount, ZERO_AMOUNT } from '@atomicity/kernel/units/amount';
import { parseDenomination } from '@atomicity/kernel/units/denomination';
import type { Hash } from '@atomicity/kernel/units/id';
import { unixMs } from '@atomicity/kernel/units/time';
import type { BodyOf } from '@atomicity/kernel/wire/objects';
import type { RunningNode } from '../compose/node.ts';
import { type Member, submitAll } from '../cycle/fleet.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const LIMIT = 1_000_000_000n;

export type TestFleet = {
  readonly principal: Member;
  readonly provider: Member;
  /** Pays the provider so many ledger units of USD/6; gives the id of the receipt. */
  pay(units: bigint): Promise<Hash>;
  /** Makes a number of payments, of 1,000,001 units, 1,000,002 and so on. */
  play(payments: number): Promise<void>;
};

/** Introduces two parties and their edge to the node. Their keys are a function of the seed. */
export async function assembleTestFleet(
  node: Pick<RunningNode, 'url'>,
  seed: string,
): Promise<TestFleet> {
  const denomination = parseDenomination('USD/6');
  if (denomination === undefined) throw new Error('a denomination');
  const principal = memberOf(node.url, `${seed} principal`);
  const provider = memberOf(node.url, `${seed} provider`);
  const now = Date.now();
  const window = { notBefore: now - MINUTE_MS, expiresAt: now + DAY_MS };
  for (const { party } of [principal, provider]) {
    const identity = new NodeClient({ baseUrl: node.url, key: party.identity });
    await submitAll(identity, [delegateKey(party, ['party'], window, randomNonce)]);
  }
  const line = { rateBps: 0, graceMs: 0, haircutBps: 0, expiresAt: unixMs(now + 2 * DAY_MS) };
  const edge = agreeEdge(
    provider.party,
    principal.party,
    { ...line, denomination, limit: amount(LIMIT) },
    ZERO_AMOUNT,
    randomNonce,
  );
  await submitAll(principal.client, [edge]);
  const pay = async (units: bigint) => {
    const intent = intentOf(provider, denomination, units);
    await submitAll(provider.client, [intent]);
    const voucher = voucherOf(principal, intent, edge.id);
    await submitAll(principal.client, [voucher]);
    const receipt = receiptOf(provider, voucher);
    await submitAll(provider.client, [receipt]);
    return receipt.id;
  };
  const play = async (payments: number) => {
    for (let i = 1; i <= payments; i += 1) await pay(1_000_000n + BigInt(i));
  };
  return { principal, provider, pay, play };
}

function memberOf(baseUrl: string, name: string): Member {
  const bytes = (what: string) =>
    new Uint8Array(createHash('sha256').update(`${name} ${what}`).digest());
  const identity = keyPairFromSeed(bytes('identity'));
  const key = keyPairFromSeed(bytes('key'));
  const nextIdentity = keyPairFromSeed(bytes('next identity')).id;
  const party = { id: identity.id, identity, nextIdentity, key, noteSecret: bytes('notes') };
  return { party, client: new NodeClient({ baseUrl, key }) };
}

function intentOf(
  provider: Member,
  denomination: BodyOf<'PaymentIntent'>['denomination'],
  units: bigint,
): SignedObject<BodyOf<'PaymentIntent'>> {
  const body: BodyOf<'PaymentIntent'> = {
    v: 1,
    type: 'PaymentIntent',
    receiver: provider.party.id,
    denomination,
    amount: amount(units),
    expiresAt: unixMs(Date.now() + MINUTE_MS),
    description: 'a test payment',
    policyHash: null,
    constraints: { maxFeeBps: 0, latencyMs: MINUTE_MS },
    delivery: null,
    nonce: randomNonce(),
  };
  return signObject(body, [signerOf(provider.party)]);
}

function voucherOf(
  principal: Member,
  { id, body: intent }: SignedObject<BodyOf<'PaymentIntent'>>,
  edge: Hash,
): SignedObject<BodyOf<'CapacityVoucher'>> {
  const body: BodyOf<'CapacityVoucher'> = {
    v: 1,
    type: 'CapacityVoucher',
    intent: id,
    edge,
    from: principal.party.id,
    to: intent.receiver,
    denomination: intent.denomination,
    amount: intent.amount,
    fee: ZERO_AMOUNT,
    at: unixMs(Date.now()),
    expiresAt: intent.expiresAt,
    policyHash: null,
    prevReceipt: null,
    grant: null,
    route: null,
    nonce: randomNonce(),
  };
  return signObject(body, [signerOf(principal.party)]);
}

function receiptOf(
  provider: Member,
  { id, body: voucher }: SignedObject<BodyOf<'CapacityVoucher'>>,
): SignedObject<BodyOf<'FinalizeReceipt'>> {
  const body: BodyOf<'FinalizeReceipt'> = {
    v: 1,
    type: 'FinalizeReceipt',
    intent: voucher.intent,
    voucher: id,
    amount: voucher.amount,
    fee: voucher.fee,
    at: unixMs(Date.now()),
    notes: [],
    delivery: null,
    nonce: randomNonce(),
  };
  return signObject(body, [signerOf(provider.party)]);
}
