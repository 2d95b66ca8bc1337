/** `atomicity audit`: the command, with its input and output handed in. */
import { type AuditResult, audit } from '../audit.ts';
import { exitCodeOf } from '../claims/report.ts';
import { groth16Verifier } from '../crypto/proof-verifier.ts';
import { parseTrustFile, TRUST_FILE_BYTES_MAX, type TrustFile } from '../trust/trust-file.ts';
import { parseArguments, USAGE } from './arguments.ts';
import { formatReport } from './format-report.ts';

export type ExitCode = 0 | 1 | 2;

/** The process as the command sees it. */
export type AuditIo = {
  /** The bytes of a file, in pieces. Rejects if it cannot be read. */
  readonly read: (path: string) => AsyncIterable<Uint8Array>;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** True if standard error is a terminal: a progress line may be redrawn there. */
  readonly interactive: boolean;
};

/** A bundle that takes less than this needs no progress line. */
const PROGRESS_FROM = 0.05;

function progressLine(io: AuditIo): { report(step: string, fraction: number): void; end(): void } {
  let shown = '';
  return {
    report(step, fraction) {
      if (!io.interactive || (shown === '' && fraction > 1 - PROGRESS_FROM)) return;
      const line = `${step}: ${Math.floor(fraction * 100)} %`;
      if (line === shown) return;
      shown = line;
      io.stderr(`\r${line}\u001b[K`);
    },
    end() {
      if (shown !== '') io.stderr('\r\u001b[K');
    },
  };
}

async function textOf(pieces: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const piece of pieces) {
    parts.push(piece);
    size += piece.length;
    if (size > TRUST_FILE_BYTES_MAX) break;
  }
  return Buffer.concat(parts).toString('utf8');
}

type Loaded = { readonly trust: TrustFile } | { readonly reason: string };

async function loadTrust(io: AuditIo, path: string): Promise<Loaded> {
  const parsed = parseTrustFile(await textOf(io.read(path)));
  if (parsed.ok) return { trust: parsed.trust };
  const { reason, field } = parsed.refusal;
  return { reason: field === undefined ? reason : `${reason} at ${field}` };
}

/** True for what the file system says about a file that is not there or not readable. */
function isFileError(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && 'syscall' in error;
}

function printUnusable(io: AuditIo, json: boolean, what: string, reason: string): ExitCode {
  if (json) io.stdout(`${JSON.stringify({ v: 1, exit: 2, unusable: what, reason })}\n`);
  io.stderr(`unusable ${what}: ${reason}\n`);
  return 2;
}

function refusalText(result: Extract<AuditResult, { kind: 'unusable' }>): string {
  const { reason, line, field } = result.refusal;
  return `line ${line}: ${reason}${field === undefined ? '' : ` at ${field}`}`;
}

/**
 * Runs the command on the arguments after `audit`. Writes the report to stdout, all else to stderr.
 * Exit code 0: no claim fails, the log's signature and every required claim hold; 1: otherwise; 2: the
 * bundle, the trust file or the command is unusable. It reads the two files and nothing else.
 */
export async function runAudit(argv: readonly string[], io: AuditIo): Promise<ExitCode> {
  const parsed = parseArguments(argv);
  if (parsed.kind === 'help') {
    io.stdout(USAGE);
    return 0;
  }
  if (parsed.kind === 'unusable') {
    io.stderr(`${parsed.reason}\n\n${USAGE}`);
    return 2;
  }
  const { json } = parsed;
  const progress = progressLine(io);
  try {
    const loaded = await loadTrust(io, parsed.trust);
    if ('reason' in loaded) return printUnusable(io, json, 'trust file', loaded.reason);
    const { trust } = loaded;
    const onProgress = progress.report;
    const result = await audit(io.read(parsed.bundle), {
      trust,
      proofs: groth16Verifier(),
      onProgress,
    });
    progress.end();
    if (result.kind === 'unusable') return printUnusable(io, json, 'bundle', refusalText(result));
    const exit = exitCodeOf(result.rows, [...trust.require, ...parsed.require]);
    const { origin, kind, size } = result.header;
    const report = { v: 1, exit, bundle: { kind, origin, size }, claims: result.rows };
    io.stdout(json ? `${JSON.stringify(report)}\n` : formatReport(result.header, result.rows));
    return exit;
  } catch (error) {
    progress.end();
    if (!isFileError(error)) throw error;
    return printUnusable(io, json, 'file', error.message);
  }
}
