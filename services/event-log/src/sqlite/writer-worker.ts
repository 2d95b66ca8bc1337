/** The writer thread: takes everything that queued while the last commit ran as the next group. */
import {
  type MessagePort,
  parentPort,
  receiveMessageOnPort,
  workerData,
} from 'node:worker_threads';
import { OperatingError } from '../port.ts';
import { type AppendRequest, Writer, type WriterOptions } from './writer.ts';
import {
  type Answer,
  type FromWriter,
  type PlainError,
  type ToWriter,
  unpackAppends,
} from './writer-protocol.ts';

// Bounds one transaction: its memory, and how long its callers wait for the last of them.
const GROUP_EVENTS_MAX = 8192;

function serve(port: MessagePort, writer: Writer): void {
  const send = (message: FromWriter): void => port.postMessage(message);
  let failed = false;
  let group: AppendRequest[] = [];
  let groupEvents = 0;

  const commitGroup = (): void => {
    if (group.length === 0) return;
    const answers = writer.commit(group);
    const exceptions: [number, Answer][] = [];
    answers.forEach((answer, index) => {
      if (answer.kind !== 'appended') exceptions.push([index, answer]);
    });
    send({ kind: 'answers', count: group.length, exceptions });
    group = [];
    groupEvents = 0;
  };

  const take = (message: ToWriter): void => {
    if (message.kind === 'append') {
      for (const request of unpackAppends(message.appends)) {
        group.push(request);
        groupEvents += request.events.length;
        if (groupEvents >= GROUP_EVENTS_MAX) commitGroup();
      }
      return;
    }
    commitGroup();
    if (message.kind === 'erase') {
      send({ kind: 'answers', count: 1, exceptions: [[0, writer.erase(message.eventId)]] });
      return;
    }
    writer.close();
    send({ kind: 'closed' });
    port.close();
  };

  port.on('message', (first: ToWriter) => {
    // After a failed flush nobody knows what is on disk: nothing is done any more, and the store above
    // ends this thread.
    if (failed) return;
    try {
      take(first);
      // What queued meanwhile joins the group. After `close` the port yields nothing.
      for (;;) {
        const queued = receiveMessageOnPort(port) as { message: ToWriter } | undefined;
        if (queued === undefined) break;
        take(queued.message);
      }
      commitGroup();
    } catch (error) {
      failed = true;
      send({ kind: 'failed', failure: plain(error, 'store_failed', 'unknown') });
    }
  });
}

function plain(error: unknown, code: string, outcome: PlainError['outcome']): PlainError {
  if (error instanceof OperatingError) {
    const { shortMessage, facts } = error;
    return { code: error.code, outcome: error.outcome, shortMessage, facts };
  }
  const message = error instanceof Error ? error.message : String(error);
  const cause = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  return { code, outcome, shortMessage: message, facts: { cause } };
}

if (parentPort !== null) {
  const port = parentPort;
  try {
    const writer = new Writer(workerData as WriterOptions);
    serve(port, writer);
    port.postMessage({ kind: 'ready' } satisfies FromWriter);
  } catch (error) {
    const failure = plain(error, 'store_unavailable', 'not_applied');
    port.postMessage({ kind: 'failed', failure } satisfies FromWriter);
  }
}
