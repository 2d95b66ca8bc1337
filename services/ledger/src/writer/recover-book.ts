import { type EventStore, OperatingError, type StoredEvent } from '@atomicity/event-log/port';
import { decodeEvent } from '@atomicity/kernel/book/event-codec';
import { evolve } from '@atomicity/kernel/book/evolve';
import { type BookState, emptyBook } from '@atomicity/kernel/book/state';
import { decodeState } from '@atomicity/kernel/book/state-codec';
import {
  canonicalJson,
  isJsonObject,
  type JsonValue,
} from '@atomicity/kernel/codec/canonical-json';
import type { Hash, StreamId } from '@atomicity/kernel/units/id';
import { unixMs } from '@atomicity/kernel/units/time';
import { CommandIndex } from './command-index.ts';
import { textFingerprint, UNKNOWN_FINGERPRINT } from './command-key.ts';
import { recorded } from './event-text.ts';
import type { BookSnapshots } from './snapshots.ts';

export type RecoveredBook = {
  readonly state: BookState;
  readonly commands: CommandIndex;
  /** Payloads whose erasure is in the log: the store is asked again, which changes nothing. */
  readonly erasures: readonly Hash[];
};

/**
 * Rebuilds a book from its stream, from the snapshot on if there is one. Every event is visited, so
 * that the ids of all commands are known; only those after the snapshot need their payload.
 *
 * @throws OperatingError `payload_erased` (not_applied) when an event after the snapshot has no
 * payload any more: the state cannot be rebuilt from here; restore the snapshot that was made
 * before the erasure. `stream_behind_snapshot` (not_applied) when the store lacks events that the
 * snapshot has seen: it was restored from an older backup, or the snapshot is another book's.
 */
export async function recoverBook(
  store: EventStore,
  stream: StreamId,
  origin: string,
  snapshots: BookSnapshots | undefined,
): Promise<RecoveredBook> {
  const snapshot = await snapshots?.load();
  let state = snapshot === undefined ? emptyBook(stream, origin) : decodeState(snapshot.state);
  const commands = new CommandIndex();
  const erasures = new Set<Hash>();
  let last = -1;
  let command:
    | { id: Hash; fingerprint: bigint; firstRevision: number; eventCount: number }
    | undefined;
  for await (const stored of store.readStream(stream, 0, Number.MAX_SAFE_INTEGER)) {
    const payload = stored.payload === null ? undefined : payloadOf(stored.payload);
    const head = { id: stored.eventId, firstRevision: stored.revision, eventCount: 1 };
    if (payload === undefined) {
      command = { ...head, fingerprint: UNKNOWN_FINGERPRINT };
    } else if (payload.objectText !== undefined) {
      command = { ...head, fingerprint: textFingerprint(payload.objectText) };
    } else if (command !== undefined && payload.causeEvent === command.id) {
      command = { ...command, eventCount: command.eventCount + 1 };
    } else {
      command = undefined;
    }
    if (command !== undefined) commands.set(command.id, command);
    if (stored.revision > state.revision) state = replay(state, stored, payload?.data);
    const erased = erasureOf(stored, payload?.data);
    if (erased !== undefined) erasures.add(erased);
    // An order names an event before it: one that took the id later keeps its payload.
    else erasures.delete(stored.eventId);
    last = stored.revision;
  }
  assertNotBehind(state, stream, last);
  return { state, commands, erasures: [...erasures] };
}

function assertNotBehind(state: BookState, stream: StreamId, last: number): void {
  if (state.revision <= last && state.stream === stream) return;
  throw new OperatingError({
    code: 'stream_behind_snapshot',
    outcome: 'not_applied',
    shortMessage: 'the store lacks events that the snapshot of the book has seen',
    facts: { snapshotRevision: state.revision, streamRevision: last },
  });
}

function replay(state: BookState, stored: StoredEvent, data: JsonValue | undefined): BookState {
  if (data === undefined) {
    throw new OperatingError({
      code: 'payload_erased',
      outcome: 'not_applied',
      shortMessage: 'an event after the snapshot has no payload',
      facts: { revision: stored.revision },
    });
  }
  const { type, at } = envelopeOf(stored);
  const place = {
    stream: state.stream,
    revision: stored.revision,
    at: unixMs(at),
    eventId: stored.eventId,
  };
  return evolve(state, recorded(decodeEvent(type, data), place));
}

function envelopeOf(stored: StoredEvent): { readonly type: string; readonly at: number } {
  const envelope: JsonValue = JSON.parse(Buffer.from(stored.envelope).toString('utf8'));
  if (!isJsonObject(envelope)) throw damaged(stored);
  const { type, at } = envelope;
  if (typeof type !== 'string' || typeof at !== 'number') throw damaged(stored);
  return { type, at };
}

function payloadOf(text: string): {
  readonly data: JsonValue | undefined;
  readonly objectText: string | undefined;
  readonly causeEvent: string | undefined;
} {
  const payload: JsonValue = JSON.parse(text);
  const { cause, data } = isJsonObject(payload) ? payload : {};
  const { object, event } = isJsonObject(cause) ? cause : {};
  return {
    data,
    objectText: object === undefined ? undefined : canonicalJson(object),
    causeEvent: typeof event === 'string' ? event : undefined,
  };
}

function erasureOf(stored: StoredEvent, data: JsonValue | undefined): Hash | undefined {
  if (!isJsonObject(data) || envelopeOf(stored).type !== 'PayloadErased') return undefined;
  const event = decodeEvent('PayloadErased', data);
  return event.type === 'PayloadErased' ? event.data.eventId : undefined;
}

function damaged(stored: StoredEvent): OperatingError {
  return new OperatingError({
    code: 'stream_damaged',
    outcome: 'not_applied',
    shortMessage: 'an envelope cannot be read',
    facts: { revision: stored.revision },
  });
}
