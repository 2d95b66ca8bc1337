import { canonicalJson, exceedsBytes, parseCanonicalJson } from '../codec/canonical-json.ts';
import type { Hash, Nonce } from '../units/id.ts';
import type { UnixMs } from '../units/time.ts';
import { Failure, list, object, oneOf } from '../wire/codec.ts';
import type { verifyEd25519 } from '../wire/ed25519-strict.ts';
import type { KeyDelegation, ParsedObject, WireBody } from '../wire/objects.ts';
import { OBJECT_BYTES_MAX, parseObject } from '../wire/parse-object.ts';
import { type Refusal, type WireRefusalReason, wireRefusal } from '../wire/refusals.ts';
import { refuseChecks, requiredChecks } from '../wire/signatures.ts';
import { hashValue, nonceValue, proseValue } from '../wire/value-codecs.ts';
import { type VerifiedObject, verified } from '../wire/verified.ts';
import { delegatedAt } from './delegated-at.ts';
import { type MissedWindowVerdict, nameMissedWindow } from './missed-window.ts';

export const CERTIFICATE_BYTES_MAX = 4_194_304;
export const CERTIFICATE_OBJECTS_MAX = 256;
export const CERTIFICATE_DELEGATIONS_MAX = 64;

/**
 * Why a certificate is refused, beside the reasons of the wire layer, which say what is wrong with
 * its JSON, its members and the objects inside. In the order in which they are looked for.
 */
export const CERTIFICATE_REFUSALS = [
  {
    reason: 'certificate_too_large',
    rule: 'a certificate has at most 4,194,304 bytes of UTF-8',
  },
  {
    reason: 'not_evidence',
    rule: 'objects are routed vouchers without a grant, hop receipts, receipts of deliveries, commit signals and the intent; delegations are key delegations',
  },
  { reason: 'other_payment', rule: 'every object is about the intent and the part' },
  {
    reason: 'key_not_delegated',
    rule: 'a delegation in the certificate let the key sign as the party at that time',
  },
] as const;

export type CertificateRefusalReason =
  | (typeof CERTIFICATE_REFUSALS)[number]['reason']
  | WireRefusalReason;
export type CertificateRefusal = Refusal<CertificateRefusalReason>;

/** What a certificate holds: texts of wire objects, each list ascending by object id. */
export type Certificate = {
  readonly v: 1;
  readonly intent: Hash;
  readonly part: Nonce;
  readonly objects: readonly string[];
  readonly delegations: readonly string[];
};

export type CheckedCertificate =
  | {
      readonly kind: 'checked';
      readonly intent: Hash;
      readonly part: Nonce;
      readonly objects: readonly VerifiedObject[];
      readonly verdict: MissedWindowVerdict;
    }
  | { readonly kind: 'refused'; readonly refusal: CertificateRefusal };

const objectText = proseValue(1, OBJECT_BYTES_MAX);
const certificateCodec = object<Certificate>({
  v: oneOf<1>([1], 'unknown_version'),
  intent: hashValue,
  part: nonceValue,
  objects: list(objectText, 1, CERTIFICATE_OBJECTS_MAX),
  delegations: list(objectText, 0, CERTIFICATE_DELEGATIONS_MAX),
});

const RULES = new Map<string, string>(
  CERTIFICATE_REFUSALS.map(({ reason, rule }) => [reason, rule]),
);

function refusal(
  reason: (typeof CERTIFICATE_REFUSALS)[number]['reason'],
  field?: string,
): CertificateRefusal {
  const rule = RULES.get(reason) ?? reason;
  return field === undefined ? { reason, rule } : { reason, field, rule };
}

/** Objects read from texts, or why one of them is refused, with the place in the certificate. */
function readObjects(
  texts: readonly string[],
  list: 'objects' | 'delegations',
): readonly ParsedObject[] | CertificateRefusal {
  const objects: ParsedObject[] = [];
  for (const [i, text] of texts.entries()) {
    const field = `/${list}/${i}`;
    const parsed = parseObject(text);
    if (parsed.kind === 'refused') {
      return { ...parsed.refusal, field: `${field}${parsed.refusal.field ?? ''}` };
    }
    if ((objects.at(-1)?.id ?? '') >= parsed.object.id) return wireRefusal('not_sorted', field);
    objects.push(parsed.object);
  }
  return objects;
}

function isEvidence(body: WireBody): boolean {
  switch (body.type) {
    case 'CapacityVoucher':
      // Under a grant somebody else than the payer may sign: it says nothing of the payer.
      return body.route !== null && body.grant === null;
    case 'FinalizeReceipt':
      return body.delivery !== null;
    case 'HopReceipt':
    case 'CommitSignal':
    case 'PaymentIntent':
      return true;
    default:
      return false;
  }
}

function isAbout({ id, body }: ParsedObject, intent: Hash, part: Nonce): boolean {
  switch (body.type) {
    case 'PaymentIntent':
      return id === intent;
    case 'CapacityVoucher':
      return body.intent === intent && body.route?.part === part;
    case 'HopReceipt':
      return body.intent === intent && body.part === part;
    case 'CommitSignal':
      return body.intent === intent && body.parts.includes(part);
    case 'FinalizeReceipt':
      return (
        body.intent === intent && body.delivery?.parts.some((one) => one.part === part) === true
      );
    default:
      return false;
  }
}

/** When the object says that it was signed, by the signer's own clock; intents do not say. */
function signedAt(body: WireBody): UnixMs | undefined {
  return body.type === 'CapacityVoucher' || body.type === 'HopReceipt' ? body.at : undefined;
}

/** Finalize keys sign for themselves; all other keys need their party's delegation. */
function refuseKeys(
  { body, signatures }: ParsedObject,
  delegations: readonly KeyDelegation[],
  field: string,
): CertificateRefusal | undefined {
  if (body.type === 'FinalizeReceipt' || body.type === 'CommitSignal') return undefined;
  const at = signedAt(body);
  const spoke = signatures.every(({ by, key }) =>
    delegations.some(
      (one) => one.party === by && one.key === key && delegatedAt(one, at ?? one.notBefore),
    ),
  );
  return spoke ? undefined : refusal('key_not_delegated', `${field}/signatures/0/key`);
}

function refuseObject(
  parsed: ParsedObject,
  { intent, part }: Certificate,
  delegations: readonly KeyDelegation[],
  field: string,
): CertificateRefusal | undefined {
  if (!isEvidence(parsed.body)) return refusal('not_evidence', field);
  if (!isAbout(parsed, intent, part)) return refusal('other_payment', field);
  return refuseKeys(parsed, delegations, field);
}

function refuseSignatures(
  objects: readonly ParsedObject[],
  list: 'objects' | 'delegations',
  verify?: typeof verifyEd25519,
): CertificateRefusal | undefined {
  for (const [i, parsed] of objects.entries()) {
    const failed = refuseChecks(requiredChecks(parsed), verify);
    if (failed !== undefined) return { ...failed, field: `/${list}/${i}${failed.field ?? ''}` };
  }
  return undefined;
}

function readCertificate(text: string): Certificate | CertificateRefusal {
  if (exceedsBytes(text, CERTIFICATE_BYTES_MAX)) return refusal('certificate_too_large');
  const parsed = parseCanonicalJson(text);
  if (!parsed.ok) return wireRefusal(parsed.reason);
  const read = certificateCodec.read(parsed.value);
  return read instanceof Failure ? read.toRefusal('') : read;
}

function checked(certificate: Certificate, verify?: typeof verifyEd25519): CheckedCertificate {
  const refused = (reason: CertificateRefusal): CheckedCertificate => ({
    kind: 'refused',
    refusal: reason,
  });
  const delegations = readObjects(certificate.delegations, 'delegations');
  if ('reason' in delegations) return refused(delegations);
  const keys = delegations.flatMap(({ body }) => (body.type === 'KeyDelegation' ? [body] : []));
  const stray = delegations.findIndex(({ body }) => body.type !== 'KeyDelegation');
  if (stray >= 0) return refused(refusal('not_evidence', `/delegations/${stray}`));
  const objects = readObjects(certificate.objects, 'objects');
  if ('reason' in objects) return refused(objects);
  for (const [i, parsed] of objects.entries()) {
    const reason = refuseObject(parsed, certificate, keys, `/objects/${i}`);
    if (reason !== undefined) return refused(reason);
  }
  const failed =
    refuseSignatures(delegations, 'delegations', verify) ??
    refuseSignatures(objects, 'objects', verify);
  if (failed !== undefined) return refused(failed);
  const { intent, part } = certificate;
  const all = objects.map((parsed) =>
    verified(parsed, { signatures: 'all_verified', opening: 'checked' }),
  );
  const verdict = nameMissedWindow({ intent, part, objects: all });
  return { kind: 'checked', intent, part, objects: all, verdict };
}

/**
 * Checks a certificate as a stranger can, from its text alone: canonical JSON, sizes, every object
 * inside, who may sign, every signature; then computes the verdict, which no certificate states.
 * `verify` may be any strict Ed25519 verification; the default is the kernel's own, some 3 ms each.
 * What it cannot see: a key that was revoked before it signed. Whoever is named may show that.
 * Refusals, in order: certificate_too_large, those of the wire layer for the certificate, then for
 * each delegation and each object in turn, with not_evidence, other_payment, key_not_delegated, then
 * of the signatures. Pure: a second call gives an equal value.
 */
export function checkCertificate(text: string, verify?: typeof verifyEd25519): CheckedCertificate {
  const read = readCertificate(text);
  return 'reason' in read ? { kind: 'refused', refusal: read } : checked(read, verify);
}

/** Texts of distinct objects in the order of their ids. */
function textsOf(objects: readonly ParsedObject[]): readonly string[] {
  const byId = new Map(objects.map(({ id, text }) => [id, text]));
  return [...byId].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, text]) => text);
}

/**
 * The text of a certificate over objects of one part and the delegations of the keys that signed
 * them. Objects of other payments and of other types are left out.
 */
export function encodeCertificate(
  { intent, part }: { readonly intent: Hash; readonly part: Nonce },
  objects: readonly ParsedObject[],
  delegations: readonly ParsedObject<KeyDelegation>[],
): string {
  const own = objects.filter((one) => isEvidence(one.body) && isAbout(one, intent, part));
  return canonicalJson({
    v: 1,
    intent,
    part,
    objects: textsOf(own),
    delegations: textsOf(delegations),
  });
}
