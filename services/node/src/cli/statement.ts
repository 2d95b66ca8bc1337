import { parseDenomination, scaleOf } from '@atomicity/kernel/units/denomination';
import {
  type AccountStatement,
  accountStatement,
  type StatementLine,
} from '@atomicity/projector/statement/account-statement';
import { formatDecimal, statementCsv } from '@atomicity/projector/statement/statement-csv';
import { openOffline } from '../compose/offline-node.ts';
import { applyUpTo, copyProjection } from '../compose/projection-copy.ts';
import { budgetPeriodTimes } from './budget-period-times.ts';
import type { Command, ExitCode } from './command.ts';
import { parseOptions, party, required } from './options.ts';
import { parsePeriod, type StatementPeriod } from './statement-period.ts';
import { table } from './table.ts';
import { UsageError } from './usage-error.ts';

const HELP = `atomicity statement --data-dir DIR --party pk:… --period PERIOD [options]

Prints the movements of a party's positions with opening and closing balances, one block for each
denomination, as of the newest durable event. Amounts are exact decimals, times UTC.

  --data-dir DIR             the node's data directory; the node may be running
  --party pk:…               whose statement
  --period YYYY-MM           a month in UTC, or
  --period FROM..TO          two dates (YYYY-MM-DD, UTC, the second one included), or two times
                             (YYYY-MM-DDTHH:MM:SS[.mmm]Z, the second one excluded), or
  --period HASH              the time in which a budget's period ran, from its first event to its close
  --denomination CODE/SCALE  this one only
  --csv                      RFC 4180 on standard output, for a spreadsheet or an import
  --help

Exit code: 0 printed, also when nothing moved; 1 it could not be read; 2 a bad option.
`;

const SPEC = {
  'data-dir': { type: 'string' },
  party: { type: 'string' },
  period: { type: 'string' },
  denomination: { type: 'string' },
  csv: { type: 'boolean', default: false },
} as const;

export const statement: Command = {
  name: 'statement',
  summary: "print a party's movements and balances",
  help: HELP,
  async run(argv, io): Promise<ExitCode> {
    const values = parseOptions(argv, SPEC);
    const whose = party(required(values.party, 'party'), 'party');
    const period = parsePeriod(required(values.period, 'period'));
    const denomination = denominationOf(values.denomination);
    const dataDir = required(values['data-dir'], 'data-dir');
    const read = await readStatement(dataDir, whose, period);
    const lines = read.lines.filter(
      (line) => denomination === undefined || line.denomination === denomination,
    );
    if (values.csv) for (const record of statementCsv({ ...read, lines })) io.stdout(record);
    else io.stdout(asText({ ...read, lines }));
    return 0;
  },
};

function denominationOf(text: string | undefined): string | undefined {
  if (text === undefined || parseDenomination(text) !== undefined) return text;
  throw new UsageError(`--denomination: CODE/SCALE such as USD/6, not ${text}`);
}

async function readStatement(
  dataDir: string,
  whose: string,
  period: StatementPeriod,
): Promise<AccountStatement> {
  const node = openOffline(dataDir);
  try {
    const { projection, close } = await copyProjection(node);
    try {
      // Rows may be a moment behind the log: a statement is not.
      await applyUpTo(projection, node.log, node.log.size);
      const times =
        period.kind === 'times'
          ? period
          : await budgetPeriodTimes(projection.file, node.log, period.hash);
      const query = { party: whose, from: times.from, to: times.to };
      return accountStatement(projection.file, projection.asOf.logIndex, query);
    } finally {
      close();
    }
  } finally {
    await node.close();
  }
}

function asText({ party: whose, from, to, logIndex, lines }: AccountStatement): string {
  const until = to >= Number.MAX_SAFE_INTEGER ? 'now' : new Date(to).toISOString();
  const head = `${whose}\n${new Date(from).toISOString()} … ${until}, as of log index ${logIndex}\n\n`;
  if (lines.length === 0) return `${head}  This party has no edge.\n`;
  const header = ['time', 'what', 'counterparty', 'denomination', 'debit', 'credit', 'balance'];
  return head + table(header, lines.map(cells));
}

function cells(line: StatementLine): readonly string[] {
  const denomination = parseDenomination(line.denomination);
  const scale = denomination === undefined ? 0 : scaleOf(denomination);
  const decimal = (units: bigint) => (units === 0n ? '' : formatDecimal(units, scale));
  return [
    line.at === null ? '' : new Date(line.at).toISOString(),
    line.kind,
    line.counterparty ?? '',
    line.denomination,
    decimal(line.debit),
    decimal(line.credit),
    formatDecimal(line.balance, scale),
  ];
}
