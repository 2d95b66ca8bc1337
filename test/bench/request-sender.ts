/**
 * Sends prepared HTTP requests over loopback sockets and reads only as much of the answers as it takes
 * to count them: a load generator that costs the measured cores next to nothing.
 */
import { connect } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';

export type SenderTask = {
  readonly port: number;
  /** One list a connection; each is sent in order, the next request after the last answer. */
  readonly connections: readonly (readonly Uint8Array[])[];
};

export type SenderReport = {
  readonly startedAt: number;
  readonly endedAt: number;
  /** Bodies of all answers, to be checked after the clock has stopped. */
  readonly answers: readonly string[];
  readonly latenciesMs: readonly number[];
};

function sendAll(
  port: number,
  requests: readonly Uint8Array[],
  answers: string[],
  latenciesMs: number[],
): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let next = 0;
    let sentAt = 0;
    let received: Buffer = Buffer.alloc(0);
    const send = (): void => {
      const request = requests[next];
      if (request === undefined) {
        socket.end();
        resolve();
        return;
      }
      next += 1;
      sentAt = performance.now();
      socket.write(request);
    };
    socket.setNoDelay(true);
    socket.on('connect', send);
    socket.on('error', reject);
    socket.on('data', (chunk: Buffer) => {
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
      const headEnd = received.indexOf('\r\n\r\n');
      if (headEnd < 0) return;
      const length = /content-length: (\d+)/i.exec(received.toString('latin1', 0, headEnd));
      const end = headEnd + 4 + Number(length?.[1] ?? 0);
      if (received.length < end) return;
      latenciesMs.push(performance.now() - sentAt);
      answers.push(received.toString('utf8', 0, end));
      received = received.subarray(end);
      send();
    });
  });
}

async function run(task: SenderTask): Promise<void> {
  const answers: string[] = [];
  const latenciesMs: number[] = [];
  const startedAt = performance.timeOrigin + performance.now();
  await Promise.all(
    task.connections.map((requests) => sendAll(task.port, requests, answers, latenciesMs)),
  );
  const endedAt = performance.timeOrigin + performance.now();
  parentPort?.postMessage({ startedAt, endedAt, answers, latenciesMs } satisfies SenderReport);
}

if (parentPort !== null) {
  parentPort.on('message', (message: 'go') => {
    if (message === 'go') void run(workerData);
  });
}
