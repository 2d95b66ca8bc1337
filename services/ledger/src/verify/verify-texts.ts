import { type PoseidonHash, poseidon } from '@atomicity/kernel/codec/poseidon';
import { coreHash, type NoteCore } from '@atomicity/kernel/note/note';
import type { Hash } from '@atomicity/kernel/units/id';
import { checkOpening } from '@atomicity/kernel/wire/check-opening';
import type { ParsedObject } from '@atomicity/kernel/wire/objects';
import { parseObject } from '@atomicity/kernel/wire/parse-object';
import type { WireRefusal } from '@atomicity/kernel/wire/refusals';
import {
  type FindCore,
  namedCores,
  refuseChecks,
  requiredChecks,
} from '@atomicity/kernel/wire/signatures';
import { verifyWithOpenssl } from './openssl-ed25519.ts';
import { opensslTextHash } from './openssl-text-hash.ts';

/** What became of one text; `signatureCount` is how many Ed25519 verifications it took. */
export type TextVerdict =
  | { readonly kind: 'sound'; readonly object: ParsedObject; readonly signatureCount: number }
  | { readonly kind: 'refused'; readonly refusal: WireRefusal; readonly signatureCount: number }
  /** Well-formed, but it ends a hold whose note core has to be looked up first. */
  | { readonly kind: 'needs_core'; readonly voucher: Hash; readonly signatureCount: 0 };

/**
 * Parses texts and checks every signature and opening in each. A receipt may name the core of a
 * voucher that stands before it in `texts`, or one in `cores`; otherwise it is `needs_core`.
 * One text's fault never touches another's verdict. Pure but for the key cache.
 */
export function verifyTexts(
  texts: readonly string[],
  cores: readonly NoteCore[],
  hash: PoseidonHash = poseidon,
): readonly TextVerdict[] {
  const known = new Map<Hash, NoteCore>();
  for (const core of cores) known.set(coreHash(core, opensslTextHash), core);
  return texts.map((text) => verifyText(text, known, hash));
}

function verifyText(text: string, known: Map<Hash, NoteCore>, hash: PoseidonHash): TextVerdict {
  const parsed = parseObject(text, opensslTextHash);
  if (parsed.kind === 'refused') return { ...parsed, signatureCount: 0 };
  const { object } = parsed;
  const findCore: FindCore = (core) => known.get(core);
  const { body } = object;
  if (body.type === 'FinalizeReceipt' || body.type === 'VoidReceipt') {
    const { voucher } = body;
    const missing = namedCores(body).some((core) => !known.has(core));
    // A delivery across books names no voucher, and no cores either.
    if (missing && voucher !== null) return { kind: 'needs_core', voucher, signatureCount: 0 };
  }
  const checks = requiredChecks(object, findCore, opensslTextHash);
  const signatureCount = checks.length;
  const refusal =
    refuseChecks(checks, verifyWithOpenssl) ?? checkOpening(body, hash, opensslTextHash);
  if (refusal !== undefined) return { kind: 'refused', refusal, signatureCount };
  if (body.type === 'CapacityVoucher' && body.grant !== null) {
    const { core } = body.grant;
    known.set(coreHash(core, opensslTextHash), core);
  }
  return { kind: 'sound', object, signatureCount };
}
