/** `npm run demo:rails` as a process. */
import { UsageError } from '../cli/usage-error.ts';
import { parseRailsDemoOptions, RAILS_DEMO_HELP } from './options.ts';
import { playRails } from './play.ts';

async function main(argv: readonly string[]): Promise<number> {
  try {
    const options = parseRailsDemoOptions(argv);
    if (options.help) {
      process.stdout.write(RAILS_DEMO_HELP);
      return 0;
    }
    const streams = { out: process.stdout, err: process.stderr };
    return await playRails(options, streams, new AbortController().signal);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`demo:rails: ${error.message}; see --help\n`);
    return 2;
  }
}

// Whoever reads may stop reading; then nobody is left to tell the story to.
process.stdout.on('error', () => process.exit(1));
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const) {
  process.once(signal, () => process.exit(code));
}
process.exitCode = await main(process.argv.slice(2));
