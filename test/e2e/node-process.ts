/** A whole node in a process of its own: what `atomicity serve` runs, from the sources. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const CLI = fileURLToPath(new URL('../../services/node/src/cli/main.ts', import.meta.url));

/** One line that the node logs. */
export type LogEntry = Readonly<Record<string, string | number | boolean>> & {
  readonly level: string;
  readonly message: string;
};

export type Ended = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

export type StartOptions = {
  /** A command that runs the one after it, such as a shell that sets limits first. */
  readonly prefix?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** Another program that takes the arguments of `atomicity serve` and logs as it does. */
  readonly entry?: string;
};

type Listener = (entry: LogEntry) => void;

const LAST_LINES = 12;
/** What every process said that has not ended, by its id: also of one that never came up. */
const running = new Map<number | undefined, readonly string[]>();

/** The last that each node said that still runs. For a test that failed, which may have waited for one of them. */
export function lastWords(): string {
  const words = [...running].map(
    ([pid, said]) =>
      `node ${pid} has not ended; it last said:\n${said.slice(-LAST_LINES).join('\n') || 'nothing'}`,
  );
  return words.join('\n') || 'every node has ended';
}

export class NodeProcess {
  readonly url: string;
  /** Resolves when the process has ended, however it did. */
  readonly ended: Promise<Ended>;
  readonly #child: ChildProcess;
  readonly #listeners: Set<Listener>;
  readonly #said: readonly string[];

  private constructor(url: string, child: ChildProcess, parts: Parts) {
    this.url = url;
    this.#child = child;
    this.ended = parts.ended;
    this.#listeners = parts.listeners;
    this.#said = parts.said;
  }

  /**
   * Starts a node over a data directory, on a free port, and resolves when it listens.
   * @throws Error with everything it said when it ends before.
   */
  static async start(dataDir: string, options: StartOptions = {}): Promise<NodeProcess> {
    const { prefix = [], env = {}, entry = CLI } = options;
    const command = [...prefix, process.execPath, '--conditions=source', entry];
    const [program = '', ...argv] = [...command, 'serve', '--data-dir', dataDir, '--port', '0'];
    const child = spawn(program, argv, {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, ...env },
    });
    const parts = followed(child);
    const url = await new Promise<string>((resolve, reject) => {
      parts.listeners.add(({ message, url }) => {
        if (message === 'listening') resolve(String(url));
      });
      parts.ended.then(
        ({ code }) => reject(new Error(`ended (${code}):\n${parts.said.join('\n')}`)),
        reject,
      );
    });
    return new NodeProcess(url, child, parts);
  }

  /** Everything that the node has logged. */
  get said(): readonly string[] {
    return this.#said;
  }

  /** Resolves at the `count`-th line from now on that `matches`. Rejects when the process ends before. */
  async line(matches: (entry: LogEntry) => boolean, count = 1): Promise<LogEntry> {
    let seen = 0;
    let listener: Listener = () => undefined;
    const found = new Promise<LogEntry>((resolve) => {
      listener = (entry) => {
        if (matches(entry)) seen += 1;
        if (seen === count) resolve(entry);
      };
      this.#listeners.add(listener);
    });
    const early = this.ended.then((): never => {
      throw new Error(`ended before it said so:\n${this.#said.join('\n')}`);
    });
    try {
      return await Promise.race([found, early]);
    } finally {
      this.#listeners.delete(listener);
    }
  }

  /** kill -9, and wait until the process is gone. */
  async kill(): Promise<Ended> {
    this.#child.kill('SIGKILL');
    return await this.ended;
  }

  /** Asks for an orderly end and waits for it. */
  async stop(): Promise<Ended> {
    this.#child.kill('SIGTERM');
    return await this.ended;
  }
}

type Parts = {
  readonly said: string[];
  readonly listeners: Set<Listener>;
  readonly ended: Promise<Ended>;
};

function followed(child: ChildProcess): Parts {
  const said: string[] = [];
  const listeners = new Set<Listener>();
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  // A test that fails leaves no node behind.
  const killed = () => child.kill('SIGKILL');
  process.once('exit', killed);
  running.set(child.pid, said);
  const gone = () => {
    process.off('exit', killed);
    running.delete(child.pid);
  };
  ended.then(gone, gone);
  if (child.stderr === null) throw new Error('standard error is piped');
  createInterface({ input: child.stderr }).on('line', (line) => {
    said.push(line);
    if (!line.startsWith('{')) return;
    const entry = JSON.parse(line) as LogEntry;
    for (const listener of [...listeners]) listener(entry);
  });
  return { said, listeners, ended };
}
