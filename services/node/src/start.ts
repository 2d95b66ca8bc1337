/** `npm start`: the main job as a command. */
import { UsageError } from './cli/usage-error.ts';
import { DataDirBusy } from './compose/process-lock.ts';
import { runMainJob } from './cycle/main-job.ts';
import { parseStartOptions, START_HELP } from './cycle/options.ts';
import { TraceError } from './cycle/trace-file.ts';

async function main(argv: readonly string[]): Promise<number> {
  try {
    const options = parseStartOptions(argv);
    if (options.help) {
      process.stdout.write(START_HELP);
      return 0;
    }
    const interrupted = new Promise((resolve) => {
      process.once('SIGINT', resolve);
      process.once('SIGTERM', resolve);
    });
    const streams = { out: process.stdout, err: process.stderr };
    return await runMainJob(options, streams, interrupted);
  } catch (error) {
    const expected = [UsageError, TraceError, DataDirBusy].some((kind) => error instanceof kind);
    process.stderr.write(
      expected && error instanceof Error
        ? `${error.message}\n`
        : `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
    return expected ? 2 : 1;
  }
}

process.exit(await main(process.argv.slice(2)));
