/** `npm run demo:network` as a process. */
import { UsageError } from '../cli/usage-error.ts';
import { DEMO_HELP, parseDemoOptions } from './options.ts';
import { playNetwork } from './play.ts';

async function main(argv: readonly string[]): Promise<number> {
  try {
    const options = parseDemoOptions(argv);
    if (options.help) {
      process.stdout.write(DEMO_HELP);
      return 0;
    }
    return await playNetwork(options, process.stdout);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`demo:network: ${error.message}; see --help\n`);
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
