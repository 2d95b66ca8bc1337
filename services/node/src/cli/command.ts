/** The process as a command sees it. */
export type CliIo = {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** Resolves when the process is asked to stop. Asking for it is what makes a signal orderly. */
  readonly interrupted: () => Promise<void>;
  /** ms since the epoch. */
  readonly now: () => number;
};

/** 0: done, and nothing wrong was found. 1: not done, or something is wrong. 2: it can't be used so. */
export type ExitCode = 0 | 1 | 2;

export type Command = {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** The whole of `atomicity NAME --help`. */
  readonly help: string;
  /** For a command of several steps: the help of the one that the arguments name. */
  readonly helpOf?: (argv: readonly string[]) => string;
  /**
   * Runs on the arguments behind the name.
   * @throws UsageError for arguments that can't be used; whatever the work throws.
   */
  run(argv: readonly string[], io: CliIo): Promise<ExitCode>;
};
