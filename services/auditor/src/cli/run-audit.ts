/** `atomicity audit`: the command, with its input and output handed in. */
import { type AuditResult, audit } from '../audit.ts';
import { exitCodeOf } from '../claims/report.ts';
import { groth16Verifier } from '../crypto/proof-verifier.ts';
import { parseArguments, USAGE } from './arguments.ts';
import {
  type AuditIo,
  type ExitCode,
  loadIssued,
  loadTranscript,
  loadTrust,
  printFileError,
  printUnusable,
} from './command-files.ts';
import { formatReport } from './format-report.ts';
import { progressLine } from './progress-line.ts';
import { runDisclosure } from './run-disclosure.ts';

export function refusalText(result: Extract<AuditResult, { kind: 'unusable' }>): string {
  const { reason, line, field } = result.refusal;
  return `line ${line}: ${reason}${field === undefined ? '' : ` at ${field}`}`;
}

/**
 * Runs the command on the arguments after `audit`. Writes the report to stdout, all else to stderr.
 * Exit code 0: no claim fails, the log's signature and every required claim hold; 1: otherwise; 2: the
 * bundle, the trust file or the command is unusable. It reads the files that it is given and nothing else.
 */
export async function runAudit(argv: readonly string[], io: AuditIo): Promise<ExitCode> {
  if (argv[0] === 'disclosure') return await runDisclosure(argv.slice(1), io);
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
    const trust = await loadTrust(io, parsed.trust);
    const issued = [];
    for (const path of parsed.issued) issued.push(await loadIssued(io, path));
    const transcripts = [];
    for (const path of parsed.transcripts) transcripts.push(await loadTranscript(io, path));
    const onProgress = progress.report;
    const result = await audit(io.read(parsed.bundle), {
      trust,
      issued,
      transcripts,
      proofs: groth16Verifier(),
      onProgress,
    });
    progress.end();
    if (result.kind === 'unusable') return printUnusable(io, json, 'bundle', refusalText(result));
    const exit = exitCodeOf(result.rows, [...trust.require, ...parsed.require]);
    const { header, rows, keys, anchors } = result;
    const { origin, kind, size } = header;
    const report = { v: 1, exit, bundle: { kind, origin, size }, claims: rows, keys, anchors };
    io.stdout(json ? `${JSON.stringify(report)}\n` : formatReport(header, rows, keys, anchors));
    return exit;
  } catch (error) {
    progress.end();
    return printFileError(io, json, error);
  }
}
