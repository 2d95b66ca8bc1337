/**
 * Reads `.ots` bytes, strictly: every limit of the reference library, minimal numbers, nothing
 * twice at one message, no bytes left over. Refuses by value and never throws on any input.
 */

import { normalForm } from './normal-form.ts';
import {
  ATTESTATION_TAG_SIZE_BYTES,
  type Attestation,
  BITCOIN_TAG,
  type Branch,
  compareBytes,
  type DetachedProof,
  HASH_SIZE_BYTES,
  type HashKind,
  isCalendarUri,
  MESSAGE_SIZE_BYTES_MAX,
  OPERATION_TAGS,
  type Operation,
  PAYLOAD_SIZE_BYTES_MAX,
  PENDING_TAG,
  PROOF_MAGIC,
  PROOF_MAJOR_VERSION,
  PROOF_SIZE_BYTES_MAX,
  type Timestamp,
  TREE_DEPTH_MAX,
  URI_SIZE_BYTES_MAX,
} from './proof.ts';

export type ProofRefusalReason =
  | 'proof_too_large'
  | 'wrong_magic'
  | 'unknown_version'
  | 'unknown_hash'
  | 'unknown_operation'
  | 'truncated'
  | 'trailing_bytes'
  | 'number_too_large'
  | 'number_not_minimal'
  | 'size_out_of_range'
  | 'message_too_long'
  | 'tree_too_deep'
  | 'duplicate'
  | 'bad_uri';

export type ProofRefusal = {
  readonly kind: 'refused';
  readonly reason: ProofRefusalReason;
  /** Where reading stopped, in bytes from the start. */
  readonly offset: number;
};

class Refused extends Error {
  readonly reason: ProofRefusalReason;

  constructor(reason: ProofRefusalReason) {
    super(reason);
    this.reason = reason;
  }
}

class ByteReader {
  readonly bytes: Uint8Array;
  offset = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  read(size: number): Uint8Array {
    if (size > this.bytes.length - this.offset) throw new Refused('truncated');
    const part = this.bytes.slice(this.offset, this.offset + size);
    this.offset += size;
    return part;
  }

  readByte(): number {
    const byte = this.bytes[this.offset];
    if (byte === undefined) throw new Refused('truncated');
    this.offset += 1;
    return byte;
  }

  readVaruint(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.readByte();
      value += (byte & 0x7f) * scale;
      if (value > Number.MAX_SAFE_INTEGER) throw new Refused('number_too_large');
      if (byte < 0x80) {
        if (byte === 0 && scale > 1) throw new Refused('number_not_minimal');
        return value;
      }
      scale *= 0x80;
      if (scale > Number.MAX_SAFE_INTEGER) throw new Refused('number_too_large');
    }
  }

  readSized(sizeMin: number, sizeMax: number): Uint8Array {
    const size = this.readVaruint();
    if (size < sizeMin || size > sizeMax) throw new Refused('size_out_of_range');
    return this.read(size);
  }

  end(): void {
    if (this.offset !== this.bytes.length) throw new Refused('trailing_bytes');
  }
}

const OPERATION_KINDS: ReadonlyMap<number, Operation['kind']> = new Map(
  (Object.keys(OPERATION_TAGS) as Operation['kind'][]).map((kind) => [OPERATION_TAGS[kind], kind]),
);

function isHashKind(kind: Operation['kind'] | undefined): kind is HashKind {
  return kind !== undefined && Object.hasOwn(HASH_SIZE_BYTES, kind);
}

function readAttestation(reader: ByteReader): Attestation {
  const tag = reader.read(ATTESTATION_TAG_SIZE_BYTES);
  const payload = reader.readSized(0, PAYLOAD_SIZE_BYTES_MAX);
  const inner = new ByteReader(payload);
  if (compareBytes(tag, PENDING_TAG) === 0) {
    // Latin-1 on purpose: each byte is one character, so the pattern sees every byte.
    const uri = String.fromCharCode(...inner.readSized(0, URI_SIZE_BYTES_MAX));
    inner.end();
    if (!isCalendarUri(uri)) throw new Refused('bad_uri');
    return { kind: 'pending', uri };
  }
  if (compareBytes(tag, BITCOIN_TAG) === 0) {
    const height = inner.readVaruint();
    inner.end();
    return { kind: 'bitcoin', height };
  }
  return { kind: 'unknown', tag, payload };
}

function readOperation(reader: ByteReader, tag: number): Operation {
  const kind = OPERATION_KINDS.get(tag);
  if (kind === undefined) throw new Refused('unknown_operation');
  if (kind === 'append' || kind === 'prepend') {
    return { kind, argument: reader.readSized(1, MESSAGE_SIZE_BYTES_MAX) };
  }
  return { kind };
}

/** Size of the result, so that a file no evaluator could follow is refused when it is read. */
function resultSize(operation: Operation, messageSize: number): number {
  switch (operation.kind) {
    case 'append':
    case 'prepend':
      return messageSize + operation.argument.length;
    case 'reverse':
      return messageSize;
    case 'hexlify':
      return messageSize * 2;
    default:
      return HASH_SIZE_BYTES[operation.kind];
  }
}

function readNode(reader: ByteReader, messageSize: number, depth: number): Timestamp {
  if (depth > TREE_DEPTH_MAX) throw new Refused('tree_too_deep');
  if (messageSize > MESSAGE_SIZE_BYTES_MAX) throw new Refused('message_too_long');
  const attestations: Attestation[] = [];
  const branches: Branch[] = [];
  for (let more = true; more; ) {
    let tag = reader.readByte();
    more = tag === 0xff;
    if (more) tag = reader.readByte();
    if (tag === 0x00) {
      attestations.push(readAttestation(reader));
    } else {
      const operation = readOperation(reader, tag);
      const size = resultSize(operation, messageSize);
      branches.push({ operation, next: readNode(reader, size, depth + 1) });
    }
  }
  return { attestations, branches };
}

function countOf(timestamp: Timestamp): number {
  let count = timestamp.attestations.length;
  for (const branch of timestamp.branches) count += 1 + countOf(branch.next);
  return count;
}

function readTree(reader: ByteReader, messageSize: number): Timestamp {
  const read = readNode(reader, messageSize, 1);
  reader.end();
  const normal = normalForm(read);
  // The reference library silently keeps the last of two equal branches: refuse instead.
  if (countOf(normal) !== countOf(read)) throw new Refused('duplicate');
  return normal;
}

function refusing<T>(reader: ByteReader, read: () => T): T | ProofRefusal {
  try {
    return read();
  } catch (error) {
    if (error instanceof Refused) {
      return { kind: 'refused', reason: error.reason, offset: reader.offset };
    }
    throw error;
  }
}

/**
 * Reads a timestamp for a message of `messageSizeBytes`, as calendars answer.
 * The result is in normal form.
 */
export function decodeTimestamp(
  bytes: Uint8Array,
  messageSizeBytes: number,
): { readonly kind: 'decoded'; readonly timestamp: Timestamp } | ProofRefusal {
  if (bytes.length > PROOF_SIZE_BYTES_MAX) {
    return { kind: 'refused', reason: 'proof_too_large', offset: 0 };
  }
  const reader = new ByteReader(bytes);
  return refusing(reader, () => ({
    kind: 'decoded' as const,
    timestamp: readTree(reader, messageSizeBytes),
  }));
}

/**
 * Reads a detached proof (`.ots` file). The result is in normal form; a file whose branches
 * stand in another order is read too, and `encodeProof` then gives other bytes.
 */
export function decodeProof(
  bytes: Uint8Array,
): { readonly kind: 'decoded'; readonly proof: DetachedProof } | ProofRefusal {
  if (bytes.length > PROOF_SIZE_BYTES_MAX) {
    return { kind: 'refused', reason: 'proof_too_large', offset: 0 };
  }
  const reader = new ByteReader(bytes);
  return refusing(reader, () => {
    for (const expected of PROOF_MAGIC) {
      if (reader.readByte() !== expected) throw new Refused('wrong_magic');
    }
    if (reader.readVaruint() !== PROOF_MAJOR_VERSION) throw new Refused('unknown_version');
    const hashOperation = OPERATION_KINDS.get(reader.readByte());
    if (!isHashKind(hashOperation)) throw new Refused('unknown_hash');
    const digest = reader.read(HASH_SIZE_BYTES[hashOperation]);
    const timestamp = readTree(reader, digest.length);
    return { kind: 'decoded' as const, proof: { hashOperation, digest, timestamp } };
  });
}
