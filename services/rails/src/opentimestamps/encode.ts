/** Writes `.ots` bytes. Byte-equal to the reference library's for the same tree. */

import { attestationTag, normalForm, operationArgument } from './normal-form.ts';
import {
  ATTESTATION_TAG_SIZE_BYTES,
  type Attestation,
  BITCOIN_TAG,
  compareBytes,
  type DetachedProof,
  HASH_SIZE_BYTES,
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
} from './proof.ts';

const MORE = 0xff;
const ATTESTATION = 0x00;

function check(condition: boolean, what: string): void {
  if (!condition) throw new RangeError(`OpenTimestamps proof cannot be written: ${what}`);
}

function varuint(value: number): number[] {
  check(Number.isSafeInteger(value) && value >= 0, 'number out of range');
  const bytes: number[] = [];
  let rest = value;
  while (rest > 0x7f) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
  return bytes;
}

class ByteWriter {
  readonly bytes: number[] = [];

  write(part: ArrayLike<number>): void {
    for (let index = 0; index < part.length; index += 1) this.bytes.push(part[index] ?? 0);
    check(this.bytes.length <= PROOF_SIZE_BYTES_MAX, 'proof too large');
  }

  writeSized(part: ArrayLike<number>): void {
    this.write(varuint(part.length));
    this.write(part);
  }
}

function writeOperation(writer: ByteWriter, operation: Operation): void {
  writer.write([OPERATION_TAGS[operation.kind]]);
  if (operation.kind !== 'append' && operation.kind !== 'prepend') return;
  const argument = operationArgument(operation);
  check(argument.length >= 1 && argument.length <= MESSAGE_SIZE_BYTES_MAX, 'argument size');
  writer.writeSized(argument);
}

function attestationPayload(attestation: Attestation): ArrayLike<number> {
  switch (attestation.kind) {
    case 'pending': {
      check(isCalendarUri(attestation.uri), 'calendar URI');
      return [...varuint(attestation.uri.length), ...new TextEncoder().encode(attestation.uri)];
    }
    case 'bitcoin':
      return varuint(attestation.height);
    case 'unknown': {
      const { tag, payload } = attestation;
      check(tag.length === ATTESTATION_TAG_SIZE_BYTES, 'attestation tag size');
      check(
        compareBytes(tag, PENDING_TAG) !== 0 && compareBytes(tag, BITCOIN_TAG) !== 0,
        'a known tag in an unknown attestation',
      );
      check(payload.length <= PAYLOAD_SIZE_BYTES_MAX, 'attestation payload size');
      return payload;
    }
  }
}

/** All children but the last are preceded by 0xff; attestations come before operations. */
function writeNode(writer: ByteWriter, timestamp: Timestamp, depth: number): void {
  check(depth <= TREE_DEPTH_MAX, 'tree too deep');
  const count = timestamp.attestations.length + timestamp.branches.length;
  check(count > 0, 'a node without attestation or operation');
  let written = 0;
  const announce = (): void => {
    written += 1;
    if (written < count) writer.write([MORE]);
  };
  for (const attestation of timestamp.attestations) {
    announce();
    writer.write([ATTESTATION]);
    writer.write(attestationTag(attestation));
    writer.writeSized(attestationPayload(attestation));
  }
  for (const branch of timestamp.branches) {
    announce();
    writeOperation(writer, branch.operation);
    writeNode(writer, branch.next, depth + 1);
  }
}

/**
 * Writes one timestamp, as calendars answer.
 *
 * @throws {RangeError} if the tree breaks a limit of the format.
 */
export function encodeTimestamp(timestamp: Timestamp): Uint8Array {
  const writer = new ByteWriter();
  writeNode(writer, normalForm(timestamp), 1);
  return Uint8Array.from(writer.bytes);
}

/**
 * Writes a detached proof in normal form; equal proofs give equal bytes.
 *
 * @throws {RangeError} if the proof breaks a limit of the format or is over 65,536 bytes.
 */
export function encodeProof(proof: DetachedProof): Uint8Array {
  check(proof.digest.length === HASH_SIZE_BYTES[proof.hashOperation], 'digest size');
  const writer = new ByteWriter();
  writer.write(PROOF_MAGIC);
  writer.write(varuint(PROOF_MAJOR_VERSION));
  writer.write([OPERATION_TAGS[proof.hashOperation]]);
  writer.write(proof.digest);
  writeNode(writer, normalForm(proof.timestamp), 1);
  return Uint8Array.from(writer.bytes);
}
