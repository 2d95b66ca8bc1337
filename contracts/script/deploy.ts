// Deploys the registry. Run: npm run deploy -w @atomicity/contracts -- --rpc-url URL --private-key-file FILE
//   --bond WEI --demand-deposit WEI --challenge-window SECONDS --response-window SECONDS
//   [--circuits NAME,NAME] [--record FILE] [--json]
// --record keeps the addresses after each contract: a second run with it reuses what is there already.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { CIRCUITS, type CircuitName } from '@atomicity/prover/artifacts/circuits';
import { type Address, createClient, http, isAddress } from 'viem';
import { DeployError } from './deploy-error.ts';
import { deployRegistry, type RegistryDeployment } from './deploy-registry.ts';
import { accountOf } from './private-key-file.ts';

const OPTIONS = {
  'rpc-url': { type: 'string' },
  'private-key-file': { type: 'string' },
  bond: { type: 'string' },
  'demand-deposit': { type: 'string' },
  'challenge-window': { type: 'string' },
  'response-window': { type: 'string' },
  circuits: { type: 'string' },
  record: { type: 'string' },
  json: { type: 'boolean', default: false },
} as const;

type Options = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values'];

function required(options: Options, name: keyof typeof OPTIONS): string {
  const value = options[name];
  if (typeof value === 'string' && value !== '') return value;
  throw new DeployError('option_malformed', `--${name} is missing`);
}

function wholeNumber(options: Options, name: keyof typeof OPTIONS, limit: bigint): bigint {
  const text = required(options, name);
  const value = /^[0-9]{1,30}$/.test(text) ? BigInt(text) : 0n;
  if (value > 0n && value < limit) return value;
  throw new DeployError('option_malformed', `--${name} is a whole number from 1 to ${limit - 1n}`);
}

function circuitsOf(text: string | undefined): readonly CircuitName[] | undefined {
  return text?.split(',').map((each) => {
    const row = CIRCUITS.find(({ name }) => name === each);
    if (row === undefined) throw new DeployError('option_malformed', `no circuit ${each}`);
    return row.name;
  });
}

function readRecord(path: string | undefined): Record<string, Address> {
  if (path === undefined || !existsSync(path)) return {};
  const record: unknown = JSON.parse(readFileSync(path, 'utf8'));
  const entries = typeof record === 'object' && record !== null ? Object.entries(record) : [];
  return Object.fromEntries(
    entries.map(([name, address]) => {
      if (typeof address === 'string' && isAddress(address)) return [name, address];
      throw new DeployError('option_malformed', `--record: ${name} has no address`);
    }),
  );
}

function report({ chainId, registry, contracts, verifiers, gasUsed }: RegistryDeployment): string {
  const rows = contracts.map(({ name, address, gasUsed: gas, reused }) => {
    return `${name.padEnd(22)} ${address} ${reused ? 'reused' : `${gas} gas`}`;
  });
  const unsafe = verifiers.some(({ development }) => development);
  const warning = unsafe ? ['DEVELOPMENT KEYS: anyone can forge proofs for this registry.'] : [];
  return [...rows, `chain ${chainId}, registry ${registry}, ${gasUsed} gas`, ...warning].join('\n');
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: OPTIONS });
  const account = accountOf(required(values, 'private-key-file'));
  const circuits = circuitsOf(values.circuits);
  const addresses = readRecord(values.record);
  const deployment = await deployRegistry({
    client: createClient({ account, transport: http(required(values, 'rpc-url')) }),
    bond: wholeNumber(values, 'bond', 1n << 96n),
    demandDeposit: wholeNumber(values, 'demand-deposit', 1n << 96n),
    challengeWindow: Number(wholeNumber(values, 'challenge-window', 1n << 32n)),
    responseWindow: Number(wholeNumber(values, 'response-window', 1n << 32n)),
    ...(circuits === undefined ? {} : { circuits }),
    known: { ...addresses },
    onDeployed: ({ name, address }) => {
      addresses[name] = address;
      if (values.record === undefined) return;
      writeFileSync(`${values.record}.new`, `${JSON.stringify(addresses, null, 2)}\n`);
      renameSync(`${values.record}.new`, values.record);
    },
  });
  const plain = (_: string, value: unknown) => (typeof value === 'bigint' ? `${value}` : value);
  console.log(values.json ? JSON.stringify(deployment, plain, 2) : report(deployment));
}

try {
  await main();
} catch (error) {
  if (!(error instanceof DeployError)) throw error;
  console.error(`${error.code}: ${error.message}`);
  process.exitCode = 1;
}
