/** A checkpoint of the bundle, read and checked against the log key that the bundle names. */
import { openCheckpoint, parseCheckpointText } from '@atomicity/event-log/checkpoint/checkpoint';
import { parseNote } from '@atomicity/event-log/checkpoint/signed-note';
import { type Hash, hashFromBytes, keyOfPartyId, type PartyId } from '@atomicity/kernel/units/id';
import { verifyRaw } from '../crypto/signatures.ts';

export type ReadCheckpoint = {
  readonly size: number;
  readonly root: Hash;
  /** True if the log key of the bundle's header signed it under the header's origin. */
  readonly signed: boolean;
};

/** Reads a note with exactly one signature; undefined where it is malformed or of another origin. */
export function readCheckpoint(
  note: string,
  log: { readonly origin: string; readonly key: PartyId },
): ReadCheckpoint | undefined {
  const parsed = parseNote(note);
  const checkpoint = parsed === undefined ? undefined : parseCheckpointText(parsed.text);
  if (checkpoint === undefined || checkpoint.origin !== log.origin) return undefined;
  // Further signatures are cosignatures, which version 1 of the bundle does not carry.
  if (parsed?.signatures.length !== 1) return undefined;
  const key = { name: log.origin, publicKey: keyOfPartyId(log.key) };
  const signed = openCheckpoint(note, key, verifyRaw) !== undefined;
  return { size: checkpoint.size, root: hashFromBytes(checkpoint.root), signed };
}
