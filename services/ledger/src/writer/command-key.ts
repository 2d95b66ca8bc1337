import { hash } from 'node:crypto';
import type { Hash, StreamId } from '@atomicity/kernel/units/id';

/** A command's place in the index and what it was, computed once for all who ask. */
export type CommandKey = {
  readonly commandId: string;
  /** Id of the first event that the command records. */
  readonly firstEventId: Hash;
  /** First 8 bytes of the SHA-256 of the object's canonical text; never `UNKNOWN_FINGERPRINT`. */
  readonly fingerprint: bigint;
};

/** Stands for the text of a command whose payload was erased. */
export const UNKNOWN_FINGERPRINT = 0n;

/** The key of a command that brings in an object with this text. */
export function commandKey(stream: StreamId, commandId: string, text: string): CommandKey {
  return {
    commandId,
    firstEventId: commandEventId(stream, commandId, 0),
    fingerprint: textFingerprint(text),
  };
}

/**
 * The kernel's `eventId` through OpenSSL: it is computed for every command and every event. The
 * command id is plain ASCII, so the canonical array can be written directly.
 */
export function commandEventId(stream: StreamId, commandId: string, ordinal: number): Hash {
  const text = `atomicity/Event/v1\0["${stream}","${commandId}",${ordinal}]`;
  return hash('sha256', text, 'hex') as Hash;
}

/** What a command's object is known by in the index. */
export function textFingerprint(text: string): bigint {
  const value = BigInt(`0x${hash('sha256', text, 'hex').slice(0, 16)}`);
  return value === UNKNOWN_FINGERPRINT ? 1n : value;
}
