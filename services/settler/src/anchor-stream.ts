/**
 * The settler's stream in the event store: anchors and batches as of the last durable event, and
 * appending.
 */

import { type EventStore, NEW_STREAM, OperatingError } from '@atomicity/event-log/port';
import { type Anchor, evolveAnchor } from '@atomicity/kernel/anchor/anchor';
import {
  type BatchClosing,
  type ClosedBatch,
  decideBatchClosed,
} from '@atomicity/kernel/anchor/batches';
import { type AnchorCommand, decideAnchor } from '@atomicity/kernel/anchor/decide';
import {
  anchorId,
  decodeAnchorEvent,
  encodeAnchorEvent,
} from '@atomicity/kernel/anchor/event-codec';
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
  readonly #batches: ClosedBatch[] = [];
  #revision = NEW_STREAM;
  /** Revision of the last erased `AnchorPrepared`: which anchor it was of, nobody can say. */
  #preparedErasedAt = NEW_STREAM;
  readonly #plannedAt = new Map<Hash, number>();
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

  /** Every batch, oldest first. */
  get batches(): readonly ClosedBatch[] {
    return this.#batches;
  }

  /** True if something prepared for this anchor may have been recorded and erased since. */
  mayHaveLostPrepared(anchor: Hash): boolean {
    return (this.#plannedAt.get(anchor) ?? NEW_STREAM) < this.#preparedErasedAt;
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
        if (stored.payload !== null) this.#see(eventOf(type, stored.payload), at);
        else if (type === 'AnchorPrepared') this.#preparedErasedAt = stored.revision;
      }
    }
  }

  #see(event: AnchorEvent, at: UnixMs): void {
    if (event.type === 'BatchClosed') {
      this.#batches.push({ ...event.data, closedAt: at });
      return;
    }
    const id = event.data.anchor;
    if (event.type === 'AnchorPlanned') this.#plannedAt.set(id, this.#revision);
    const anchor = evolveAnchor(this.#anchors.get(id), event, at);
    if (anchor !== undefined) this.#anchors.set(id, anchor);
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
    return this.#append(() => {
      const event = decideAnchor(this.#anchors.get(anchor), command);
      return event === undefined ? [] : [event];
    });
  }

  /**
   * Closes a batch and plans an anchor on each of its rails, all in one append: there is no batch
   * without its intents. `keyFor` gives each intent its key. A second call with the same batch, whatever
   * its reason, adds nothing.
   *
   * Durable when it resolves.
   *
   * @throws RangeError for a batch that breaks a rule.
   * @throws {OperatingError} of the store, `anchor_stream_contended` or `batch_not_next` (not_applied).
   */
  recordBatch(closing: BatchClosing, keyFor: (rail: string) => Hash): Promise<void> {
    return this.#append(() => {
      const decision = decideBatchClosed(this.#batches, closing);
      if (decision.kind === 'closed_before') return [];
      if (decision.kind === 'not_next') {
        throw new OperatingError({
          code: 'batch_not_next',
          outcome: 'not_applied',
          shortMessage: 'a batch begins where the one before it ends',
          facts: { from: closing.from, expectedFrom: decision.expectedFrom },
        });
      }
      const { subject, rails } = closing;
      const plans = rails.map((rail) =>
        decideAnchor(this.#anchors.get(anchorId(subject, rail)), {
          kind: 'plan',
          subject,
          rail,
          idempotencyKey: keyFor(rail),
        }),
      );
      return [decision.event, ...plans.filter((plan) => plan !== undefined)];
    });
  }

  #append(decide: () => readonly AnchorEvent[]): Promise<void> {
    const turn = this.#turn.then(() => this.#appendNow(decide));
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async #appendNow(decide: () => readonly AnchorEvent[]): Promise<void> {
    for (let attempt = 0; attempt < CONFLICTS_MAX; attempt += 1) {
      const events = decide();
      if (events.length === 0) return;
      const revision = this.#revision + 1;
      const at = unixMs(Math.max(this.#now(), this.#at));
      const answer = await this.#store.append(
        this.#stream,
        this.#revision,
        events.map((event) => ({
          // The revision, not a count of the anchor's events: some of those may have been erased.
          eventId: eventId(this.#stream, nameOf(event), revision),
          type: event.type,
          at,
          payload: payloadOf(event),
          disclosure: null,
        })),
      );
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

/** What the event is about: one append holds at most one event of each. */
function nameOf(event: AnchorEvent): string {
  return event.type === 'BatchClosed' ? `batch/${event.data.batch}` : `anchor/${event.data.anchor}`;
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
