/** Checkpoints: a signed note that states origin, size and root of a log. Source: c2sp.org/tlog-checkpoint. */
import { HASH_BYTES } from '../merkle/tree-hasher.ts';
import { decodeBase64, encodeBase64 } from './base64.ts';
import {
  isKeyName,
  type NoteSigner,
  openNote,
  parseNote,
  signNote,
  type VerifierKey,
  type VerifyEd25519,
} from './signed-note.ts';

export type Checkpoint = {
  /** The log's name, at most 128 characters; also the name of its key. */
  readonly origin: string;
  /** Number of leaves, 0 … 2^53−1. */
  readonly size: number;
  /** 32 bytes. */
  readonly root: Uint8Array;
};

const ORIGIN_LENGTH_MAX = 128;

export function isOrigin(text: string): boolean {
  return isKeyName(text) && text.length <= ORIGIN_LENGTH_MAX;
}

/** The note's text: three lines. */
export function checkpointText(checkpoint: Checkpoint): string {
  return `${checkpoint.origin}\n${checkpoint.size}\n${encodeBase64(checkpoint.root)}\n`;
}

/**
 * Reads a checkpoint's text; undefined unless it is exactly what `checkpointText` writes. Extension lines,
 * which the C2SP format allows, are refused: our logs have none, and nobody here would check them.
 */
export function parseCheckpointText(text: string): Checkpoint | undefined {
  const [origin = '', sizeText = '', rootText = '', end, ...rest] = text.split('\n');
  if (end !== '' || rest.length > 0 || !isOrigin(origin)) return undefined;
  const size = Number(sizeText);
  const root = decodeBase64(rootText);
  if (!/^(0|[1-9]\d{0,15})$/.test(sizeText) || !Number.isSafeInteger(size)) return undefined;
  return root?.length === HASH_BYTES ? { origin, size, root } : undefined;
}

/** Signs a checkpoint as a note. @throws RangeError when the signer's name is not the origin. */
export async function signCheckpoint(checkpoint: Checkpoint, signer: NoteSigner): Promise<string> {
  if (signer.name !== checkpoint.origin || !isOrigin(signer.name)) {
    throw new RangeError('a checkpoint is signed under its origin');
  }
  return await signNote(checkpointText(checkpoint), [signer]);
}

/** The checkpoint in a note, WITHOUT its signature checked; undefined when malformed. */
export function readCheckpoint(note: string): Checkpoint | undefined {
  const parsed = parseNote(note);
  return parsed === undefined ? undefined : parseCheckpointText(parsed.text);
}

/** The checkpoint in a note that `key` signed and whose origin is the key's name; else undefined. */
export function openCheckpoint(
  note: string,
  key: VerifierKey,
  verify: VerifyEd25519,
): Checkpoint | undefined {
  const text = openNote(note, key, verify);
  const checkpoint = text === undefined ? undefined : parseCheckpointText(text);
  return checkpoint?.origin === key.name ? checkpoint : undefined;
}
