import { encodeDisclosure } from '@atomicity/kernel/disclosure/disclosure-file';
import type { CircuitName } from '@atomicity/prover/artifacts/circuits';
import { ensureArtifacts, KEY_CHOICES } from '@atomicity/prover/artifacts/ensure-artifacts';
import { chooseProver } from '@atomicity/prover/prove/choose-prover';
import { NOTES_CLAIMS } from '@atomicity/prover/witness/build-claim-input';
import { knownPeriod } from '../compose/attested-period.ts';
import { disclosePeriod, type Wish } from '../compose/disclose-period.ts';
import { provingKeys } from '../compose/proving-keys.ts';
import type { Command, ExitCode } from './command.ts';
import { id, oneOf, parseArguments, required, units, wholeNumber } from './options.ts';
import { UsageError } from './usage-error.ts';
import { writeNewFile } from './write-new-file.ts';

const HELP = `atomicity disclose WHAT --data-dir DIR --budget ID --period N --out FILE [--json]

Writes a file that shows one thing about an attested period and nothing else. Whoever gets it checks it
against any bundle of the log: atomicity audit disclosure FILE --bundle BUNDLE --trust FILE.

  note --index I       one note: its fields, its salt, and its path in the attested tree
  summary              the totals that the attestation hides; they belong to the principal
  spent --bound A      a proof that the budget spent at most A units up to the end of the period
  remaining --floor A  a proof that at least A units were left at the end of the period
  claim --claim C      a proof of one claim about the notes of the period: aggregate, ceilings or window

  --data-dir DIR   the node's data directory; the node may be running
  --budget ID      64 hex digits
  --period N       0, 1, …
  --out FILE       a file that is not there yet, readable by this user only
  --keys KIND      for proofs, as of serve: development, ceremony or installed (the default)
  --json           one JSON object instead of text
  --help

A proof takes some seconds; the first of a circuit builds its keys before, which takes half a minute.

Exit code: 0 written; 1 there is nothing true to disclose, and no file is left; 2 a bad option.
`;

const SPEC = {
  'data-dir': { type: 'string' },
  budget: { type: 'string' },
  period: { type: 'string' },
  index: { type: 'string' },
  bound: { type: 'string' },
  floor: { type: 'string' },
  claim: { type: 'string' },
  out: { type: 'string' },
  keys: { type: 'string', default: 'installed' },
  json: { type: 'boolean', default: false },
} as const;

const KINDS = ['note', 'summary', 'spent', 'remaining', 'claim'] as const;

type Values = { readonly [name in 'index' | 'bound' | 'floor' | 'claim']?: string | undefined };

const OPTION_OF: Readonly<Record<(typeof KINDS)[number], keyof Values | undefined>> = {
  note: 'index',
  summary: undefined,
  spent: 'bound',
  remaining: 'floor',
  claim: 'claim',
};

/** @throws UsageError for a kind that is none, an option that is missing, or one that it has no use for. */
function wishOf(what: string | undefined, values: Values): Wish {
  const kind = KINDS.find((name) => name === what);
  if (kind === undefined) throw new UsageError(`WHAT: ${KINDS.join(', ')}, not ${what}`);
  for (const name of ['index', 'bound', 'floor', 'claim'] as const) {
    if (values[name] !== undefined && name !== OPTION_OF[kind]) {
      throw new UsageError(`--${name}: ${kind} takes none`);
    }
  }
  switch (kind) {
    case 'note': {
      const range = { min: 0, max: 1023 };
      return { kind, index: wholeNumber(required(values.index, 'index'), 'index', range) };
    }
    case 'summary':
      return { kind };
    case 'spent':
      return { kind, bound: units(required(values.bound, 'bound'), 'bound') };
    case 'remaining':
      return { kind, floor: units(required(values.floor, 'floor'), 'floor') };
    case 'claim':
      return { kind, claim: oneOf(required(values.claim, 'claim'), 'claim', NOTES_CLAIMS) };
  }
}

export const disclose: Command = {
  name: 'disclose',
  summary: 'show one note, the totals or a proof about an attested period',
  help: HELP,
  async run(argv, io): Promise<ExitCode> {
    const { values, positionals } = parseArguments(argv, SPEC, ['WHAT']);
    const wish = wishOf(positionals[0], values);
    const budget = id(required(values.budget, 'budget'), '--budget');
    const range = { min: 0, max: 2 ** 31 - 1 };
    const periodIndex = wholeNumber(required(values.period, 'period'), 'period', range);
    const out = required(values.out, 'out');
    const dataDir = required(values['data-dir'], 'data-dir');
    const { keys, unsafe } = provingKeys(oneOf(values.keys, 'keys', KEY_CHOICES));
    const known = await knownPeriod(dataDir, { budget, periodIndex });
    const artifactsOf = (circuit: CircuitName) => ensureArtifacts(circuit, { keys });
    const { prover } = chooseProver(artifactsOf);
    try {
      const disclosure = await disclosePeriod(known, wish, {
        prove: prover.prove,
        artifactsOf,
      });
      const bytes = await writeNewFile(out, 'out', [encodeDisclosure(disclosure)]);
      const { kind, period } = disclosure;
      const said = disclosure.kind === 'proof' ? disclosure.claim : undefined;
      io.stdout(
        values.json
          ? `${JSON.stringify({ out, kind, budget, period, periodIndex, claim: said, bytes })}\n`
          : `${out}: ${said ?? `${wish.kind} of period ${periodIndex}`}\n`,
      );
      if (disclosure.kind === 'proof' && unsafe) {
        io.stderr('The proving keys are unsafe: the proof convinces no outsider.\n');
      }
      return 0;
    } finally {
      prover.close();
    }
  },
};
