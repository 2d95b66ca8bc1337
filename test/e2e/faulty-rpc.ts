/** A chain's node behind a line that loses what it is told to lose. */
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';

/**
 * What becomes of the next transaction that is handed over: `lost` reaches the node and its answer nobody;
 * `away` reaches nobody.
 */
export type LineFault = 'lost' | 'away';

export type FaultyRpc = {
  readonly url: string;
  /** Taken one after another by the transactions that are handed over. */
  readonly faults: LineFault[];
  /** Transactions that reached the node. */
  readonly delivered: string[];
  stop(): Promise<void>;
};

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString('utf8');
}

export async function startFaultyRpc(target: string): Promise<FaultyRpc> {
  const faults: LineFault[] = [];
  const delivered: string[] = [];
  const server = createServer(async (request, response) => {
    const body = await bodyOf(request);
    const { method, params } = JSON.parse(body);
    const isSend = method === 'eth_sendRawTransaction';
    const fault = isSend ? faults.shift() : undefined;
    if (fault === 'away') {
      response.destroy();
      return;
    }
    if (isSend) delivered.push(params[0]);
    const answer = await fetch(target, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    const text = await answer.text();
    if (fault === 'lost') response.destroy();
    else response.setHeader('content-type', 'application/json').end(text);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    faults,
    delivered,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
