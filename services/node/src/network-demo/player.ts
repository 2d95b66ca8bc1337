import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { KeyPair } from '@atomicity/client/key-pair';
import { NodeClient } from '@atomicity/client/node-client';
import type { PartyId } from '@atomicity/kernel/units/id';

/** How long a node may take to come up, and to stop in order. */
const DEADLINE_MS = 60_000;

/** The command line, from source or from the build, as this file is. */
const isSource = import.meta.url.endsWith('.ts');
const NODE_FLAGS = isSource ? ['--conditions=source'] : [];
const entry = (name: string) =>
  fileURLToPath(new URL(`${name}.${isSource ? 'ts' : 'js'}`, import.meta.url));
const CLI = entry('../cli/main');
const OVERCHARGING = entry('./overcharging-node');

export type Role = {
  readonly name: string;
  readonly party: PartyId;
  readonly key: KeyPair;
  /** Holds the party's files and the node's data directory. */
  readonly folder: string;
  readonly port: number;
};

export type CliRun = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** Nodes that run: none may outlive the demonstration, however it ends. */
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Runs `atomicity …` in a process of its own. */
export async function runCli(argv: readonly string[]): Promise<CliRun> {
  const child = spawn(process.execPath, [...NODE_FLAGS, CLI, ...argv], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (piece: Buffer) => {
    stdout += piece;
  });
  child.stderr.on('data', (piece: Buffer) => {
    stderr += piece;
  });
  const [code] = await once(child, 'close');
  return { code: Number(code), stdout, stderr };
}

/** One node as a process of its own, with the party that it routes for. */
export class Player {
  readonly role: Role;
  readonly client: NodeClient;
  #child: ChildProcess | undefined;

  constructor(role: Role) {
    this.role = role;
    this.client = new NodeClient({ baseUrl: this.url, key: role.key, retriesMax: 0 });
  }

  get name(): string {
    return this.role.name;
  }

  get url(): string {
    return `http://127.0.0.1:${this.role.port}`;
  }

  get dataDir(): string {
    return join(this.role.folder, 'node');
  }

  get networkFile(): string {
    return join(this.role.folder, 'network.json');
  }

  get isUp(): boolean {
    return this.#child !== undefined;
  }

  /** Resolves when the node listens. @throws Error with the end of its log when it does not. */
  async start(how: 'honest' | 'overcharging' = 'honest'): Promise<void> {
    const port = String(this.role.port);
    const argv = [
      'serve',
      '--data-dir',
      this.dataDir,
      '--port',
      port,
      '--network',
      this.networkFile,
    ];
    const main = how === 'honest' ? CLI : OVERCHARGING;
    const child = spawn(process.execPath, [...NODE_FLAGS, main, ...argv], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#child = child;
    running.add(child);
    const listening = Promise.withResolvers<void>();
    let last = '';
    createInterface({ input: child.stderr }).on('line', (line) => {
      last = line;
      appendFileSync(join(this.role.folder, 'node.log'), `${line}\n`);
      if (line.includes('"listening"')) listening.resolve();
    });
    child.once('exit', (code, signal) => {
      running.delete(child);
      if (this.#child === child) this.#child = undefined;
      listening.reject(new Error(`${this.name} ended (${code ?? signal}): ${last}`));
    });
    // A rejection after the start is told by whoever asks the node next.
    listening.promise.catch(() => undefined);
    await within(listening.promise, `${this.name} to listen`);
  }

  /** Stops the node in order. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  /** Ends the node where it stands, as a power cut would. */
  async crash(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** The process stands still until `thaw`: its sockets take connections and nobody answers. */
  freeze(): void {
    this.#child?.kill('SIGSTOP');
  }

  thaw(): void {
    this.#child?.kill('SIGCONT');
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await within(exited, `${this.name} to end`);
  }
}

/** @throws Error when it takes longer than a minute. */
export async function within<T>(work: Promise<T>, what: string): Promise<T> {
  const abort = new AbortController();
  const late = pause(DEADLINE_MS, undefined, { signal: abort.signal }).then(
    () => {
      throw new Error(`waited ${DEADLINE_MS / 1000} s for ${what}`);
    },
    () => undefined as never,
  );
  try {
    return await Promise.race([work, late]);
  } finally {
    abort.abort();
  }
}
