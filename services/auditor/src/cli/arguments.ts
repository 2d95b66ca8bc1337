/** The command line of `atomicity audit`. */
import { type ClaimName, parseClaimName } from '../claims/names.ts';

export const USAGE = `usage: atomicity audit BUNDLE --trust FILE [--issued FILE] [--transcript FILE]
                        [--require CLAIM,...] [--json]
       atomicity audit disclosure FILE --bundle BUNDLE --trust FILE [--json]

Checks an audit bundle offline against your own trust file and prints one verdict a claim:
holds, fails, or not shown.

  BUNDLE           the exported file
  --trust FILE     what you believe: log keys, principals, verification keys, Bitcoin blocks
  --require LIST   claims that must hold, besides those of the trust file
  --issued FILE    a principal's own list of what it issued in a period, which the period is compared
                   with; may be given more than once
  --transcript FILE
                   what a ceremony published of how a verification key was made; a key that it
                   contradicts is not trusted; may be given more than once
  --json           the report as one JSON object on standard output
  --help           this text

exit status: 0 no claim fails, the log is signed by a log key of the trust file, and every
required claim holds; 1 otherwise; 2 the bundle, the trust file or the command is unusable
`;

export type Arguments =
  | { readonly kind: 'help' }
  | { readonly kind: 'unusable'; readonly reason: string }
  | {
      readonly kind: 'audit';
      readonly bundle: string;
      readonly trust: string;
      readonly json: boolean;
      readonly require: readonly ClaimName[];
      readonly issued: readonly string[];
      readonly transcripts: readonly string[];
    };

type Draft = {
  bundle?: string;
  trust?: string;
  json: boolean;
  require: ClaimName[];
  issued: string[];
  transcripts: string[];
};

const VALUED: ReadonlySet<string> = new Set(['--trust', '--require', '--issued', '--transcript']);

const unusable = (reason: string): Arguments => ({ kind: 'unusable', reason });

/** Reads a value option into the draft; a reason if the value is not usable. */
function take(draft: Draft, option: string, value: string | undefined): string | undefined {
  if (value === undefined) return `${option} needs a value`;
  if (option === '--trust') {
    draft.trust = value;
    return undefined;
  }
  if (option === '--issued') {
    draft.issued.push(value);
    return undefined;
  }
  if (option === '--transcript') {
    draft.transcripts.push(value);
    return undefined;
  }
  for (const name of value.split(',')) {
    const claim = parseClaimName(name);
    if (claim === undefined) return `unknown claim: ${name}`;
    draft.require.push(claim);
  }
  return undefined;
}

/** Reads the arguments after `audit`. Nothing is guessed: an unknown option is unusable. */
export function parseArguments(argv: readonly string[]): Arguments {
  const draft: Draft = { json: false, require: [], issued: [], transcripts: [] };
  for (let i = 0; i < argv.length; i++) {
    const argument = argv[i] ?? '';
    if (argument === '--help' || argument === '-h') return { kind: 'help' };
    if (argument === '--json') {
      draft.json = true;
    } else if (VALUED.has(argument)) {
      i += 1;
      const reason = take(draft, argument, argv[i]);
      if (reason !== undefined) return unusable(reason);
    } else if (argument.startsWith('-')) {
      return unusable(`unknown option: ${argument}`);
    } else if (draft.bundle !== undefined) {
      return unusable(`a second bundle: ${argument}`);
    } else {
      draft.bundle = argument;
    }
  }
  const { bundle, trust, json, require, issued, transcripts } = draft;
  if (bundle === undefined) return unusable('which bundle?');
  if (trust === undefined)
    return unusable('--trust FILE is needed: without it nothing is believed');
  return { kind: 'audit', bundle, trust, json, require, issued, transcripts };
}
