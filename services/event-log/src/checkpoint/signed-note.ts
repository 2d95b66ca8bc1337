/**
 * C2SP signed notes with Ed25519 keys: text, a blank line, then one line per signature. Pure.
 *
 * Source: c2sp.org/signed-note; the format of golang.org/x/mod/sumdb/note.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { decodeBase64, encodeBase64 } from './base64.ts';

/** The key that a note's reader trusts. */
export type VerifierKey = {
  /** Not empty, without spaces and `+`. For a checkpoint it is the log's origin. */
  readonly name: string;
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
};

/** Holds a private key elsewhere; the node never sees it. */
export interface NoteSigner extends VerifierKey {
  /** The Ed25519 signature of `message`, 64 bytes. */
  sign(message: Uint8Array): Promise<Uint8Array>;
}

/** Ed25519 verification: the caller chooses node:crypto or the kernel's portable one. */
export type VerifyEd25519 = (
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
) => boolean;

export type NoteSignature = {
  readonly name: string;
  /** 4 bytes as 8 lower-case hex digits. */
  readonly keyId: string;
  readonly signature: Uint8Array;
};

export type SignedNote = { readonly text: string; readonly signatures: readonly NoteSignature[] };

const ED25519 = 0x01;
const KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;
const KEY_ID_BYTES = 4;
const SIGNATURES_MAX = 100;
const NOTE_LENGTH_MAX = 1_000_000;
const DASH = '\u2014 ';

/** SHA-256(name ‖ "\n" ‖ 0x01 ‖ public key), first 4 bytes, as hex. */
export function noteKeyId(key: VerifierKey): string {
  const name = new TextEncoder().encode(`${key.name}\n`);
  const id = sha256(Uint8Array.of(...name, ED25519, ...key.publicKey)).subarray(0, KEY_ID_BYTES);
  return hex(id);
}

/** The key as `name+keyid+base64(0x01 ‖ public key)`: what goes into an auditor's trust file. */
export function encodeVerifierKey(key: VerifierKey): string {
  return `${key.name}+${noteKeyId(key)}+${encodeBase64(Uint8Array.of(ED25519, ...key.publicKey))}`;
}

/** Reads a verifier key; undefined unless name, key id, algorithm and length are right. */
export function parseVerifierKey(text: string): VerifierKey | undefined {
  // Base64 may hold `+` itself, so only the first two separate.
  const match = /^([^+]*)\+([0-9a-f]{8})\+(.*)$/s.exec(text);
  const [, name = '', keyId, encoded = ''] = match ?? [];
  const bytes = decodeBase64(encoded);
  if (!isKeyName(name) || bytes?.length !== KEY_BYTES + 1 || bytes[0] !== ED25519) return undefined;
  const key = { name, publicKey: bytes.subarray(1) };
  return noteKeyId(key) === keyId ? key : undefined;
}

/** Not empty, well-formed, no Unicode spaces, no `+`. */
export function isKeyName(name: string): boolean {
  return name.length > 0 && name.isWellFormed() && !/[\s+\u0085]/u.test(name);
}

/**
 * Signs `text`, which ends in a newline.
 *
 * @throws RangeError for a text or key name that the format does not allow.
 */
export async function signNote(text: string, signers: readonly NoteSigner[]): Promise<string> {
  if (!isNoteText(text)) throw new RangeError('a note’s text is lines without control characters');
  const message = new TextEncoder().encode(text);
  const lines: string[] = [];
  for (const signer of signers) {
    if (!isKeyName(signer.name)) throw new RangeError(`no key name: ${signer.name}`);
    const signature = await signer.sign(message);
    if (signature.length !== SIGNATURE_BYTES)
      throw new RangeError('an Ed25519 signature has 64 bytes');
    const keyId = noteKeyId(signer).match(/../g) ?? [];
    const bytes = Uint8Array.of(...keyId.map((byte) => Number.parseInt(byte, 16)), ...signature);
    lines.push(`${DASH}${signer.name} ${encodeBase64(bytes)}\n`);
  }
  return `${text}\n${lines.join('')}`;
}

/** Takes a note apart without verifying anything; undefined when it is malformed anywhere. */
export function parseNote(note: string): SignedNote | undefined {
  const split = note.lastIndexOf('\n\n');
  if (split < 0 || note.length > NOTE_LENGTH_MAX || !note.endsWith('\n')) return undefined;
  const text = note.slice(0, split + 1);
  const lines = note.slice(split + 2, -1).split('\n');
  if (!isNoteText(text) || lines.length > SIGNATURES_MAX) return undefined;
  const signatures: NoteSignature[] = [];
  for (const line of lines) {
    const signature = parseSignatureLine(line);
    if (signature === undefined) return undefined;
    signatures.push(signature);
  }
  return { text, signatures };
}

function parseSignatureLine(line: string): NoteSignature | undefined {
  if (!line.startsWith(DASH)) return undefined;
  const [name = '', encoded = '', ...rest] = line.slice(DASH.length).split(' ');
  const bytes = decodeBase64(encoded);
  if (rest.length > 0 || !isKeyName(name) || bytes === undefined) return undefined;
  if (bytes.length <= KEY_ID_BYTES) return undefined;
  const keyId = hex(bytes.subarray(0, KEY_ID_BYTES));
  return { name, keyId, signature: bytes.subarray(KEY_ID_BYTES) };
}

/**
 * The note's text when `key` signed it, else undefined. Signatures of other keys are passed over, but one
 * that carries this key's name and id and does not verify spoils the note.
 */
export function openNote(
  note: string,
  key: VerifierKey,
  verify: VerifyEd25519,
): string | undefined {
  const parsed = parseNote(note);
  if (parsed === undefined) return undefined;
  const keyId = noteKeyId(key);
  const own = parsed.signatures.filter((line) => line.name === key.name && line.keyId === keyId);
  const message = new TextEncoder().encode(parsed.text);
  const holds = own.every(
    ({ signature }) =>
      signature.length === SIGNATURE_BYTES && verify(key.publicKey, message, signature),
  );
  return own.length > 0 && holds ? parsed.text : undefined;
}

function isNoteText(text: string): boolean {
  // Any ASCII control character other than newline is refused, as the Go implementation does.
  const hasControl = [...text].some((character) => character < ' ' && character !== '\n');
  return text.endsWith('\n') && text.isWellFormed() && !hasControl;
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
