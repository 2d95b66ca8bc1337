/** What the players do, each with its own key and through its own node. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { invoice, orderPayment, walletFinalizer } from '@atomicity/client/delivery';
import { coSign, proposeEdge } from '@atomicity/client/proposal';
import { randomNonce, type SignedObject, type Signer } from '@atomicity/client/signer';
import { isJsonObject, type JsonObject } from '@atomicity/kernel/codec/canonical-json';
import { amount } from '@atomicity/kernel/units/amount';
import type { Denomination } from '@atomicity/kernel/units/denomination';
import type { Hash } from '@atomicity/kernel/units/id';
import { unixMs } from '@atomicity/kernel/units/time';
import type { DeliveredPart, PaymentIntent, PaymentOrder } from '@atomicity/kernel/wire/objects';
import { type Cast, EUR, NAMES, type Name, nameOf, partyOf } from './cast.ts';
import type { Player } from './player.ts';
import { until } from './poll.ts';

const HOUR_MS = 3_600_000;
/** Orders outlive every hold of the story. */
const ORDER_MS = 300_000;

export type Invoice = SignedObject<PaymentIntent>;

export function signerOf({ role }: Player): Signer {
  return { by: role.party, key: role.key };
}

/** Hands a signed object to a player's node. @throws RefusedByNode. */
export async function submit(player: Player, object: Pick<SignedObject, 'id' | 'text'>) {
  return player.client.submitOne({ commandId: object.id, text: object.text });
}

/** One proposes a line on which both may owe, the other signs, both record it. */
export async function openEdge(
  one: Player,
  other: Player,
  denomination: Denomination,
  limit: bigint,
): Promise<Hash> {
  const proposal = proposeEdge(
    signerOf(one),
    {
      counterparty: other.role.party,
      denomination,
      theyMayOwe: amount(limit),
      weMayOwe: amount(limit),
      expiresAt: unixMs(Date.now() + 24 * HOUR_MS),
      rateBps: 0,
      graceMs: HOUR_MS,
      haircutBps: 0,
    },
    randomNonce,
  );
  const text = coSign(proposal.text, signerOf(other));
  for (const player of [one, other]) await submit(player, { id: proposal.id, text });
  return proposal.id;
}

function walletOf(player: Player): Uint8Array {
  const text = readFileSync(join(player.role.folder, 'wallet'), 'utf8').trim();
  return new Uint8Array(Buffer.from(text, 'hex'));
}

/** A player asks for an amount, all or nothing. */
export async function ask(
  player: Player,
  denomination: Denomination,
  units: bigint,
  description: string,
  partsMax = 4,
): Promise<Invoice> {
  const asked = invoice(
    signerOf(player),
    walletOf(player),
    {
      denomination,
      amount: amount(units),
      minDeliverable: amount(units),
      partsMax,
      expiresAt: unixMs(Date.now() + HOUR_MS),
      description,
      constraints: { maxFeeBps: 1_000, latencyMs: 60_000 },
    },
    randomNonce,
  );
  await submit(player, asked);
  return asked;
}

export type Limits = { readonly maxFee: bigint; readonly maxProbeSpend?: bigint };

/** A player's order to pay an intent. */
export function orderOf(
  player: Player,
  intent: Invoice,
  { maxFee, maxProbeSpend = 0n }: Limits,
): SignedObject<PaymentOrder> {
  const limits = { maxFee: amount(maxFee), maxProbeSpend: amount(maxProbeSpend) };
  const expiresAt = unixMs(Date.now() + ORDER_MS);
  return orderPayment(signerOf(player), intent, { ...limits, expiresAt }, randomNonce);
}

/** A player lets its node pay an intent of another. */
export async function pay(
  payer: Player,
  receiver: Player,
  intent: Invoice,
  limits: Limits,
): Promise<void> {
  const file = join(receiver.role.folder, 'delegation.json');
  const delegation = readFileSync(file, 'utf8').trimEnd();
  const order = orderOf(payer, intent, limits);
  await payer.client.pay({ delegation, intent: intent.text, order: order.text });
}

export type Progress = { readonly status: string; readonly reason: string; readonly hop: string };

/** How a payment ended, as the payer's node tells it. */
export async function ended(payer: Player, intent: Invoice): Promise<Progress> {
  return until(`${payer.name}’s payment to end`, async () => {
    const { progress } = await payer.client.payment(intent.id);
    if (!isJsonObject(progress)) return undefined;
    const { status, reason, hop } = progress;
    const isEnd = ['finalized', 'lapsed', 'failed'].includes(String(status));
    return isEnd ? { status: `${status}`, reason: `${reason}`, hop: `${hop}` } : undefined;
  });
}

/** Hops of an intent in a player's book. */
export async function hopsOf(player: Player, intent: Hash): Promise<readonly JsonObject[]> {
  const { hops } = await player.client.hops(intent);
  return Array.isArray(hops) ? hops.filter(isJsonObject) : [];
}

/** Waits until a player's book has a hop of an intent in a state, seen from one side. */
export async function untilHop(
  player: Player,
  intent: Hash,
  side: 'payer' | 'payee',
  status: string,
): Promise<void> {
  await until(`${player.name}’s ${side} hop to be ${status}`, async () => {
    const hops = await hopsOf(player, intent);
    return hops.find((hop) => hop['side'] === side && hop['status'] === status);
  });
}

/** Waits until a player has heard offers of all of these hops with their edges. */
export async function untilOffered(
  cast: Cast,
  listener: Name,
  denomination: Denomination,
  edges: readonly (readonly [hop: Name, to: Name])[],
): Promise<void> {
  await until(`${listener} to hear of ${denomination}`, async () => {
    const { offers } = await cast[listener].client.offers();
    const texts = Array.isArray(offers) ? offers.filter(isJsonObject) : [];
    const known = edges.every(([hop, to]) =>
      texts.some(({ offer }) => offers && names(cast, String(offer), hop, to, denomination)),
    );
    return known || undefined;
  });
}

/** The street of euros, as far as offers name it. */
export function untilStreetIsKnown(cast: Cast): Promise<void> {
  return untilOffered(cast, 'Alice', EUR, [
    ['Bob', 'Carol'],
    ['Carol', 'Dave'],
  ]);
}

function names(
  cast: Cast,
  offer: string,
  hop: Name,
  to: Name,
  denomination: Denomination,
): boolean {
  const { body } = JSON.parse(offer);
  const { policy, edges } = body;
  return (
    policy.hop === partyOf(cast, hop) &&
    policy.denomination === denomination &&
    edges.some((edge: { to: string }) => edge.to === partyOf(cast, to))
  );
}

/** The receiver's own wallet signs for the parts that its node holds: a receipt, or a signal before. */
export async function signForParts(
  receiver: Player,
  intent: Invoice,
  what: 'commit' | 'finalize',
): Promise<void> {
  const held = (await hopsOf(receiver, intent.id)).filter(
    ({ side, status }) => side === 'payee' && (status === 'held' || status === 'active*'),
  );
  const parts = held
    .map(({ part, amount: units }) => ({ part, amount: amount(BigInt(String(units))) }))
    .sort((one, other) => (String(one.part) < String(other.part) ? -1 : 1)) as DeliveredPart[];
  const finalizeKey = intent.body.delivery?.finalizeKey;
  if (finalizeKey === undefined) throw new Error('an intent with delivery');
  const wallet = walletFinalizer(walletOf(receiver), async () => intent.body.nonce, randomNonce);
  const ask = { intent: intent.id, finalizeKey, parts, at: unixMs(Date.now()) };
  const text = await (what === 'commit' ? wallet.commit(ask, 5_000) : wallet.finalize(ask));
  if (text === undefined) throw new Error('the wallet has the key');
  await receiver.client.submitOne({ commandId: `${what}-${intent.id.slice(0, 40)}`, text });
}

/** What every player is owed less what it owes, in units, by its own node. */
export async function positions(
  cast: Cast,
  denomination: Denomination,
): Promise<Readonly<Record<Name, bigint>>> {
  const all = await Promise.all(
    NAMES.map(async (name) => {
      const { value } = await cast[name].client.balances(partyOf(cast, name));
      const rows = Array.isArray(value) ? value.filter(isJsonObject) : [];
      const row = rows.find((each) => each['denomination'] === denomination);
      return [name, BigInt(String(row?.['net'] ?? '0'))] as const;
    }),
  );
  return Object.fromEntries(all) as Record<Name, bigint>;
}

export type EdgeEnds = {
  readonly edge: string;
  readonly denomination: string;
  /** Two names, and what the second owes the first as each book has it. */
  readonly a: string;
  readonly b: string;
  readonly seen: Readonly<Record<string, string>>;
  readonly held: bigint;
};

/** Every edge as both of its ends see it. */
export async function edgesOfAll(cast: Cast): Promise<readonly EdgeEnds[]> {
  const edges = new Map<string, EdgeEnds>();
  for (const name of NAMES) {
    const { value } = await cast[name].client.edges(partyOf(cast, name));
    for (const row of Array.isArray(value) ? value.filter(isJsonObject) : []) {
      const edge = String(row['edge']);
      const known = edges.get(edge);
      const held = BigInt(String(row['heldByA'])) + BigInt(String(row['heldByB']));
      edges.set(edge, {
        edge,
        denomination: String(row['denomination']),
        a: nameOf(cast, String(row['a'])),
        b: nameOf(cast, String(row['b'])),
        seen: { ...known?.seen, [name]: String(row['balanceA']) },
        held: held + (known?.held ?? 0n),
      });
    }
  }
  return [...edges.values()].sort((one, other) =>
    `${one.denomination} ${one.a}${one.b}` < `${other.denomination} ${other.a}${other.b}` ? -1 : 1,
  );
}
