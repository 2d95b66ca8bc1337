/**
 * Evidence that a batch was paid over Lightning: the invoice, which the payee's node signed over the hash of
 * a description that names the log root, and the preimage, which the payee gave for the money. Pure: the
 * offline auditor runs it.
 *
 * What it shows: the node `payee` asked for this amount for this batch and root, and parted with the preimage.
 * What it does not: when (the timestamp is the payee's word), who paid, or whose node that is: the auditor
 * brings a list of nodes that it knows. A payee can hand out a preimage unpaid, to its own loss.
 *
 * Source: BOLT 11, "Payer / Payee Interactions".
 */

import {
  bytesToHex,
  equalBytes,
  hexToBytes,
  textFromUtf8,
  utf8,
} from '@atomicity/kernel/codec/bytes';
import { canonicalJson, parseCanonicalJson } from '@atomicity/kernel/codec/canonical-json';
import {
  type Codec,
  Failure,
  object,
  oneOf,
  pattern,
  text,
  viaText,
} from '@atomicity/kernel/wire/codec';
import { sha256 } from '@noble/hashes/sha2.js';
import {
  AMOUNT_MSAT_MAX,
  BOLT11_SIZE_CHARS_MAX,
  type Bolt11Invoice,
  decodeBolt11,
} from './bolt11.ts';
import {
  DESCRIPTION_SIZE_BYTES_MAX,
  decodeDescription,
  descriptionHash,
  type LightningDescription,
} from './description.ts';

/** An invoice with the text that it commits to: what is recorded before it is paid. */
export type LightningPrepared = {
  readonly v: 1;
  readonly invoice: string;
  readonly description: string;
};

export type LightningEvidence = LightningPrepared & {
  readonly rail: 'lightning';
  /** 32 bytes in hex. */
  readonly preimage: string;
  /** What the payer's node paid others for the way, as it says itself: nothing here shows it. */
  readonly feeMsat: bigint;
};

const invoiceValue = pattern(
  `an invoice: 1 … ${BOLT11_SIZE_CHARS_MAX} of a-z 0-9`,
  new RegExp(`^[a-z0-9]{1,${BOLT11_SIZE_CHARS_MAX}}$`),
);
const descriptionValue = text(
  `text of at most ${DESCRIPTION_SIZE_BYTES_MAX} characters`,
  (value) => (value.length <= DESCRIPTION_SIZE_BYTES_MAX ? value : undefined),
);
const preimageValue = pattern('a preimage: 64 lower-case hex digits', /^[0-9a-f]{64}$/);

const feeValue = viaText<bigint>(
  'millisatoshis: decimal digits, 0 … 21 million bitcoin',
  (value) =>
    /^(?:0|[1-9][0-9]{0,18})$/.test(value) && BigInt(value) <= AMOUNT_MSAT_MAX
      ? BigInt(value)
      : undefined,
  String,
);

const preparedCodec = object<LightningPrepared>({
  v: oneOf<1>([1]),
  invoice: invoiceValue,
  description: descriptionValue,
});
const evidenceCodec = object<LightningEvidence>({
  v: oneOf<1>([1]),
  rail: oneOf<'lightning'>(['lightning']),
  invoice: invoiceValue,
  description: descriptionValue,
  preimage: preimageValue,
  feeMsat: feeValue,
});

/** Both forms fit: an invoice, a description with every character escaped, and the rest. */
const SIZE_BYTES_MAX = BOLT11_SIZE_CHARS_MAX + 6 * DESCRIPTION_SIZE_BYTES_MAX + 512;

/** Why the files cannot be read: how it is said in `detail`. */
type FileRefused = { readonly kind: 'refused'; readonly detail: string };

function readFile<T>(
  codec: Codec<T>,
  bytes: Uint8Array,
): { readonly kind: 'read'; readonly value: T } | FileRefused {
  if (bytes.length > SIZE_BYTES_MAX) return { kind: 'refused', detail: 'object_too_large' };
  const json = textFromUtf8(bytes);
  if (json === undefined) return { kind: 'refused', detail: 'not_utf8' };
  const parsed = parseCanonicalJson(json);
  if (!parsed.ok) return { kind: 'refused', detail: parsed.reason };
  const read = codec.read(parsed.value);
  if (!(read instanceof Failure)) return { kind: 'read', value: read };
  return { kind: 'refused', detail: `${read.path}: ${read.rule ?? read.reason}` };
}

function writeFile<T>(codec: Codec<T>, value: T): Uint8Array {
  const bytes = utf8(canonicalJson(codec.write(value)));
  const read = readFile(codec, bytes);
  if (read.kind === 'refused') throw new RangeError(read.detail);
  return bytes;
}

/** Canonical JSON of what will be paid. @throws RangeError that names the field. */
export function encodePrepared(prepared: Omit<LightningPrepared, 'v'>): Uint8Array {
  return writeFile<LightningPrepared>(preparedCodec, { v: 1, ...prepared });
}

/** The inverse of `encodePrepared`. */
export function decodePrepared(
  bytes: Uint8Array,
): { readonly kind: 'read'; readonly value: LightningPrepared } | FileRefused {
  return readFile(preparedCodec, bytes);
}

/** Canonical JSON of evidence; the fee is 0 unless said. @throws RangeError that names the field. */
export function encodeEvidence(
  evidence: Omit<LightningEvidence, 'v' | 'rail' | 'feeMsat'> & { readonly feeMsat?: bigint },
): Uint8Array {
  const whole = { v: 1, rail: 'lightning', feeMsat: 0n, ...evidence } as const;
  return writeFile<LightningEvidence>(evidenceCodec, whole);
}

/** The inverse of `encodeEvidence`; checks nothing but the form. */
export function decodeEvidence(
  bytes: Uint8Array,
): { readonly kind: 'read'; readonly value: LightningEvidence } | FileRefused {
  return readFile(evidenceCodec, bytes);
}

/** Why an invoice with its description commits to no batch, in order of precedence. */
export const COMMITMENT_REFUSALS = [
  'invoice_refused',
  'description_refused',
  'description_not_committed',
  'amount_mismatch',
] as const;

/** Why evidence shows nothing, in order of precedence. */
export const LIGHTNING_EVIDENCE_REFUSALS = [
  'evidence_malformed',
  ...COMMITMENT_REFUSALS,
  'root_mismatch',
  'preimage_mismatch',
] as const;

export type CommitmentRefusal = (typeof COMMITMENT_REFUSALS)[number];
export type LightningEvidenceRefusal = (typeof LIGHTNING_EVIDENCE_REFUSALS)[number];

type Refused<Reason> = {
  readonly kind: 'refused';
  readonly reason: Reason;
  /** Which rule of the part was broken, for people. */
  readonly detail: string;
};

export type Commitment = {
  readonly kind: 'committed';
  readonly invoice: Bolt11Invoice;
  readonly amountMsat: bigint;
  readonly description: LightningDescription;
};

/** An invoice that commits to a description: signed, for its hash and for its amount. */
export function readCommitment(
  invoice: string,
  description: string,
): Commitment | Refused<CommitmentRefusal> {
  const bolt11 = decodeBolt11(invoice);
  if (bolt11.kind === 'refused') {
    const detail = bolt11.field === undefined ? bolt11.reason : `${bolt11.reason}: ${bolt11.field}`;
    return { kind: 'refused', reason: 'invoice_refused', detail };
  }
  const described = decodeDescription(description);
  if (described.kind === 'refused') {
    const detail = `${described.field}: ${described.rule ?? described.reason}`;
    return { kind: 'refused', reason: 'description_refused', detail };
  }
  const { description: committed, amountMsat } = bolt11.invoice;
  const hash = bytesToHex(descriptionHash(description));
  if (committed.kind !== 'hash' || committed.hash !== hash) {
    const detail = `the invoice is not for the description with hash ${hash}`;
    return { kind: 'refused', reason: 'description_not_committed', detail };
  }
  if (amountMsat === null || amountMsat !== described.description.amountMsat) {
    const detail = `${amountMsat ?? 'no'} msat asked, ${described.description.amountMsat} described`;
    return { kind: 'refused', reason: 'amount_mismatch', detail };
  }
  return {
    kind: 'committed',
    invoice: bolt11.invoice,
    amountMsat,
    description: described.description,
  };
}

/** What evidence shows; amounts in msat, the timestamp in seconds since the epoch. */
export type LightningShown = {
  readonly kind: 'shown';
  /** The node that signed the invoice, 33 bytes in hex. */
  readonly payee: string;
  readonly network: Bolt11Invoice['network'];
  readonly amountMsat: bigint;
  /** The payee's own word. */
  readonly timestamp: number;
  readonly paymentHash: string;
  readonly description: LightningDescription;
};

/**
 * Checks evidence for a root of 32 bytes and says what it shows. Refusals, in order:
 * `LIGHTNING_EVIDENCE_REFUSALS`. Whether the payee is one that the caller knows is left to the caller.
 */
export function verifyLightningEvidence(
  bytes: Uint8Array,
  expected: { readonly root: Uint8Array },
): LightningShown | Refused<LightningEvidenceRefusal> {
  const file = decodeEvidence(bytes);
  if (file.kind === 'refused') return { ...file, reason: 'evidence_malformed' };
  const { invoice: bolt11, description: text, preimage } = file.value;
  const commitment = readCommitment(bolt11, text);
  if (commitment.kind === 'refused') return commitment;
  const { invoice, description, amountMsat } = commitment;
  if (!equalBytes(hexToBytes(description.root), expected.root)) {
    const detail = `the description is for root ${description.root}`;
    return { kind: 'refused', reason: 'root_mismatch', detail };
  }
  const { network, payee, timestamp, paymentHash } = invoice;
  if (bytesToHex(sha256(hexToBytes(preimage))) !== paymentHash) {
    const detail = `not the preimage of payment hash ${paymentHash}`;
    return { kind: 'refused', reason: 'preimage_mismatch', detail };
  }
  return { kind: 'shown', payee, network, amountMsat, timestamp, paymentHash, description };
}
