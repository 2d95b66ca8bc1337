/** `atomicity audit disclosure`: what a disclosed note, total or proof shows, by a bundle. */
import type { Disclosure } from '@atomicity/kernel/disclosure/disclosure-file';
import { signalCountOf } from '@atomicity/kernel/disclosure/proof-disclosure';
import { audit } from '../audit.ts';
import { exitCodeOf } from '../claims/report.ts';
import { groth16Verifier } from '../crypto/proof-verifier.ts';
import {
  type AuditIo,
  type ExitCode,
  loadDisclosure,
  loadTrust,
  printFileError,
  printUnusable,
} from './command-files.ts';
import { progressLine } from './progress-line.ts';

export const DISCLOSURE_USAGE = `usage: atomicity audit disclosure FILE --bundle BUNDLE --trust FILE [--json]

Checks what somebody disclosed of an attested period (a note, the totals, or a proof) against an audit
bundle and your own trust file, and says what it shows: holds, fails, or not shown.

  FILE             the disclosure
  --bundle BUNDLE  a full or sealed bundle whose log attests the period
  --trust FILE     what you believe: log keys, principals, verification keys
  --json           one JSON object on standard output
  --help           this text

exit status: 0 the disclosure holds and no claim of the bundle fails; 1 otherwise; 2 a file or the
command is unusable
`;

type Arguments =
  | { readonly kind: 'help' }
  | { readonly kind: 'unusable'; readonly reason: string }
  | {
      readonly kind: 'disclosure';
      readonly file: string;
      readonly bundle: string;
      readonly trust: string;
      readonly json: boolean;
    };

function parseArguments(argv: readonly string[]): Arguments {
  const unusable = (reason: string): Arguments => ({ kind: 'unusable', reason });
  const values = new Map<string, string>();
  let json = false;
  for (let i = 0; i < argv.length; i++) {
    const argument = argv[i] ?? '';
    if (argument === '--help' || argument === '-h') return { kind: 'help' };
    if (argument === '--json') {
      json = true;
      continue;
    }
    const isOption = argument.startsWith('-');
    if (isOption && argument !== '--bundle' && argument !== '--trust') {
      return unusable(`unknown option: ${argument}`);
    }
    const name = isOption ? argument : 'FILE';
    const value = isOption ? argv[++i] : argument;
    if (value === undefined) return unusable(`${name} needs a value`);
    if (values.has(name)) return unusable(`a second ${name}: ${value}`);
    values.set(name, value);
  }
  const [file, bundle, trust] = ['FILE', '--bundle', '--trust'].map((name) => values.get(name));
  if (file === undefined) return unusable('which disclosure?');
  if (bundle === undefined) return unusable('--bundle BUNDLE is needed: it holds the attestation');
  if (trust === undefined) {
    return unusable('--trust FILE is needed: without it nothing is believed');
  }
  return { kind: 'disclosure', file, bundle, trust, json };
}

/** What the file opens, for the reader of the report. Amounts are ledger units. */
function contentsOf(disclosure: Disclosure): readonly string[] {
  switch (disclosure.kind) {
    case 'note': {
      const { note, authorization } = disclosure;
      const spends =
        note.kind === 'single'
          ? [`spend ${note.spend}`]
          : note.items.map(({ spend, stepMs }, i) => `payment ${i}: ${spend}, ${stepMs} ms later`);
      const at = new Date(note.at).toISOString();
      return [
        ...spends,
        `at ${at}, category ${note.category}, regime ${note.regime}`,
        `authorization ${authorization}`,
      ];
    }
    case 'summary': {
      const { periodTotal, cumulativeTotal, count } = disclosure.summary;
      return [
        `total of the period ${periodTotal}, of the budget so far ${cumulativeTotal}`,
        `${count} authorizations`,
      ];
    }
    case 'proof':
      return [`proved by ${disclosure.circuit}`];
  }
}

/** Proofs of a disclosure have fewer signals than those of an attestation. */
function verifierFor(disclosure: Disclosure) {
  return groth16Verifier(disclosure.kind === 'proof' ? signalCountOf(disclosure.circuit) : 2);
}

/**
 * Runs the command on the arguments after `disclosure`. Exit code 0: the disclosure holds, and nothing in
 * the bundle fails; 1: otherwise; 2: a file or the command is unusable.
 */
export async function runDisclosure(argv: readonly string[], io: AuditIo): Promise<ExitCode> {
  const parsed = parseArguments(argv);
  if (parsed.kind === 'help') {
    io.stdout(DISCLOSURE_USAGE);
    return 0;
  }
  if (parsed.kind === 'unusable') {
    io.stderr(`${parsed.reason}\n\n${DISCLOSURE_USAGE}`);
    return 2;
  }
  const { json } = parsed;
  const progress = progressLine(io);
  try {
    const trust = await loadTrust(io, parsed.trust);
    const disclosure = await loadDisclosure(io, parsed.file);
    const result = await audit(io.read(parsed.bundle), {
      trust,
      proofs: groth16Verifier(),
      disclosure: { disclosure, proofs: verifierFor(disclosure) },
      onProgress: progress.report,
    });
    progress.end();
    if (result.kind === 'unusable' || result.disclosure === undefined) {
      const reason = result.kind === 'unusable' ? result.refusal.reason : 'not judged';
      return printUnusable(io, json, 'bundle', reason);
    }
    const { verdict, reason } = result.disclosure;
    const isSound = verdict === 'holds' && exitCodeOf(result.rows, []) === 0;
    const exit = isSound ? 0 : 1;
    const { kind, budget, period, periodIndex } = disclosure;
    const contents = contentsOf(disclosure);
    if (json) {
      const report = { v: 1, exit, kind, budget, period, periodIndex, verdict, reason, contents };
      io.stdout(`${JSON.stringify(report)}\n`);
    } else {
      const head = `${kind} of period ${periodIndex} of budget ${budget}`;
      io.stdout(
        `${head}\n${contents.map((line) => `  ${line}\n`).join('')}\n${verdict}: ${reason}\n`,
      );
    }
    return exit;
  } catch (error) {
    progress.end();
    return printFileError(io, json, error);
  }
}
