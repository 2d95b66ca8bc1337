import { readFile } from 'node:fs/promises';
import { readFeeHistory } from '@atomicity/kernel/availability/fee-history';
import { type Replay, type RouterRun, replayHistory } from '@atomicity/kernel/availability/replay';
import type { RoutePlans } from '@atomicity/kernel/availability/route';
import { type ByteCounts, countBytes } from '@atomicity/kernel/batch/blob-fee';
import { ETHEREUM_MAINNET } from '@atomicity/kernel/batch/fork-numbers';
import { anchorPlans } from '@atomicity/rails/ethereum/anchor-route';
import type { CliIo, Command, ExitCode } from './command.ts';
import { parseArguments, wholeNumber } from './options.ts';
import { table } from './table.ts';
import { UsageError } from './usage-error.ts';

const HELP = `atomicity rails replay FILE [options]

Sends one batch at each row of a fee history and says what choosing its route by price would have paid,
beside publishing all of them as blobs, as calldata or outside. The format of FILE is in
docs/reference/fee-history.md. Nothing is sent.

  --payload FILE       a payload to send; or
  --bytes N            its size, of bytes that are not zero: 1 to 10000000. Default 20000
  --band-bps N         switch to a route that is cheaper by this share, 0 to 10000. Default 1000
  --batches N          or that was the cheapest for so many batches, 1 to 1000000. Default 5
  --commitment-gas N   gas of posting the commitment of what lies outside, 0 to 16000000. Default 60000
  --unit-bytes N       bytes of one billing unit outside, 1 to 1000000. Default 512
  --json               one JSON object instead of a table
  --help

Exit code: 0 every batch found a route; 1 some did not, or FILE is no history; 2 a bad option.
`;

const SPEC = {
  payload: { type: 'string' },
  bytes: { type: 'string', default: '20000' },
  'band-bps': { type: 'string', default: '1000' },
  batches: { type: 'string', default: '5' },
  'commitment-gas': { type: 'string', default: '60000' },
  'unit-bytes': { type: 'string', default: '512' },
  json: { type: 'boolean', default: false },
} as const;

/** The registry's two ways as this node's rail takes them, and a commitment in a call as long as for blobs. */
function plansOf(executionGas: bigint, unitBytes: number): RoutePlans {
  const plans = anchorPlans({});
  const call = plans.blob?.call ?? { zeroBytes: 0, nonZeroBytes: 0 };
  return { ...plans, external: { call, executionGas, unitBytes } };
}

async function payloadOf(file: string | undefined, bytes: string): Promise<ByteCounts> {
  if (file === undefined) {
    return { zeroBytes: 0, nonZeroBytes: wholeNumber(bytes, 'bytes', { min: 1, max: 10_000_000 }) };
  }
  const content = await readFile(file);
  if (content.length === 0) throw new UsageError('--payload: a file that is not empty');
  return countBytes(content);
}

/** An amount of wei in ether, rounded down to six decimals. */
function ether(wei: bigint): string {
  const millionths = wei / 10n ** 12n;
  return `${millionths / 10n ** 6n}.${(millionths % 10n ** 6n).toString().padStart(6, '0')}`;
}

const percent = (bps: number): string => `${(bps / 100).toFixed(2)} %`;

function rowOf(name: string, { wei, switches, missed }: RouterRun): readonly string[] {
  return [name, ether(wei), '', `${switches}`, `${missed}`];
}

function show({ batches, router, withoutHysteresis, statics }: Replay): string {
  const rows = statics.map(({ route, wei, savingBps, missed }) => [
    `always ${route}`,
    wei === null ? '-' : ether(wei),
    savingBps === null ? '-' : percent(savingBps),
    '0',
    `${missed}`,
  ]);
  const { blob, calldata, external } = router.batches;
  const routed = `${blob} as blobs, ${calldata} as calldata, ${external} outside`;
  return `${batches} batches: ${routed}\n${table(
    ['choice', 'ether', 'saved by price', 'switches', 'missed'],
    [rowOf('by price', router), rowOf('by price, switching freely', withoutHysteresis), ...rows],
  )}`;
}

const json = (replay: Replay): string =>
  `${JSON.stringify(replay, (_, value) => (typeof value === 'bigint' ? `${value}` : value))}\n`;

async function replay(argv: readonly string[], io: CliIo): Promise<ExitCode> {
  const { values, positionals } = parseArguments(argv, SPEC, ['FILE']);
  const [file = ''] = positionals;
  const settings = {
    plans: plansOf(
      BigInt(wholeNumber(values['commitment-gas'], 'commitment-gas', { min: 0, max: 16_000_000 })),
      wholeNumber(values['unit-bytes'], 'unit-bytes', { min: 1, max: 1_000_000 }),
    ),
    numbers: ETHEREUM_MAINNET,
    hysteresis: {
      bandBps: wholeNumber(values['band-bps'], 'band-bps', { min: 0, max: 10_000 }),
      batches: wholeNumber(values.batches, 'batches', { min: 1, max: 1_000_000 }),
    },
  };
  const payload = await payloadOf(values.payload, values.bytes);
  const reading = readFeeHistory(await readFile(file, 'utf8'));
  if (reading.kind === 'refused') {
    const { line, field, rule } = reading.fault;
    io.stderr(`${file}, line ${line}, ${field}: ${rule}\n`);
    return 1;
  }
  const found = replayHistory(reading.rows, payload, settings);
  io.stdout(values.json ? json(found) : show(found));
  return found.router.missed === 0 ? 0 : 1;
}

/** The step `replay` of `atomicity rails`: it takes what stands behind that word. */
export const railsReplay: Command = {
  name: 'rails replay',
  summary: 'replay a fee history: what routing batches by price saves',
  help: HELP,
  run: replay,
};
