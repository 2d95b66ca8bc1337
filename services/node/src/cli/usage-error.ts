/** The command line can't be used: the message names the option and the rule. Exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
