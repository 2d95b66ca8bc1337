/** Scenes 5 and 6: a hop that overcharges, and a sender's wallet that floods with probes. */
import { readFileSync, writeFileSync } from 'node:fs';
import { randomNonce, type SignedObject, signObject } from '@atomicity/client/signer';
import { isJsonObject } from '@atomicity/kernel/codec/canonical-json';
import { routingFee } from '@atomicity/kernel/routing/fee-policy';
import { type Amount, amount } from '@atomicity/kernel/units/amount';
import type { Hash } from '@atomicity/kernel/units/id';
import { unixMs } from '@atomicity/kernel/units/time';
import type { BodyOf, CapacityVoucher, RoutingOffer } from '@atomicity/kernel/wire/objects';
import { parseObject } from '@atomicity/kernel/wire/parse-object';
import { EUR, type Name, partyOf } from './cast.ts';
import {
  ask,
  hopsOf,
  type Invoice,
  orderOf,
  pay,
  positions,
  signerOf,
  submit,
  untilStreetIsKnown,
} from './market.ts';
import { withoutFinalizer } from './payments.ts';
import { until } from './poll.ts';
import { checkMoved, command, fileIn, type Stage, settled } from './stage.ts';

const NOTHING = { Alice: 0n, Bob: 0n, Carol: 0n, Dave: 0n };

export async function overcharging(stage: Stage): Promise<void> {
  const { cast, tale } = stage;
  tale.scene(5, 'Bob keeps more than he published', [
    'Bob’s book would refuse to record it, so a changed Bob alters the voucher on its way out:',
    'he takes 0.33 for the hops from him on and leaves 0.00 for Carol.',
  ]);
  await withoutFinalizer(stage);
  await cast.Bob.stop();
  await cast.Bob.start('overcharging');
  tale.say('Bob’s node runs with the change', { event: 'overcharging' });
  await untilStreetIsKnown(cast);
  const before = await positions(cast, EUR);
  const intent = await ask(cast.Dave, EUR, 10_000n, 'an honest price');
  await pay(cast.Alice, cast.Dave, intent, { maxFee: 100n });
  await until('Carol to see Bob’s voucher', async () => {
    const { receipts } = await cast.Carol.client.receipts(intent.id);
    return Array.isArray(receipts) && receipts.length > 1 ? receipts : undefined;
  });
  const refusal = await until('Carol’s refusal', async () => refusalOf(stage, intent));
  tale.check(`Carol holds nothing and signs why: ${refusal}`, refusal === 'fee_mismatch');
  tale.check('the payment never reached Dave', (await hopsOf(cast.Dave, intent.id)).length === 0);
  await prove(stage, intent);
  await cast.Bob.stop();
  await cast.Bob.start();
  tale.say('Bob’s node runs without the change again', { event: 'honest' });
  await settled(stage, intent);
  await checkMoved(stage, EUR, before, NOTHING);
}

/** The reason in Carol's signed refusal of the intent. */
async function refusalOf({ cast }: Stage, intent: Invoice): Promise<string | undefined> {
  const { receipts } = await cast.Carol.client.receipts(intent.id);
  for (const text of Array.isArray(receipts) ? receipts : []) {
    const parsed = parseObject(String(text));
    if (parsed.kind === 'refused' || parsed.object.body.type !== 'HopReceipt') continue;
    const { hop, transition, reason } = parsed.object.body;
    if (hop === partyOf(cast, 'Carol') && transition === 'lapsed') return reason ?? undefined;
  }
  return undefined;
}

/** Alice has Bob's receipt, Carol has his voucher: together they convict him before anybody. */
async function prove(stage: Stage, intent: Invoice): Promise<void> {
  const { cast, tale } = stage;
  const at = (name: Name) => ['--network', cast[name].networkFile, '--url', cast[name].url];
  const carols = fileIn(stage, 'carol');
  await command(stage, ['evidence', intent.id, '--out', carols, ...at('Carol')]);
  const withCarols = ['--with', `${carols}/gathered.json`];
  const out = fileIn(stage, 'overcharged');
  await command(stage, ['evidence', intent.id, '--out', out, ...at('Alice'), ...withCarols]);
  const file = fileIn(stage, 'overcharged', 'fee-mismatch-1.json');
  tale.say('a stranger checks the file: no node, no network, no list of keys', {
    event: 'stranger',
  });
  const { code, stdout } = await command(stage, ['verify-evidence', file]);
  const bob = partyOf(cast, 'Bob');
  tale.say(`${bob.slice(0, 14)}… is Bob`, { event: 'named', party: bob, name: 'Bob' });
  tale.check('the proof stands, and it names Bob', code === 0 && stdout.includes(bob));
  const forged = fileIn(stage, 'forged.json');
  const text = readFileSync(file, 'utf8');
  writeFileSync(forged, text.replace(/"feeFlat":"2"/, '"feeFlat":"3"'));
  const verdict = await command(stage, ['verify-evidence', forged]);
  tale.check('with one digit of the policy changed it does not stand', verdict.code === 1);
  await submit(cast.Alice, proofOf(text.trimEnd()));
  tale.say('Alice’s book has recorded the proof', { event: 'proof_recorded' });
}

function proofOf(text: string): Pick<SignedObject, 'id' | 'text'> {
  const parsed = parseObject(text);
  if (parsed.kind === 'refused') throw new Error(parsed.refusal.reason);
  return { id: parsed.object.id, text };
}

const PROBE_UNITS = amount(100n);
const FLOOD = 40;

export async function probeFlood(stage: Stage): Promise<void> {
  const { cast, tale } = stage;
  tale.scene(6, 'A flood of probes', [
    'A broken wallet of Alice’s sends 40 probes of 1.00 and their fees for one payment. Her order',
    'allows probes to hold 10.50 in all: her own book counts each before it is sent.',
  ]);
  const before = await positions(cast, EUR);
  const intent = await ask(cast.Dave, EUR, 10_000n, 'how wide is the street?');
  const order = orderOf(cast.Alice, intent, { maxFee: 100n, maxProbeSpend: 1_050n });
  await submit(cast.Alice, order);
  const probes = await probesOf(stage, intent);
  const items = probes.map(({ id, text }) => ({ commandId: id, text }));
  const outcomes = await cast.Alice.client.submit(items);
  const taken = outcomes.filter(({ kind }) => kind === 'accepted').length;
  const reasons = new Set(
    outcomes.flatMap((outcome) => (outcome.kind === 'refused' ? outcome.problem.reason : [])),
  );
  tale.check(
    `${taken} probes of 1.05 went out, ${FLOOD - taken} were stopped: ${[...reasons].join(', ')}`,
    taken === 10 && [...reasons].join() === 'probe_spend_exceeded',
    { taken, reasons: [...reasons] },
  );
  await settled(stage, intent);
  const hops = await hopsOf(cast.Alice, intent.id);
  tale.check(
    'Dave released every probe at once, and nothing stayed held',
    hops.length === taken && hops.every(({ reason }) => reason === 'probe'),
    { reasons: hops.map(({ reason }) => reason) },
  );
  const { order: used } = await cast.Alice.client.payment(intent.id);
  const spend = isJsonObject(used) ? String(used['probeSpend']) : '?';
  tale.check('the order counts 10.50 of 10.50 as used up', spend === '1050', { spend });
  await checkMoved(stage, EUR, before, NOTHING);
}

/** Vouchers of Alice's to Bob, for Carol and Dave behind him, that all say `probe`. */
async function probesOf(
  stage: Stage,
  intent: Invoice,
): Promise<readonly SignedObject<CapacityVoucher>[]> {
  const { cast } = stage;
  const bob = await offerOf(stage, 'Bob');
  const carol = await offerOf(stage, 'Carol');
  const fee = amount(feeOf(bob) + feeOf(carol));
  const edge = await edgeToBob(stage);
  const finalizeKey = intent.body.delivery?.finalizeKey;
  if (finalizeKey === undefined) throw new Error('an intent with delivery');
  const hops = [
    { party: partyOf(cast, 'Carol'), policyHash: bob.policyHash },
    { party: partyOf(cast, 'Dave'), policyHash: carol.policyHash },
  ];
  return Array.from({ length: FLOOD }, () => {
    const at = unixMs(Date.now());
    const body: BodyOf<'CapacityVoucher'> = {
      v: 1,
      type: 'CapacityVoucher',
      intent: intent.id,
      edge,
      from: partyOf(cast, 'Alice'),
      to: partyOf(cast, 'Bob'),
      denomination: EUR,
      amount: PROBE_UNITS,
      fee,
      at,
      expiresAt: unixMs(at + 12_000),
      policyHash: bob.policyHash,
      prevReceipt: null,
      grant: null,
      // One machine, one clock: Bob's reads no less.
      route: { part: randomNonce(), finalizeKey, seenAt: unixMs(at - 100), probe: true, hops },
      nonce: randomNonce(),
    };
    return signObject(body, [signerOf(cast.Alice)]);
  });
}

function feeOf({ policy }: RoutingOffer): Amount {
  const fee = routingFee(policy, PROBE_UNITS);
  if (fee === undefined) throw new Error('the policy prices the amount');
  return fee;
}

/** The newest offer of a hop in euros, as Alice has heard it. */
async function offerOf({ cast }: Stage, hop: Name): Promise<RoutingOffer> {
  return until(`Alice to hear ${hop}’s offer`, async () => {
    const { offers } = await cast.Alice.client.offers();
    for (const told of Array.isArray(offers) ? offers.filter(isJsonObject) : []) {
      const parsed = parseObject(String(told['offer']));
      if (parsed.kind === 'refused' || parsed.object.body.type !== 'RoutingOffer') continue;
      const { body } = parsed.object;
      const { policy } = body;
      if (policy.hop === partyOf(cast, hop) && policy.denomination === EUR) return body;
    }
    return undefined;
  });
}

async function edgeToBob({ cast }: Stage): Promise<Hash> {
  const { value } = await cast.Alice.client.edges(partyOf(cast, 'Alice'));
  const edges = Array.isArray(value) ? value.filter(isJsonObject) : [];
  const edge = edges.find(({ denomination }) => denomination === EUR);
  return String(edge?.['edge']) as Hash;
}
