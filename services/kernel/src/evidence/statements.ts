import type { Hash, Nonce } from '../units/id.ts';
import { objectId } from '../wire/object-id.ts';
import type {
  CapacityVoucher,
  CommitSignal,
  FinalizeReceipt,
  HopReceipt,
  HopTransition,
  ParsedObject,
  PaymentIntent,
  Route,
} from '../wire/objects.ts';
import type { VerifiedObject } from '../wire/verified.ts';

/**
 * Everything that somebody has seen of one part of one payment. Whoever builds it has checked every
 * signature and that every key spoke for its party; `checkCertificate` does both. Objects of other
 * intents, parts and types, and repeats, count for nothing.
 */
export type Evidence = {
  readonly intent: Hash;
  readonly part: Nonce;
  readonly objects: readonly VerifiedObject[];
};

export type Said<Body> = { readonly id: Hash; readonly body: Body };
export type RoutedVoucher = CapacityVoucher & { readonly route: Route };

/** What the two ends of one voucher's edge signed about it. */
export type EdgeCase = {
  readonly voucher: Said<RoutedVoucher>;
  readonly payer: readonly Said<HopReceipt>[];
  readonly payee: readonly Said<HopReceipt>[];
};

/** A receiver's receipt, and the object that it was found in. */
export type FoundReceipt = {
  readonly id: Hash;
  readonly body: FinalizeReceipt;
  readonly within: Hash;
};

/** Evidence by what it says; every list ascends by id, so that the order of arrival is lost. */
export type Statements = {
  /** From the receiver's edge to the sender's. */
  readonly edges: readonly EdgeCase[];
  readonly receipts: readonly Said<HopReceipt>[];
  readonly finalizeReceipts: readonly FoundReceipt[];
  readonly commitSignals: readonly Said<CommitSignal>[];
  readonly paymentIntent: Said<PaymentIntent> | undefined;
};

const ascending = (one: { readonly id: Hash }, other: { readonly id: Hash }) =>
  one.id < other.id ? -1 : 1;

function namesPart(receipt: FinalizeReceipt, part: Nonce): boolean {
  return receipt.delivery?.parts.some((delivered) => delivered.part === part) === true;
}

function isRouted(said: Said<CapacityVoucher>, part: Nonce): said is Said<RoutedVoucher> {
  // Under a grant somebody else than the payer may have signed it: no book takes it with a route.
  return said.body.route?.part === part && said.body.grant === null;
}

function finalizeReceiptsIn(
  objects: readonly ParsedObject[],
  receipts: readonly Said<HopReceipt>[],
): readonly FoundReceipt[] {
  const alone = objects.flatMap(({ id, body }) =>
    body.type === 'FinalizeReceipt' && body.delivery !== null ? [{ id, body, within: id }] : [],
  );
  const nested = receipts.flatMap(({ id, body: { finalize } }) =>
    finalize === null ? [] : [{ id: objectId(finalize.object), body: finalize.object, within: id }],
  );
  return [...alone, ...nested].sort((one, other) => (one.within < other.within ? -1 : 1));
}

/** Puts evidence in order. Pure; the order and the repeats of `objects` do not matter. */
export function statementsIn({ intent, part, objects }: Evidence): Statements {
  const once = [...new Map(objects.map((object) => [object.id, object])).values()].sort(ascending);
  const ofIntent = once.filter(({ id, body }) =>
    body.type === 'PaymentIntent' ? id === intent : 'intent' in body && body.intent === intent,
  );
  const bodies = <Type extends ParsedObject['body']['type']>(type: Type) =>
    ofIntent.flatMap(({ id, body }) =>
      body.type === type ? [{ id, body: body as Extract<typeof body, { type: Type }> }] : [],
    );
  const receipts = bodies('HopReceipt').filter(({ body }) => body.part === part);
  const vouchers = bodies('CapacityVoucher').filter((said) => isRouted(said, part));
  const edges = vouchers.map((voucher) => {
    const about = receipts.filter(({ body }) => body.voucher === voucher.id);
    const { from, to } = voucher.body;
    return {
      voucher,
      payer: about.filter(({ body }) => body.hop === from && body.peer === to),
      payee: about.filter(({ body }) => body.hop === to && body.peer === from),
    };
  });
  const left = ({ voucher }: EdgeCase) => voucher.body.route.hops.length;
  return {
    edges: edges.sort((one, other) => left(one) - left(other)),
    receipts,
    finalizeReceipts: finalizeReceiptsIn(ofIntent, receipts).filter(({ body }) =>
      namesPart(body, part),
    ),
    commitSignals: bodies('CommitSignal').filter(({ body }) => body.parts.includes(part)),
    paymentIntent: bodies('PaymentIntent')[0],
  };
}

/** The statements of one transition. */
export function saying(
  statements: readonly Said<HopReceipt>[],
  transition: HopTransition,
): readonly Said<HopReceipt>[] {
  return statements.filter(({ body }) => body.transition === transition);
}

/**
 * A payee's lapses of holds that it had recorded: they follow its own `held`. A refusal follows
 * nothing (a book keeps nothing of what it refuses, so it may refuse a voucher and hold its copy
 * later), and the lapse of a denied claim follows the claim.
 */
export function recordedLapses(payee: readonly Said<HopReceipt>[]): readonly Said<HopReceipt>[] {
  const held = new Set(saying(payee, 'held').map(({ id }) => id));
  return saying(payee, 'lapsed').filter(({ body: { prev } }) => prev !== null && held.has(prev));
}

/** A middle hop's hold and a voucher that forwards it: bound by the id of its `held`. */
export type Forwarding = { readonly held: Said<HopReceipt>; readonly outgoing: EdgeCase };

/** Every pair of a hop's `held` and its own voucher that names it as prevReceipt. */
export function forwardings({ edges, receipts }: Statements): readonly Forwarding[] {
  return saying(receipts, 'held').flatMap((held) =>
    edges
      .filter(
        ({ voucher: { body } }) => body.prevReceipt === held.id && body.from === held.body.hop,
      )
      .map((outgoing) => ({ held, outgoing })),
  );
}

/** What a hop says, as payee, of the voucher that one of its `held` is about. */
export function ofIncoming(
  { receipts }: Statements,
  { body: { hop, peer, voucher } }: Said<HopReceipt>,
): readonly Said<HopReceipt>[] {
  return receipts.filter(
    ({ body }) => body.hop === hop && body.peer === peer && body.voucher === voucher,
  );
}
