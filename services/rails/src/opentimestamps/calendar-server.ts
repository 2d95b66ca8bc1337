/** Servers of tests and rehearsals: a port of its own on the loopback, closed with every open connection. */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

export type TestServer = {
  readonly url: string;
  readonly close: () => Promise<void>;
};

/** Starts a server on a free port of 127.0.0.1. */
export async function startServer(
  handle: (request: IncomingMessage, response: ServerResponse) => unknown,
): Promise<TestServer> {
  const server = createServer((request, response) => {
    Promise.resolve(handle(request, response)).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : undefined);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Everything sent to a request, as bytes. */
export async function bodyOf(request: IncomingMessage): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) {
    if (chunk instanceof Uint8Array) chunks.push(chunk);
  }
  return Uint8Array.from(Buffer.concat(chunks));
}
