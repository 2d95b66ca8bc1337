import { WIRE_TYPES } from '@atomicity/kernel/wire/body-codecs';
import type { WireType } from '@atomicity/kernel/wire/objects';
import { WIRE_REFUSALS, type WireRefusalReason } from '@atomicity/kernel/wire/refusals';
import { signerCount } from '@atomicity/kernel/wire/signers';
import { BY_PLACE, rulesInOrder } from './rule-order.ts';

export type RefusalRow = { readonly reasons: readonly string[]; readonly when: string };

/** Reasons that every text can be refused for, before or after its members are looked at. */
const OF_THE_TEXT: readonly WireRefusalReason[] = [
  'object_too_large',
  'not_json',
  'too_deep',
  'duplicate_key',
  'unsupported_number',
  'unsupported_text',
  'not_canonical',
];
const OF_SIGNATURES: readonly WireRefusalReason[] = [
  'signature_s_not_reduced',
  'public_key_not_canonical',
  'public_key_small_order',
  'signature_r_not_canonical',
  'signature_r_small_order',
  'signature_invalid',
];
const OF_EVERY_TYPE: readonly WireRefusalReason[] = [
  'wrong_type',
  'unknown_version',
  'unknown_field',
  'missing_field',
  'out_of_range',
  'unexpected_signature',
];
const OF_SOME: Readonly<Partial<Record<WireRefusalReason, readonly WireType[]>>> = {
  unknown_note_core: ['FinalizeReceipt', 'VoidReceipt'],
  batch_empty: ['CapacityVoucher'],
  batch_too_long: ['CapacityVoucher'],
  item_too_large: ['CapacityVoucher'],
  commitment_mismatch: ['CapacityVoucher'],
  period_digest_mismatch: ['AttestationSummary'],
  nullifier_mismatch: ['AttestationSummary'],
};

function applies(type: WireType, reason: WireRefusalReason): boolean {
  if (OF_EVERY_TYPE.includes(reason)) return true;
  if (reason === 'missing_signature') return signerCount(type) > 0;
  return OF_SOME[reason]?.includes(type) ?? false;
}

/** What the wire layer can refuse an object of this type for, in order of precedence. */
export function wireRefusalsOf(type: WireType): RefusalRow[] {
  return WIRE_REFUSALS.flatMap(({ reason, rule }): RefusalRow[] => {
    if (reason === OF_THE_TEXT[0]) {
      return [
        { reasons: OF_THE_TEXT, when: 'the text is not one canonical JSON object in bounds' },
      ];
    }
    if (reason === OF_SIGNATURES[0]) {
      return [{ reasons: OF_SIGNATURES, when: 'a signature does not verify strictly' }];
    }
    // All rules between members stand where the first of their reasons does: one order.
    if (reason === BY_PLACE[0]) {
      return rulesInOrder(type).map(({ reason: given, place, rule: broken }) => ({
        reasons: [given],
        when: `\`${place}\`: ${broken}`,
      }));
    }
    return applies(type, reason) ? [{ reasons: [reason], when: rule }] : [];
  });
}

/** Every reason that some page or the overview has to explain. */
export const reasonsOnPages = new Set(
  WIRE_TYPES.flatMap((type) => wireRefusalsOf(type).flatMap(({ reasons }) => reasons)),
);
