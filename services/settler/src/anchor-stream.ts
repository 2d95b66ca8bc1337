/** The settler's stream in the event store: state as of the last durable event, and appending. */

import { type EventStore, NEW_STREAM, OperatingError } from '@atomicity/event-log/port';
import { eventId, parseEnvelope } from '@atomicity/kernel/log/envelope';
import type { Hash, StreamId } from '@atomicity/kernel/units/id';
import type { UnixMs } from '@atomicity/kernel/units/time';
import { type AnchorEvent, decodeAnchorEvent, encodeAnchorEvent } from './anchor-events.ts';
import { type Anchor, evolveAnchor } from './anchor-state.ts';

const READ_BATCH = 512;
const CONFLICTS_MAX = 8;

export class AnchorStream {
  readonly #store: EventStore;
  readonly #stream: StreamId;
  readonly #now: () => UnixMs;
  readonly #anchors = new Map<Hash, Anchor>();
  #revision = NEW_STREAM;
  /** Appends run one after another: each expects the revision that the one before left. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(store: EventStore, stream: StreamId, now: () => UnixMs) {
    this.#store = store;
    this.#stream = stream;
    this.#now = now;
  }

  /** Every anchor, oldest first. */
  get anchors(): ReadonlyMap<Hash, Anchor> {
    return this.#anchors;
  }

  /** Reads what this process has not seen yet. */
  async catchUp(): Promise<void> {
    for (let more = true; more; ) {
      more = false;
      for await (const stored of this.#store.readStream(
        this.#stream,
        this.#revision + 1,
        READ_BATCH,
      )) {
        more = true;
        this.#revision = stored.revision;
        if (stored.payload === null) continue;
        const { type, at } = headOf(stored.envelope);
        const event = decodeAnchorEvent(type, stored.payload);
        const anchor = evolveAnchor(this.#anchors.get(event.anchor), event, at);
        if (anchor !== undefined) this.#anchors.set(event.anchor, anchor);
      }
    }
  }

  /**
   * Appends what `decide` makes of the anchor as it stands, or nothing if it makes nothing. When
   * another process wrote in between, `decide` is asked again on the newer state.
   *
   * Durable when it resolves.
   *
   * @throws {OperatingError} of the store, or `anchor_stream_contended` (not_applied).
   */
  record(
    anchor: Hash,
    decide: (anchor: Anchor | undefined) => AnchorEvent | undefined,
  ): Promise<void> {
    const turn = this.#turn.then(() => this.#record(anchor, decide));
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async #record(
    anchor: Hash,
    decide: (anchor: Anchor | undefined) => AnchorEvent | undefined,
  ): Promise<void> {
    for (let attempt = 0; attempt < CONFLICTS_MAX; attempt += 1) {
      const before = this.#anchors.get(anchor);
      const event = decide(before);
      if (event === undefined) return;
      const at = this.#now();
      const answer = await this.#store.append(this.#stream, this.#revision, [
        {
          eventId: eventId(this.#stream, `anchor/${anchor}`, before?.events ?? 0),
          type: event.type,
          at,
          payload: encodeAnchorEvent(event),
          disclosure: null,
        },
      ]);
      // Durable from here, by this call or by another that said the same.
      await this.catchUp();
      if (answer.kind === 'appended' || answer.kind === 'already_appended') return;
    }
    throw new OperatingError({
      code: 'anchor_stream_contended',
      outcome: 'not_applied',
      shortMessage: 'another process keeps writing to the settler’s stream',
      facts: { stream: this.#stream, attempts: CONFLICTS_MAX },
    });
  }
}

/** Type and time stand in the envelope, which the tree commits to. */
function headOf(envelope: Uint8Array): { readonly type: string; readonly at: UnixMs } {
  const parsed = parseEnvelope(envelope);
  if (parsed.kind === 'refused') {
    throw new Error(`the envelope of an anchor event cannot be read: ${parsed.refusal.reason}`);
  }
  return { type: parsed.envelope.type, at: parsed.envelope.at };
}
