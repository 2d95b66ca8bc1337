import { readFileSync } from 'node:fs';
import { coSign, type ProposedEdge, proposeEdge, readProposal } from '@atomicity/client/proposal';
import { randomNonce } from '@atomicity/client/signer';
import type { PartyId } from '@atomicity/kernel/units/id';
import { unixMs } from '@atomicity/kernel/units/time';
import type { EdgeAgreement } from '@atomicity/kernel/wire/objects';
import type { CliIo, Command, ExitCode } from '../command.ts';
import {
  denomination,
  oneOf,
  parseArguments,
  party,
  required,
  units,
  wholeNumber,
} from '../options.ts';
import { UsageError } from '../usage-error.ts';
import { writeNewFile } from '../write-new-file.ts';
import { configOf } from './wallet-options.ts';

const HELP = `atomicity edge propose --network FILE --with pk:… --denomination CODE/SCALE --out FILE [terms]
atomicity edge show FILE
atomicity edge accept FILE --network FILE --out FILE

Opens a credit line with a party of another node, in files that go to and fro: one proposes and signs,
the other looks, signs too, and both hand the result to their nodes with \`atomicity submit\`. No money
moves; from then on either may owe the other up to the limit.

  propose, accept   with --network FILE (or --data-dir DIR), the party's network configuration
  --out FILE        where the signed text goes; a new file

  --with pk:…       the other party
  --they-owe N      how much the other may owe us, in units of the denomination      (0)
  --we-owe N        how much we may owe the other                                    (0)
  --days N          how long the line is open, 1 … 3650                              (365)
  --grace-hours N   grace after that in which debts are paid off, 0 … 8760           (0)
  --rate-bps N      interest a year on what is owed, 0 … 10000                       (0)
  --haircut-bps N   part of the limits that payments of others leave free            (0)
  --json            one JSON object instead of text
  --help

Exit code: 0 done; 1 it can not be signed; 2 a bad option.
`;

const SPEC = {
  network: { type: 'string' },
  'data-dir': { type: 'string' },
  out: { type: 'string' },
  with: { type: 'string' },
  denomination: { type: 'string' },
  'they-owe': { type: 'string', default: '0' },
  'we-owe': { type: 'string', default: '0' },
  days: { type: 'string', default: '365' },
  'grace-hours': { type: 'string', default: '0' },
  'rate-bps': { type: 'string', default: '0' },
  'haircut-bps': { type: 'string', default: '0' },
  json: { type: 'boolean', default: false },
} as const;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const BPS = { min: 0, max: 10_000 } as const;

type Values = ReturnType<typeof parseArguments<typeof SPEC>>['values'];

export const edge: Command = {
  name: 'edge',
  summary: 'propose, look at or accept a credit line with another node’s party',
  help: HELP,
  async run(argv, io): Promise<ExitCode> {
    const [action = '', ...rest] = argv;
    switch (oneOf(action, 'edge', ['propose', 'show', 'accept'] as const)) {
      case 'propose':
        return propose(parseArguments(rest, SPEC, []).values, io);
      case 'show': {
        const { values, positionals } = parseArguments(rest, SPEC, ['FILE']);
        const { id, body, missing } = readEdge(positionals[0] ?? '');
        tell(io, values.json, id, body, missing);
        return 0;
      }
      case 'accept': {
        const { values, positionals } = parseArguments(rest, SPEC, ['FILE']);
        return accept(positionals[0] ?? '', values, io);
      }
    }
  },
};

async function propose(values: Values, io: CliIo): Promise<ExitCode> {
  const { party: by, key } = configOf(values);
  const proposal = proposeEdge({ by, key }, termsOf(values, io.now(), by), randomNonce);
  await writeNewFile(required(values.out, 'out'), 'out', [`${proposal.text}\n`]);
  tell(io, values.json, proposal.id, proposal.body, [counterpartyOf(proposal.body, by)]);
  return 0;
}

async function accept(file: string, values: Values, io: CliIo): Promise<ExitCode> {
  const { party: by, key } = configOf(values);
  readEdge(file);
  const text = coSign(textOf(file), { by, key });
  await writeNewFile(required(values.out, 'out'), 'out', [`${text}\n`]);
  const { id, body, missing } = readProposal(text, 'EdgeAgreement');
  tell(io, values.json, id, body as EdgeAgreement, missing);
  return 0;
}

function termsOf(values: Values, now: number, by: PartyId): ProposedEdge {
  const counterparty = party(required(values.with, 'with'), 'with');
  if (counterparty === by) throw new UsageError('--with: another party than our own');
  const days = wholeNumber(values.days, 'days', { min: 1, max: 3650 });
  return {
    counterparty,
    denomination: denomination(required(values.denomination, 'denomination'), 'denomination'),
    theyMayOwe: units(values['they-owe'], 'they-owe'),
    weMayOwe: units(values['we-owe'], 'we-owe'),
    expiresAt: unixMs(now + days * DAY_MS),
    graceMs: wholeNumber(values['grace-hours'], 'grace-hours', { min: 0, max: 8760 }) * HOUR_MS,
    rateBps: wholeNumber(values['rate-bps'], 'rate-bps', BPS),
    haircutBps: wholeNumber(values['haircut-bps'], 'haircut-bps', BPS),
  };
}

function readEdge(file: string) {
  const { id, body, missing } = readProposal(textOf(file), 'EdgeAgreement');
  return { id, body: body as EdgeAgreement, missing };
}

/** A file's text without the line end that editors add. @throws UsageError when it can't be read. */
export function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8').trimEnd();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : 'unknown';
    throw new UsageError(`${file}: can not be read (${code})`);
  }
}

const counterpartyOf = ({ a, b }: EdgeAgreement, by: PartyId): PartyId => (a === by ? b : a);

function tell(
  io: CliIo,
  json: boolean,
  id: string,
  body: EdgeAgreement,
  missing: readonly PartyId[],
): void {
  const {
    a,
    b,
    denomination: unit,
    limitA,
    limitB,
    rateBps,
    expiresAt,
    graceMs,
    haircutBps,
  } = body;
  if (json) {
    const limits = { limitA: `${limitA}`, limitB: `${limitB}` };
    const times = { expiresAt, graceMs };
    const terms = { a, b, denomination: unit, ...limits, rateBps, haircutBps, ...times };
    io.stdout(`${JSON.stringify({ edge: id, ...terms, missing })}\n`);
    return;
  }
  const lines = [
    `Edge ${id}`,
    `  ${b} may owe ${limitA} ${unit} to`,
    `  ${a}, which may owe it ${limitB}.`,
    `  Open until ${new Date(expiresAt).toISOString()}, grace ${graceMs / HOUR_MS} h, ` +
      `interest ${rateBps} bps a year, haircut ${haircutBps} bps.`,
    missing.length === 0
      ? '  Signed by both: hand it to both nodes.'
      : `  Waits for the signature of ${missing.join(' and ')}.`,
  ];
  io.stdout(`${lines.join('\n')}\n`);
}
