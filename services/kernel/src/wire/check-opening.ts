import { fieldToHex } from '../codec/field.ts';
import { type PoseidonHash, poseidon } from '../codec/poseidon.ts';
import { type TextHash, taggedTextHash } from '../codec/tagged-hash.ts';
import { batchCommitment } from '../note/batch-commitment.ts';
import { authorizationId, commitment, tokenOf } from '../note/commitment.ts';
import { nullifier, periodDigest } from '../period/period-digest.ts';
import { type Amount, amount } from '../units/amount.ts';
import type { BodyOf, Grant, WireBody } from './objects.ts';
import { type WireRefusal, wireRefusal } from './refusals.ts';

/**
 * The commitment that a voucher's grant must open: over its time, its token and amount + fee, or the
 * payments that a batch splits amount + fee into.
 */
export function voucherCommitment(
  voucher: BodyOf<'CapacityVoucher'>,
  grant: Grant,
  hash: PoseidonHash = poseidon,
  textHash: TextHash = taggedTextHash,
): bigint {
  const authorization = authorizationId(
    {
      budget: grant.budget,
      category: grant.category,
      index: grant.index,
      intent: voucher.intent,
      nonce: grant.authorizationNonce,
      payee: voucher.to,
      period: grant.period,
    },
    textHash,
  );
  const { items, category, regime, period } = grant;
  const bound = { period, token: tokenOf(authorization), salt: grant.noteSalt };
  if (items !== null) {
    return batchCommitment({ at: voucher.at, category, regime, items, ...bound }, hash);
  }
  const spend: Amount = amount(voucher.amount + voucher.fee);
  return commitment({ packed: { spend, at: voucher.at, category, regime }, ...bound }, hash);
}

function checkAttestation(body: BodyOf<'AttestationSummary'>): WireRefusal | undefined {
  if (fieldToHex(periodDigest(body.parts)) !== body.publicSignals[4]) {
    return wireRefusal('period_digest_mismatch', '/body/publicSignals/4');
  }
  return fieldToHex(nullifier(body.budget, body.periodIndex)) === body.publicSignals[5]
    ? undefined
    : wireRefusal('nullifier_mismatch', '/body/publicSignals/5');
}

/**
 * Recomputes what a body commits to and also opens: the note commitment of a voucher with a grant;
 * period digest and nullifier of an attestation. Other bodies have nothing to open.
 * Refusals: commitment_mismatch; period_digest_mismatch, nullifier_mismatch.
 * The kernel's Poseidon takes about 0.3 ms a voucher; where that counts, pass a faster `hash`; so for SHA-256.
 */
export function checkOpening(
  body: WireBody,
  hash: PoseidonHash = poseidon,
  textHash: TextHash = taggedTextHash,
): WireRefusal | undefined {
  if (body.type === 'AttestationSummary') return checkAttestation(body);
  if (body.type !== 'CapacityVoucher' || body.grant === null) return undefined;
  return fieldToHex(voucherCommitment(body, body.grant, hash, textHash)) ===
    body.grant.core.commitment
    ? undefined
    : wireRefusal('commitment_mismatch', '/body/grant/core/commitment');
}
