/** A TCP proxy that hangs up on both sides after a number of bytes in one direction. */

import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

export type Cut = { readonly after: number; readonly of: 'request' | 'answer' };

export class CuttingProxy {
  /** Where the next connections are cut; undefined lets them through. */
  cut: Cut | undefined;
  /** What the last connection carried. */
  carried = { request: 0, answer: 0 };
  readonly #target: number;
  readonly #server: Server;
  readonly #open = new Set<Socket>();

  constructor(targetPort: number) {
    this.#target = targetPort;
    this.#server = createServer((client) => this.#serve(client));
  }

  /** The port that it listens on. */
  async start(): Promise<number> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('a port was expected');
    return address.port;
  }

  async stop(): Promise<void> {
    for (const socket of this.#open) socket.destroy();
    const closed = once(this.#server, 'close');
    this.#server.close();
    await closed;
  }

  #serve(client: Socket): void {
    const node = connect(this.#target, '127.0.0.1');
    const { cut } = this;
    const carried = { request: 0, answer: 0 };
    this.carried = carried;
    const hangUp = () => {
      client.destroy();
      node.destroy();
    };
    const carry = (from: Socket, to: Socket, of: Cut['of']) => {
      this.#open.add(from);
      from.on('data', (chunk: Buffer) => {
        const left = cut?.of === of ? cut.after - carried[of] : Number.POSITIVE_INFINITY;
        carried[of] += chunk.length;
        if (chunk.length < left) to.write(chunk);
        // What is within the limit still arrives: the other side reads it, then sees the end.
        else if (left > 0) to.write(chunk.subarray(0, left), hangUp);
        else hangUp();
      });
      from.on('end', () => to.end());
      from.on('error', hangUp);
      from.on('close', () => this.#open.delete(from));
    };
    carry(client, node, 'request');
    carry(node, client, 'answer');
    if (cut?.after === 0) hangUp();
  }
}
