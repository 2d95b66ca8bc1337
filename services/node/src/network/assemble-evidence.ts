import { encodeCertificate } from '@atomicity/kernel/evidence/certificate';
import { checkFeeMismatch } from '@atomicity/kernel/evidence/fee-mismatch';
import type { Hash, Nonce, Signature } from '@atomicity/kernel/units/id';
import type {
  BodyOf,
  FeeMismatchProof,
  ParsedObject,
  SignedEvidence,
  WireType,
} from '@atomicity/kernel/wire/objects';
import { encodeObject, parseObject } from '@atomicity/kernel/wire/parse-object';

/** Texts about one intent, from one node or several. Nothing in them has been checked. */
export type Gathered = {
  readonly receipts: readonly string[];
  readonly delegations: readonly string[];
  readonly offers: readonly string[];
};

type Of<Type extends WireType> = ParsedObject<BodyOf<Type>>;

/** Puts what several nodes know together. */
export function together(all: readonly Gathered[]): Gathered {
  const union = (texts: readonly (readonly string[])[]) => [...new Set(texts.flat())];
  return {
    receipts: union(all.map(({ receipts }) => receipts)),
    delegations: union(all.map(({ delegations }) => delegations)),
    offers: union(all.map(({ offers }) => offers)),
  };
}

/** A certificate for each part of the intent that any text names, ascending by part. */
export function certificatesOf(
  intent: Hash,
  gathered: Gathered,
): readonly { readonly part: Nonce; readonly text: string }[] {
  const objects = gathered.receipts.flatMap(parsed);
  const vouchers = of(objects, 'CapacityVoucher').filter(({ body }) => body.intent === intent);
  const parts = new Set(vouchers.flatMap(({ body }) => body.route?.part ?? []));
  const delegations = of(gathered.delegations.flatMap(parsed), 'KeyDelegation');
  return [...parts].sort().map((part) => {
    const text = encodeCertificate({ intent, part }, objects, delegations);
    return { part, text };
  });
}

/**
 * Proofs that a hop kept another fee than its policy, one for each voucher that shows it: canonical
 * texts. None where everybody kept what it published, or where a piece is missing.
 */
export function feeMismatchProofsOf(gathered: Gathered): readonly string[] {
  const objects = gathered.receipts.flatMap(parsed);
  const offers = of(gathered.offers.flatMap(parsed), 'RoutingOffer');
  const delegations = of(gathered.delegations.flatMap(parsed), 'KeyDelegation');
  const held = of(objects, 'HopReceipt').filter(({ body }) => body.transition === 'held');
  return held.flatMap((receipt) =>
    of(objects, 'CapacityVoucher')
      .filter(({ body }) => body.from === receipt.body.hop && body.prevReceipt === receipt.id)
      .flatMap((voucher) => proofOf(receipt, voucher, offers, delegations)),
  );
}

function proofOf(
  held: Of<'HopReceipt'>,
  voucher: Of<'CapacityVoucher'>,
  offers: readonly Of<'RoutingOffer'>[],
  delegations: readonly Of<'KeyDelegation'>[],
): readonly string[] {
  const { hop, policyHash } = held.body;
  const key = held.signatures.find(({ by }) => by === hop)?.key;
  const offer = offers.find(({ body, signatures }) => {
    const isOwn = body.policyHash === policyHash && body.policy.hop === hop;
    return isOwn && signatures.some((each) => each.key === key);
  });
  const delegation = delegations.find(({ body }) => body.party === hop && body.key === key);
  if (offer === undefined || delegation === undefined) return [];
  const signed = [delegation, offer, held, voucher].map(signatureOf);
  const [ofDelegation, ofOffer, ofHeld, ofVoucher] = signed;
  if (!ofDelegation || !ofOffer || !ofHeld || !ofVoucher) return [];
  const body: FeeMismatchProof = {
    v: 1,
    type: 'FeeMismatchProof',
    delegation: evidence(delegation.body, ofDelegation),
    offer: evidence(offer.body, ofOffer),
    held: evidence(held.body, ofHeld),
    voucher: evidence(voucher.body, ofVoucher),
  };
  return 'reason' in checkFeeMismatch(body) ? [] : [encodeObject(body, [])];
}

function evidence<T>(object: T, sig: Signature): SignedEvidence<T> {
  return { object, sig };
}

const signatureOf = ({ signatures }: ParsedObject): Signature | undefined => signatures[0]?.sig;

function parsed(text: string): readonly ParsedObject[] {
  const read = parseObject(text);
  return read.kind === 'parsed' ? [read.object] : [];
}

function of<Type extends WireType>(
  objects: readonly ParsedObject[],
  type: Type,
): readonly Of<Type>[] {
  return objects.filter((object): object is Of<Type> => object.body.type === type);
}
