/**
 * The fleet's cycle at scale: 50 agents × 64 payments, from the first payment to the confirmed transaction,
 * with the time of each phase, the gas of each transaction and what the chain was given. It is the
 * demonstration itself, on the prover that the machine has; the control is the same fleet with a tenth of the
 * payments, whose fleet proof and transaction must cost the same.
 *
 * Run: npm run bench -- fleet [--agents N] [--payments N] [--json]
 */
import { execFileSync } from 'node:child_process';
import { cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    agents: { type: 'string', default: '50' },
    payments: { type: 'string', default: '64' },
    json: { type: 'boolean', default: false },
  },
});

type Told = Readonly<Record<string, unknown>> & { readonly event: string };
type Phase = { readonly name: string; readonly seconds: number };

type Figures = {
  readonly agents: number;
  readonly payments: number;
  readonly prover: unknown;
  readonly phases: readonly Phase[];
  /** From the first payment to the confirmed transaction. */
  readonly settledSeconds: number;
  readonly settleGas: number;
};

const MAIN = fileURLToPath(new URL('../../services/node/src/fleet-demo/main.ts', import.meta.url));

/** Plays the story; throws when one of its claims does not hold. */
function play(agents: string, payments: string): Figures {
  const argv = ['--conditions=source', MAIN, '--json', '--agents', agents, '--payments', payments];
  const text = execFileSync(process.execPath, [...argv, '--tier', '64'], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const told: Told[] = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const named = (event: string): Told => {
    const found = told.find((each) => each.event === event);
    if (found === undefined) throw new Error(`the story told nothing of ${event}`);
    return found;
  };
  const { phases, settledSeconds } = named('phases') as unknown as Pick<
    Figures,
    'phases' | 'settledSeconds'
  >;
  return {
    agents: Number(agents),
    payments: Number(agents) * Number(payments),
    prover: named('prover')['kind'],
    phases,
    settledSeconds,
    settleGas: Number(named('settled')['gas']),
  };
}

const fewer = Math.max(2, Math.floor(Number(values.payments) / 10));
const control = play(values.agents, `${fewer}`);
const large = play(values.agents, values.payments);
const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, load ${loadavg()[0]?.toFixed(1)}`;

if (values.json) process.stdout.write(`${JSON.stringify({ machine, control, large })}\n`);
else {
  const width = Math.max(...large.phases.map(({ name }) => name.length));
  const rows = large.phases.map(({ name, seconds }, i) => {
    const before = control.phases[i]?.seconds.toFixed(2) ?? '';
    return `${name.padEnd(width)}  ${before.padStart(9)}  ${seconds.toFixed(2).padStart(9)}`;
  });
  process.stdout.write(
    `${machine}, ${large.prover} prover\n` +
      `${'seconds'.padEnd(width)}  ${`${control.payments}`.padStart(9)}  ${`${large.payments}`.padStart(9)}  payments\n` +
      `${rows.join('\n')}\n` +
      `first payment to confirmed transaction: ${control.settledSeconds.toFixed(1)} s, ${large.settledSeconds.toFixed(1)} s\n` +
      `gas of the transaction: ${control.settleGas}, ${large.settleGas}\n`,
  );
}
