/** A demonstration as a process: its options, its help, its end. */
import { UsageError } from '../cli/usage-error.ts';

export type Demo<Options extends { readonly help: boolean }> = {
  /** As npm calls it: `demo:fleet`. */
  readonly name: string;
  readonly help: string;
  readonly parse: (argv: readonly string[]) => Options;
  readonly play: (options: Options) => Promise<0 | 1>;
};

/**
 * Runs a demonstration and sets the exit code: that of the story, 2 for a bad option, 128 + n for a signal. Whoever
 * started it is not left with anything: `exit` handlers run.
 */
export async function runDemo<Options extends { readonly help: boolean }>(
  demo: Demo<Options>,
): Promise<void> {
  // Whoever reads may stop reading; then nobody is left to tell the story to.
  process.stdout.on('error', () => process.exit(1));
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const) {
    process.once(signal, () => process.exit(code));
  }
  process.exitCode = await codeOf(demo, process.argv.slice(2));
}

async function codeOf<Options extends { readonly help: boolean }>(
  { name, help, parse, play }: Demo<Options>,
  argv: readonly string[],
): Promise<number> {
  try {
    const options = parse(argv);
    if (!options.help) return await play(options);
    process.stdout.write(help);
    return 0;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${name}: ${error.message}; see --help\n`);
    return 2;
  }
}
