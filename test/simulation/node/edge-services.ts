import { decodeEvent } from '@atomicity/kernel/book/event-codec';
import type { RecordedEvent } from '@atomicity/kernel/book/events';
import type { BookState } from '@atomicity/kernel/book/state';
import { isJsonObject, type JsonValue } from '@atomicity/kernel/codec/canonical-json';
import type { Hash, PartyId, StreamId } from '@atomicity/kernel/units/id';
import { EdgeStateDesk } from '@atomicity/router/edge-states/edge-state-desk';
import type { AgentPorts } from '@atomicity/router/ports';
import { isShared } from '@atomicity/router/sharing/concerned-neighbours';
import { ShareOutbox } from '@atomicity/router/sharing/share-outbox';
import type { SharedObject, ShareLog, ShareOutcome } from '@atomicity/router/sharing/share-ports';
import type { Call, Reply } from './calls.ts';
import type { Disk } from './disk.ts';
import { short } from './identities.ts';

const PAGE = 100;
/** Edges are proposed this often, ms: far more often than by default. */
const STATES_EVERY_MS = 45_000;

type Parts = {
  readonly ports: AgentPorts;
  readonly disk: Disk;
  readonly stream: StreamId;
  readonly call: (to: PartyId, call: Call) => Promise<Reply>;
  readonly delegationText: (party: PartyId) => string | undefined;
};

/** The stream of a book, as far as it is on disk. */
function shareLog(disk: Disk, stream: StreamId): ShareLog {
  const at = (revision: number): RecordedEvent | undefined => {
    const stored = disk.events[revision];
    if (stored === undefined) return undefined;
    const payload: JsonValue = JSON.parse(stored.payload);
    const data = isJsonObject(payload) ? payload['data'] : undefined;
    if (data === undefined) throw new Error('a payload without data');
    const { eventId, type } = stored;
    return { ...decodeEvent(type, data), stream, revision, at: stored.at, eventId };
  };
  return {
    read: async (after) => {
      const to = Math.min(after + PAGE, disk.events.length - 1);
      const events: RecordedEvent[] = [];
      for (let revision = after + 1; revision <= to; revision++) {
        const type = disk.events[revision]?.type;
        const event = type !== undefined && isShared(type) ? at(revision) : undefined;
        if (event !== undefined) events.push(event);
      }
      const last = disk.events[to];
      const isEnd = to <= after || last === undefined;
      return { events, last: isEnd ? undefined : { revision: to, eventId: last.eventId } };
    },
    holds: async ({ revision, eventId }) => disk.events[revision]?.eventId === eventId,
  };
}

/** What one incarnation of a node does for its edges besides payments, through production's desks. */
export class EdgeServices {
  readonly outbox: ShareOutbox;
  readonly desk: EdgeStateDesk;
  readonly #ports: AgentPorts;
  readonly #notes = new Map<string, number>();

  constructor({ ports, disk, stream, call, delegationText }: Parts) {
    this.#ports = ports;
    this.outbox = new ShareOutbox({
      ...ports,
      log: shareLog(disk, stream),
      store: disk.shares,
      share: {
        deliver: async (to, objects) => {
          const reply = await call(to, { kind: 'share', objects });
          if (reply.kind !== 'share') throw new Error('another kind of reply');
          return reply.outcomes;
        },
      },
      onRefused: (to, { type, reason }) => this.#note(`${short(to)} ${type} ${reason}`),
    });
    this.desk = new EdgeStateDesk(
      {
        ...ports,
        propose: async (to, edge, text) => {
          const reply = await call(to, { kind: 'state', edge, text });
          if (reply.kind !== 'state') throw new Error('another kind of reply');
          return reply.answer;
        },
        delegationText: (party) => delegationText(party),
        shared: this.outbox,
      },
      { everyMs: STATES_EVERY_MS },
    );
  }

  /** Objects that neighbours refused, and how often. */
  get refusals(): ReadonlyMap<string, number> {
    return this.#notes;
  }

  start(): void {
    this.outbox.start();
    this.desk.start();
  }

  see(events: readonly RecordedEvent[], state: BookState): void {
    this.outbox.see(events, state);
  }

  propose(edge: Hash): ReturnType<EdgeStateDesk['propose']> {
    return this.desk.propose(edge);
  }

  /** Submits what a neighbour shares, as the node's endpoint for objects does. */
  async take(objects: readonly SharedObject[]): Promise<readonly ShareOutcome[]> {
    const outcomes: ShareOutcome[] = [];
    for (const { text } of objects) outcomes.push(await this.#takeOne(text));
    return outcomes;
  }

  async #takeOne(text: string): Promise<ShareOutcome> {
    const object = await this.#ports.verify(text);
    if ('reason' in object) return { kind: 'refused', refusal: object };
    const outcome = await this.#ports.book.submit(object);
    if (outcome.kind === 'refused') return outcome;
    if (outcome.kind === 'failed') return { kind: 'refused', refusal: { reason: outcome.reason } };
    return { kind: 'taken' };
  }

  #note(what: string): void {
    this.#notes.set(what, (this.#notes.get(what) ?? 0) + 1);
  }
}
