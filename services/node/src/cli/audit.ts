import { USAGE } from '@atomicity/auditor/cli/arguments';
import { processIo } from '@atomicity/auditor/cli/process-io';
import { runAudit } from '@atomicity/auditor/cli/run-audit';
import type { Command, ExitCode } from './command.ts';

export const audit: Command = {
  name: 'audit',
  summary: 'check an audit bundle offline against your own trust file',
  help: USAGE,
  run: ([...argv], { stdout, stderr }): Promise<ExitCode> =>
    runAudit(argv, { ...processIo(), stdout, stderr }),
};
