import { NoAnswer, RefusedByNode } from '@atomicity/client/node-problem';
import { ProposalRefused } from '@atomicity/client/proposal';
import { OperatingError } from '@atomicity/event-log/port';
import { ArtifactError } from '@atomicity/prover/artifacts/artifact-error';
import { ProverError } from '@atomicity/prover/prove/groth16-prover';
import { AccountKeyError } from '@atomicity/rails/ethereum/account-key';
import { RailError } from '@atomicity/rails/port';
import { NothingToDisclose } from '../compose/attested-period.ts';
import { BackupDamaged } from '../compose/backup-manifest.ts';
import { NothingToExport } from '../compose/bundle-source.ts';
import { NoLogHere } from '../compose/offline-node.ts';
import { DataDirBusy } from '../compose/process-lock.ts';
import { FleetConfigError } from '../fleet/fleet-config.ts';
import { NetworkConfigError } from '../network/network-config.ts';
import { RailsConfigError } from '../rails/rails-config.ts';
import { audit } from './audit.ts';
import { backup } from './backup.ts';
import { ceremony } from './ceremony/ceremony.ts';
import type { CliIo, Command, ExitCode } from './command.ts';
import { disclose } from './disclose.ts';
import { erase } from './erase.ts';
import { exportBundle } from './export.ts';
import { fleet } from './fleet/fleet.ts';
import { edge } from './network/edge.ts';
import { evidence } from './network/evidence.ts';
import { invoice } from './network/invoice.ts';
import { party } from './network/party.ts';
import { pay } from './network/pay.ts';
import { hops, payment } from './network/payment.ts';
import { submit } from './network/submit.ts';
import { verifyEvidence } from './network/verify-evidence.ts';
import { rails } from './rails.ts';
import { reconcile } from './reconcile.ts';
import { restore } from './restore.ts';
import { serve } from './serve.ts';
import { statement } from './statement.ts';
import { trustFile } from './trust-file.ts';
import { UsageError } from './usage-error.ts';

/** Every command of `atomicity`, in the order in which they are listed. */
export const COMMANDS: readonly Command[] = [
  serve,
  backup,
  restore,
  reconcile,
  statement,
  exportBundle,
  trustFile,
  audit,
  disclose,
  erase,
  party,
  edge,
  submit,
  invoice,
  pay,
  payment,
  hops,
  evidence,
  verifyEvidence,
  fleet,
  rails,
  ceremony,
];

/** What goes wrong in ways that an operator can act on: its message is enough, a stack is not needed. */
const EXPECTED = [
  ArtifactError,
  OperatingError,
  BackupDamaged,
  DataDirBusy,
  FleetConfigError,
  NetworkConfigError,
  AccountKeyError,
  RailsConfigError,
  NoAnswer,
  NoLogHere,
  NothingToDisclose,
  NothingToExport,
  ProposalRefused,
  ProverError,
  RailError,
  RefusedByNode,
];

/** What the file system says about a path: its message names both. */
function isFileError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error && 'path' in error;
}

function usage(): string {
  const width = Math.max(...COMMANDS.map(({ name }) => name.length));
  const list = COMMANDS.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}\n`);
  return (
    'atomicity COMMAND [options]\n\n' +
    `${list.join('')}\n` +
    '`atomicity COMMAND --help` explains a command. The whole procurement cycle in one go: npm start.\n\n' +
    'Exit code: 0 done; 1 not done, or something is wrong; 2 it can not be used so.\n'
  );
}

/**
 * Runs one command line. Everything it says goes through `io`; the process is left alone.
 * @throws what no one expects: a bug.
 */
export async function runAtomicity(argv: readonly string[], io: CliIo): Promise<ExitCode> {
  const [name, ...rest] = argv;
  if (name === '--help' || name === '-h') {
    io.stdout(usage());
    return 0;
  }
  const command = COMMANDS.find((candidate) => candidate.name === name);
  if (command === undefined) {
    const what = name?.startsWith('-') ? 'option' : 'command';
    io.stderr(name === undefined ? usage() : `atomicity: unknown ${what} ${name}; see --help\n`);
    return 2;
  }
  if (rest.includes('--help') || rest.includes('-h')) {
    io.stdout(command.helpOf?.(rest) ?? command.help);
    return 0;
  }
  try {
    return await command.run(rest, io);
  } catch (error) {
    if (error instanceof UsageError) {
      io.stderr(`atomicity ${command.name}: ${error.message}; see --help\n`);
      return 2;
    }
    if (!isFileError(error) && !EXPECTED.some((kind) => error instanceof kind)) throw error;
    io.stderr(`atomicity ${command.name}: ${(error as Error).message}\n`);
    return 1;
  }
}
