/** `npm run demo:fleet` as a process. */
import { UsageError } from '../cli/usage-error.ts';
import { FLEET_DEMO_HELP, parseFleetDemoOptions } from './options.ts';
import { playFleet } from './play.ts';

async function main(argv: readonly string[]): Promise<number> {
  try {
    const options = parseFleetDemoOptions(argv);
    if (options.help) {
      process.stdout.write(FLEET_DEMO_HELP);
      return 0;
    }
    const streams = { out: process.stdout, err: process.stderr };
    return await playFleet(options, streams, new AbortController().signal);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`demo:fleet: ${error.message}; see --help\n`);
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
