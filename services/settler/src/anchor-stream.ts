/** The settler's stream in the event store: state as of the last durable event, and appending. */

import { type EventStore, NEW_STREAM, OperatingError } from '@atomicity/event-log/port';
import { type Anchor, evolveAnchor } from '@atomicity/kernel/anchor/anchor';
import { type AnchorCommand, decideAnchor } from '@atomicity/kernel/anchor/decide';
import { decodeAnchorEvent, encodeAnchorEvent } from '@atomicity/kernel/anchor/event-codec';
import type { AnchorEvent } from '@atomicity/kernel/anchor/events';
import {
  canonicalJson,
  isJsonObject,
  parseCanonicalJson,
} from '@atomicity/kernel/codec/canonical-json';
import { eventId, parseEnvelope } from '@atomicity/kernel/log/envelope';
import type { Hash, StreamId } from '@atomicity/kernel/units/id';
import { type UnixMs, unixMs } from '@atomicity/kernel/units/time';

const READ_BATCH = 512;
const CONFLICTS_MAX = 8;

export class AnchorStream {
  readonly #store: EventStore;
  readonly #stream: StreamId;
  readonly #now: () => UnixMs;
  readonly #anchors = new Map<Hash, Anchor>();
  #revision = NEW_STREAM;
  /** Time of the last event: the next one is never before it, whatever the clock says. */
  #at = unixMs(0);
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
        const { type, at } = headOf(stored.envelope);
        this.#at = at;
        if (stored.payload === null) continue;
        const event = eventOf(type, stored.payload);
        if (event.type === 'BatchClosed') continue;
        const id = event.data.anchor;
        const anchor = evolveAnchor(this.#anchors.get(id), event, at);
        if (anchor !== undefined) this.#anchors.set(id, anchor);
      }
    }
  }

  /**
   * Appends what the command adds to the anchor as it stands, or nothing if it adds nothing. When
   * another process wrote in between, it is decided again on the newer state.
   *
   * Durable when it resolves.
   *
   * @throws {OperatingError} of the store, or `anchor_stream_contended` (not_applied).
   */
  record(anchor: Hash, command: AnchorCommand): Promise<void> {
    const turn = this.#turn.then(() => this.#record(anchor, command));
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async #record(anchor: Hash, command: AnchorCommand): Promise<void> {
    for (let attempt = 0; attempt < CONFLICTS_MAX; attempt += 1) {
      const event = decideAnchor(this.#anchors.get(anchor), command);
      if (event === undefined) return;
      const revision = this.#revision + 1;
      const answer = await this.#store.append(this.#stream, this.#revision, [
        {
          // The revision, not a count of the anchor's events: some of those may have been erased.
          eventId: eventId(this.#stream, `anchor/${anchor}`, revision),
          type: event.type,
          at: unixMs(Math.max(this.#now(), this.#at)),
          payload: payloadOf(event),
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

/** No object caused the event: the settler did. */
function payloadOf(event: AnchorEvent): string {
  return canonicalJson({ cause: { none: true }, data: encodeAnchorEvent(event) });
}

function eventOf(type: string, payload: string): AnchorEvent {
  const parsed = parseCanonicalJson(payload);
  if (parsed.ok && isJsonObject(parsed.value)) {
    return decodeAnchorEvent(type, parsed.value['data'] ?? null);
  }
  throw new Error(`the payload of ${type} cannot be read`);
}

/** Type and time stand in the envelope, which the tree commits to. */
function headOf(envelope: Uint8Array): { readonly type: string; readonly at: UnixMs } {
  const parsed = parseEnvelope(envelope);
  if (parsed.kind === 'refused') {
    throw new Error(`the envelope of an anchor event cannot be read: ${parsed.refusal.reason}`);
  }
  return { type: parsed.envelope.type, at: parsed.envelope.at };
}
