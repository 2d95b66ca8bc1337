/** A program of the test in a process of its own, with its output in a file. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';

/** Programs that run: none may outlive this process, however it ends. */
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

const START_MS = 120_000;

export class ChildProgram {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;

  private constructor(child: ChildProcess) {
    this.#child = child;
    running.add(child);
    this.#ended = once(child, 'exit').then(() => running.delete(child));
  }

  /** Starts it and waits until it writes a line that matches. @throws Error if it ends before, or is late. */
  static async start(
    binary: string,
    argv: readonly string[],
    { logFile, ready }: { readonly logFile: string; readonly ready: RegExp },
  ): Promise<ChildProgram> {
    const child = spawn(binary, argv, { stdio: ['ignore', 'pipe', 'pipe'] });
    const program = new ChildProgram(child);
    const log = createWriteStream(logFile, { flags: 'a' });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const late = setTimeout(() => reject(new Error(`${binary}: not ready, see its log`)), START_MS);
    child.once('error', reject);
    child.once('exit', (code, signal) => reject(new Error(`${binary} ended (${code ?? signal})`)));
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) throw new Error('the program has no output');
      createInterface({ input: stream }).on('line', (line) => {
        log.write(`${line}\n`);
        if (ready.test(line)) resolve();
      });
    }
    try {
      await promise;
      return program;
    } catch (error) {
      await program.end('SIGKILL');
      throw error;
    } finally {
      clearTimeout(late);
    }
  }

  /** Ends it and waits for it. A second call does nothing. */
  async end(how: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    this.#child.kill(how);
    await this.#ended;
  }
}

/** Loopback ports that were free a moment ago, each another one. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports: number[] = [];
  for (const server of servers) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('a port was expected');
    ports.push(address.port);
  }
  await Promise.all(
    servers.map((server) => {
      const closed = once(server, 'close');
      server.close();
      return closed;
    }),
  );
  return ports;
}
