import { type TextHash, taggedTextHash } from '../codec/tagged-hash.ts';
import { type EvidenceSignature, evidenceSignatures } from '../note/equivocation.ts';
import type { PartyId } from '../units/id.ts';
import { objectId } from './object-id.ts';
import type {
  EdgeDisagreement,
  FeeMismatchProof,
  HopReceipt,
  SignedEvidence,
  WireBody,
} from './objects.ts';

function edgeDisagreementSignatures(
  { first, second, delegations }: EdgeDisagreement,
  signed: Signed,
): readonly EvidenceSignature[] {
  const [ofFirst, ofSecond] = delegations;
  return [
    signed(first, ofFirst.object.key, '/body/first'),
    signed(second, ofSecond.object.key, '/body/second'),
    signed(ofFirst, ofFirst.object.party, '/body/delegations/0'),
    signed(ofSecond, ofSecond.object.party, '/body/delegations/1'),
  ];
}

function feeMismatchSignatures(
  { delegation, offer, held, voucher }: FeeMismatchProof,
  signed: Signed,
): readonly EvidenceSignature[] {
  const { party, key } = delegation.object;
  return [
    signed(delegation, party, '/body/delegation'),
    signed(offer, key, '/body/offer'),
    signed(held, key, '/body/held'),
    signed(voucher, key, '/body/voucher'),
    ...finalizeSignatures(held.object, signed, '/body/held/object'),
  ];
}

/** A receipt for a delivery is signed by the key that it names. */
function finalizeSignatures(
  { finalize }: HopReceipt,
  signed: Signed,
  field: string,
): readonly EvidenceSignature[] {
  const key = finalize?.object.delivery?.finalizeKey;
  if (finalize === null || key === undefined) return [];
  return [signed(finalize, key, `${field}/finalize`)];
}

type Signed = (
  evidence: SignedEvidence<WireBody>,
  signer: PartyId,
  field: string,
) => EvidenceSignature;

/**
 * The signatures over whole objects that are nested in a body, with the key that each must be made
 * by: the delegated key of a proof's own delegation, the identity that delegated, the finalizeKey of
 * a delivery. Other bodies have none.
 */
export function nestedSignatures(
  body: WireBody,
  hash: TextHash = taggedTextHash,
): readonly EvidenceSignature[] {
  const signed: Signed = ({ object, sig }, signer, field) => ({
    signer,
    id: objectId(object, hash),
    sig,
    field: `${field}/sig`,
  });
  switch (body.type) {
    case 'EquivocationProof':
      return evidenceSignatures(body);
    case 'EdgeDisagreement':
      return edgeDisagreementSignatures(body, signed);
    case 'FeeMismatchProof':
      return feeMismatchSignatures(body, signed);
    case 'HopReceipt':
      return finalizeSignatures(body, signed, '/body');
    default:
      return [];
  }
}
