import { isJsonObject, parseAnyJson } from '@atomicity/kernel/codec/canonical-json';
import { type CheckedCertificate, checkCertificate } from '@atomicity/kernel/evidence/certificate';
import { describeVerdict } from '@atomicity/kernel/evidence/describe-verdict';
import { checkFeeMismatch } from '@atomicity/kernel/evidence/fee-mismatch';
import type { WireBody } from '@atomicity/kernel/wire/objects';
import { parseObject } from '@atomicity/kernel/wire/parse-object';
import type { Refusal } from '@atomicity/kernel/wire/refusals';
import { refuseChecks, requiredChecks } from '@atomicity/kernel/wire/signatures';
import { verifyWithOpenssl } from '@atomicity/ledger/verify/openssl-ed25519';
import type { Command, ExitCode } from '../command.ts';
import { parseArguments } from '../options.ts';
import { textOf } from './edge.ts';

const HELP = `atomicity verify-evidence FILE…

Checks evidence about payments across nodes as a stranger can: from the files alone, without a node, a
network or a list of keys. Whoever is accused is accused by its own signatures.

  A certificate of one part of a payment: who missed the window, or how far it came.
  A FeeMismatchProof: a hop that kept another fee than the policy it published.
  An EdgeDisagreement: two ends of an edge that signed different states.
  An EquivocationProof: one key that signed two objects for one place.

  --json    one JSON object a line instead of text
  --help

Exit code: 0 all of it stands as evidence; 1 some of it does not; 2 a bad option.
`;

const SPEC = { json: { type: 'boolean', default: false } } as const;

/** What a file shows. `lines` is for people; `facts` for programs. */
export type Finding = {
  readonly stands: boolean;
  readonly kind: string;
  readonly lines: readonly string[];
  readonly facts: Readonly<Record<string, unknown>>;
};

export const verifyEvidence: Command = {
  name: 'verify-evidence',
  summary: 'check certificates and proofs about payments, without a node',
  help: HELP,
  async run(argv, io): Promise<ExitCode> {
    const { values, positionals } = parseArguments(argv, SPEC, ['FILE…']);
    let code: ExitCode = 0;
    for (const file of positionals) {
      const finding = examine(textOf(file));
      const { stands, kind, lines, facts } = finding;
      if (!stands) code = 1;
      io.stdout(
        values.json
          ? `${JSON.stringify({ file, kind, stands, ...facts })}\n`
          : `${file}: ${kind}: ${stands ? 'it stands' : 'IT DOES NOT STAND'}\n` +
              lines.map((line) => `  ${line}\n`).join(''),
      );
    }
    return code;
  },
};

/** Examines one text. Pure but for the key cache: a second call gives an equal finding. */
export function examine(text: string): Finding {
  const value = parseAnyJson(text)?.value;
  const isCertificate = isJsonObject(value) && Object.hasOwn(value, 'objects');
  return isCertificate ? ofCertificate(checkCertificate(text, verifyWithOpenssl)) : ofObject(text);
}

function ofCertificate(checked: CheckedCertificate): Finding {
  const kind = 'certificate';
  if (checked.kind === 'refused') return refused(kind, checked.refusal);
  const { intent, part, objects, verdict } = checked;
  const lines = [
    `${objects.length} signed objects about part ${part} of intent ${intent}.`,
    ...describeVerdict(verdict),
  ];
  const facts = { intent, part, objects: objects.length, verdict: jsonOf(verdict) };
  return { stands: verdict.kind !== 'nothing_shown', kind, lines, facts };
}

function ofObject(text: string): Finding {
  const parsed = parseObject(text);
  if (parsed.kind === 'refused') return refused('object', parsed.refusal);
  const { object } = parsed;
  const { type } = object.body;
  const failed = refuseChecks(requiredChecks(object), verifyWithOpenssl);
  if (failed !== undefined) return refused(type, failed);
  return ofBody(object.body);
}

/** Reading the object has judged what it says, `requiredChecks` every signature in it. */
function ofBody(body: WireBody): Finding {
  const kind = body.type;
  switch (body.type) {
    case 'FeeMismatchProof': {
      const verdict = checkFeeMismatch(body);
      if ('reason' in verdict) return refused(kind, verdict);
      const { hop, expectedFee, keptFee } = verdict;
      const { denomination } = body.offer.object.policy;
      const lines = [
        `${hop}`,
        `published a fee of ${expectedFee} ${denomination} for this amount and kept ${keptFee}.`,
        'Offer, receipt and voucher are signed by the key that it delegated itself.',
      ];
      return { stands: true, kind, lines, facts: { ...jsonOf(verdict), denomination } };
    }
    case 'EdgeDisagreement': {
      const { first, second } = body;
      const { edge, sequence } = first.object;
      const lines = [
        `Edge ${edge}, state ${sequence}: both ends signed, and not the same.`,
        `${first.object.a} says ${first.object.balance},`,
        `${second.object.b} says ${second.object.balance} (seen from the first).`,
        'It shows that they disagree, not who is right.',
      ];
      const ends = { a: first.object.a, b: second.object.b };
      return { stands: true, kind, lines, facts: { edge, sequence, ...ends } };
    }
    case 'EquivocationProof':
      return {
        stands: true,
        kind,
        lines: ['One key signed two different objects for one place.'],
        facts: {},
      };
    default:
      return {
        stands: false,
        kind,
        lines: ['A signed object, and no evidence by itself.'],
        facts: { reason: 'not_evidence' },
      };
  }
}

function refused(kind: string, { reason, field, rule }: Refusal): Finding {
  const where = field === undefined ? '' : ` at ${field}`;
  const lines = [`${reason}${where}${rule === undefined ? '' : `: ${rule}`}`];
  return { stands: false, kind, lines, facts: { reason, field: field ?? null } };
}

/** Amounts as decimal strings. */
function jsonOf(value: object): Readonly<Record<string, unknown>> {
  return JSON.parse(
    JSON.stringify(value, (_name, inner: unknown) =>
      typeof inner === 'bigint' ? inner.toString() : inner,
    ),
  );
}
