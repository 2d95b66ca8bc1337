import { NodeClient, type SubmissionOutcome } from '@atomicity/client/node-client';
import { NoAnswer, RefusedByNode } from '@atomicity/client/node-problem';
import type { EventStore, StoredEvent } from '@atomicity/event-log/port';
import { decodeEvent } from '@atomicity/kernel/book/event-codec';
import type { RecordedEvent } from '@atomicity/kernel/book/events';
import { isJsonObject, parseAnyJson } from '@atomicity/kernel/codec/canonical-json';
import type { PartyId, StreamId } from '@atomicity/kernel/units/id';
import { unixMs } from '@atomicity/kernel/units/time';
import { parseObject } from '@atomicity/kernel/wire/parse-object';
import type { Clock } from '@atomicity/ledger/writer/book-clock';
import { isShared } from '@atomicity/router/sharing/concerned-neighbours';
import type {
  Place,
  SharedObject,
  ShareLog,
  ShareOutcome,
  SharePort,
} from '@atomicity/router/sharing/share-ports';
import type { NetworkConfig } from './network-config.ts';

/** Events of one page. */
const PAGE_EVENTS = 256;

/** The stream of a book as the outbox of shared objects reads it. */
export function shareLog(store: EventStore, stream: StreamId): ShareLog {
  return {
    async read(after) {
      const events: RecordedEvent[] = [];
      let last: Place | undefined;
      for await (const stored of store.readStream(stream, after + 1, PAGE_EVENTS)) {
        last = { revision: stored.revision, eventId: stored.eventId };
        const event = sharedEventOf(stored);
        if (event !== undefined) events.push(event);
      }
      return { events, last };
    },
    async holds({ revision, eventId }) {
      for await (const stored of store.readStream(stream, revision, 1)) {
        return stored.revision === revision && stored.eventId === eventId;
      }
      return false;
    },
  };
}

/** Undefined for types that concern no neighbour, and for erased events. */
function sharedEventOf(stored: StoredEvent): RecordedEvent | undefined {
  const { stream, revision, eventId, payload } = stored;
  const envelope = parseAnyJson(Buffer.from(stored.envelope).toString('utf8'))?.value;
  const { type, at } = isJsonObject(envelope) ? envelope : {};
  if (typeof type !== 'string' || typeof at !== 'number' || !isShared(type)) return undefined;
  const value = payload === null ? undefined : parseAnyJson(payload)?.value;
  const { data } = isJsonObject(value) ? value : {};
  if (data === undefined) return undefined;
  return { ...decodeEvent(type, data), stream, revision, eventId, at: unixMs(at) };
}

const ANSWER_BYTES_MAX = 512 * 1024;

/** Statuses that say that a request as a whole is none that the node would ever take. */
const UNFIT: ReadonlySet<number> = new Set([400, 413, 415, 422]);

const isStranger = (outcome: ShareOutcome): boolean =>
  outcome.kind === 'refused' && outcome.refusal.reason === 'role_not_allowed';

export type ShareDelivery = SharePort & { readonly close: () => void };

/**
 * Submits objects to the neighbours' nodes over their ordinary API, signed by the router's key; the
 * object's id is the command's unless it names another. A node that does not know that key gets its
 * delegation first. One try; whatever goes wrong rejects.
 */
export function shareDelivery(
  { key, peers, limits, delegation }: NetworkConfig,
  clock: Clock,
): ShareDelivery {
  const closing = new AbortController();
  const clients = new Map<PartyId, NodeClient>();
  for (const { party, url } of peers) {
    const options = { baseUrl: url, key, retriesMax: 0, timeoutMs: limits.peerTimeoutMs };
    const now = () => clock.now();
    clients.set(party, new NodeClient({ ...options, now, fetch: endedBy(closing.signal) }));
  }
  const introduction = parseObject(delegation);
  return {
    async deliver(to, objects) {
      const client = clients.get(to);
      if (client === undefined) throw new NoAnswer(`no address of ${to}`);
      const outcomes = await submit(client, objects);
      if (introduction.kind === 'refused' || !outcomes.some(isStranger)) return outcomes;
      await submit(client, [{ id: introduction.object.id, text: delegation }]);
      return submit(client, objects);
    },
    close: () => closing.abort(),
  };
}

/** `fetch` that ends with the node, and reads no more of an answer than any honest one has. */
function endedBy(end: AbortSignal): typeof fetch {
  return async (input, init) => {
    const signals = [end, ...(init?.signal ? [init.signal] : [])];
    const response = await fetch(input, { ...init, signal: AbortSignal.any(signals) });
    const { status, headers } = response;
    return new Response(await readUpTo(response, ANSWER_BYTES_MAX), { status, headers });
  };
}

/** @throws Error when the answer is larger. */
async function readUpTo(response: Response, bytesMax: number): Promise<Blob> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  for await (const piece of response.body ?? []) {
    size += piece.length;
    if (size > bytesMax) throw new Error(`an answer of more than ${bytesMax} bytes`);
    pieces.push(piece);
  }
  return new Blob(pieces);
}

/** A request that is refused as a whole is cut in two, until the object is found that is to blame. */
async function submit(
  client: NodeClient,
  objects: readonly SharedObject[],
): Promise<readonly ShareOutcome[]> {
  try {
    const submissions = objects.map(({ id, text, commandId }) => ({
      commandId: commandId ?? id,
      text,
    }));
    return (await client.submit(submissions)).map(outcomeOf);
  } catch (error) {
    if (!(error instanceof RefusedByNode) || !UNFIT.has(error.problem.status)) throw error;
    if (objects.length === 1) return [{ kind: 'refused', refusal: refusalOf(error.problem) }];
    const half = Math.ceil(objects.length / 2);
    const first = await submit(client, objects.slice(0, half));
    return [...first, ...(await submit(client, objects.slice(half)))];
  }
}

function outcomeOf(outcome: SubmissionOutcome): ShareOutcome {
  if (outcome.kind === 'accepted') return { kind: 'taken' };
  return { kind: 'refused', refusal: refusalOf(outcome.problem) };
}

function refusalOf({ reason, facts }: RefusedByNode['problem']) {
  return { reason, ...(facts === undefined ? {} : { facts }) };
}
