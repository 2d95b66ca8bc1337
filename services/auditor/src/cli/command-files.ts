/** Reading the files that a command names, with one reason where one is not usable. */
import {
  DISCLOSURE_LENGTH_MAX,
  type Disclosure,
  parseDisclosure,
} from '@atomicity/kernel/disclosure/disclosure-file';
import {
  ISSUED_LIST_LENGTH_MAX,
  type IssuedList,
  parseIssuedList,
} from '@atomicity/kernel/period-close/issued-list';
import {
  parseTranscript,
  TRANSCRIPT_BYTES_MAX,
} from '@atomicity/prover/ceremony/phase-2/transcript';
import type { SuppliedTranscript } from '../keys/judge-keys.ts';
import { parseTrustFile, TRUST_FILE_BYTES_MAX, type TrustFile } from '../trust/trust-file.ts';

export type ExitCode = 0 | 1 | 2;

/** The process as a command sees it. */
export type AuditIo = {
  /** The bytes of a file, in pieces. Rejects if it cannot be read. */
  readonly read: (path: string) => AsyncIterable<Uint8Array>;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** True if standard error is a terminal: a progress line may be redrawn there. */
  readonly interactive: boolean;
};

/** A file that cannot be used: exit code 2. */
export class UnusableFile extends Error {
  readonly what: string;
  readonly reason: string;

  constructor(what: string, reason: string, field?: string) {
    super(`${what}: ${reason}`);
    this.what = what;
    this.reason = field === undefined ? reason : `${reason} at ${field}`;
  }
}

/** Reads at most a little more than `bytesMax`: what is larger is refused by its reader. */
async function textOf(pieces: AsyncIterable<Uint8Array>, bytesMax: number): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const piece of pieces) {
    parts.push(piece);
    size += piece.length;
    if (size > bytesMax) break;
  }
  return Buffer.concat(parts).toString('utf8');
}

/** @throws UnusableFile; whatever reading throws. */
export async function loadTrust(io: AuditIo, path: string): Promise<TrustFile> {
  const parsed = parseTrustFile(await textOf(io.read(path), TRUST_FILE_BYTES_MAX));
  if (parsed.ok) return parsed.trust;
  throw new UnusableFile('trust file', parsed.refusal.reason, parsed.refusal.field);
}

/** @throws UnusableFile; whatever reading throws. */
export async function loadIssued(io: AuditIo, path: string): Promise<IssuedList> {
  const parsed = parseIssuedList(await textOf(io.read(path), ISSUED_LIST_LENGTH_MAX));
  if (parsed.kind === 'parsed') return parsed.issued;
  throw new UnusableFile('list of issued authorizations', parsed.reason, parsed.field);
}

/** @throws UnusableFile; whatever reading throws. */
export async function loadDisclosure(io: AuditIo, path: string): Promise<Disclosure> {
  const parsed = parseDisclosure(await textOf(io.read(path), DISCLOSURE_LENGTH_MAX));
  if (parsed.kind === 'parsed') return parsed.disclosure;
  const { reason, rule, field } = parsed.refusal;
  throw new UnusableFile('disclosure', `${reason} (${rule ?? ''})`, field);
}

/** @throws UnusableFile; whatever reading throws. */
export async function loadTranscript(io: AuditIo, path: string): Promise<SuppliedTranscript> {
  const parsed = parseTranscript(await textOf(io.read(path), TRANSCRIPT_BYTES_MAX));
  if (parsed.kind === 'parsed') return parsed;
  throw new UnusableFile('transcript', parsed.refusal.reason, parsed.refusal.field);
}

/** True for what the file system says about a file that is not there or not readable. */
export function isFileError(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && 'syscall' in error;
}

/** Says why nothing was checked; always exit code 2. */
export function printUnusable(io: AuditIo, json: boolean, what: string, reason: string): ExitCode {
  if (json) io.stdout(`${JSON.stringify({ v: 1, exit: 2, unusable: what, reason })}\n`);
  io.stderr(`unusable ${what}: ${reason}\n`);
  return 2;
}

/** As `printUnusable` for an error that reading a file gave. @throws any other error. */
export function printFileError(io: AuditIo, json: boolean, error: unknown): ExitCode {
  if (error instanceof UnusableFile) return printUnusable(io, json, error.what, error.reason);
  if (isFileError(error)) return printUnusable(io, json, 'file', error.message);
  throw error;
}
