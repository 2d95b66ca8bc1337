/** One book decided again, event by event, from the signed objects in its payloads. */
import { decide, decideLapses } from '@atomicity/kernel/book/decide';
import { decodeEvent, encodeEvent } from '@atomicity/kernel/book/event-codec';
import type { BookEvent } from '@atomicity/kernel/book/events';
import { evolve } from '@atomicity/kernel/book/evolve';
import { InvariantBroken } from '@atomicity/kernel/book/invariant';
import { findCoreIn } from '@atomicity/kernel/book/note-cores';
import { type BookState, emptyBook } from '@atomicity/kernel/book/state';
import { decodeState, encodeState, stateHash } from '@atomicity/kernel/book/state-codec';
import { canonicalJson } from '@atomicity/kernel/codec/canonical-json';
import { taggedTextHash } from '@atomicity/kernel/codec/tagged-hash';
import { disclosureHash } from '@atomicity/kernel/log/envelope';
import type { Hash, StreamId } from '@atomicity/kernel/units/id';
import type { UnixMs } from '@atomicity/kernel/units/time';
import { checkOpening } from '@atomicity/kernel/wire/check-opening';
import type { ParsedObject } from '@atomicity/kernel/wire/objects';
import { refuseChecks, requiredChecks } from '@atomicity/kernel/wire/signatures';
import { verified } from '@atomicity/kernel/wire/verified';
import type { EventRecord, SnapshotRecord } from '../bundle/records.ts';
import { type Finding, fails, holds, notShown } from '../claims/verdict.ts';
import { verifyRaw } from '../crypto/signatures.ts';
import { causeOf } from './cause.ts';

type Phase =
  | { readonly kind: 'following'; readonly state: BookState }
  /** An erased payload hides what happened; only a snapshot leads on. */
  | { readonly kind: 'lost'; readonly since: number }
  | { readonly kind: 'failed'; readonly finding: Finding };

type Expected =
  | { readonly kind: 'event'; readonly event: BookEvent; readonly rest: readonly BookEvent[] }
  | { readonly kind: 'wrong'; readonly reason: string };

const wrong = (reason: string): Expected => ({ kind: 'wrong', reason });

function first(events: readonly BookEvent[], otherwise: string): Expected {
  const [event, ...rest] = events;
  return event === undefined ? wrong(otherwise) : { kind: 'event', event, rest };
}

/** What a book answers to an object, after every check that a node makes of it. */
function answer(state: BookState, object: ParsedObject, at: UnixMs): Expected {
  const checks = requiredChecks(object, findCoreIn(state, object.body));
  const refusal = refuseChecks(checks, verifyRaw) ?? checkOpening(object.body);
  if (refusal !== undefined) return wrong(`${object.body.type}: ${refusal.reason}`);
  const evidence = { signatures: 'all_verified', opening: 'checked' } as const;
  const command = {
    kind: 'object' as const,
    commandId: object.id,
    object: verified(object, evidence),
  };
  const decision = decide(state, command, at);
  if (decision.kind === 'rejected') {
    return wrong(`${object.body.type} must be refused: ${decision.refusal.reason}`);
  }
  if (decision.kind === 'duplicate') return wrong(`${object.body.type} had its effect before`);
  return first(decision.events, `${object.body.type} has no effect`);
}

export class BookReplay {
  readonly stream: StreamId;
  private readonly trustedSnapshots: ReadonlySet<Hash>;
  private readonly onEvent: (event: BookEvent) => void;
  private phase: Phase;
  /** Further events of the command that the last event began, and the id of that first event. */
  private due: readonly BookEvent[] = [];
  private dueFrom: Hash | null = null;
  private decided = 0;
  private passed = 0;
  private gap: Finding | undefined;

  /** `onEvent` is told of every event that was decided again and is as logged. */
  constructor(
    stream: StreamId,
    origin: string,
    trustedSnapshots: ReadonlySet<Hash>,
    onEvent: (event: BookEvent) => void,
  ) {
    this.stream = stream;
    this.trustedSnapshots = trustedSnapshots;
    this.onEvent = onEvent;
    this.phase = { kind: 'following', state: emptyBook(stream, origin) };
  }

  /** The state after the last event, where it is known. */
  get state(): BookState | undefined {
    return this.phase.kind === 'following' ? this.phase.state : undefined;
  }

  private fail(reason: string, index: number): undefined {
    this.phase = { kind: 'failed', finding: fails(reason, `log index ${index}`) };
    return undefined;
  }

  add(record: EventRecord): void {
    if (this.phase.kind !== 'following') {
      this.passed += 1;
      return;
    }
    if (record.payload === null) {
      this.phase = { kind: 'lost', since: record.index };
      this.due = [];
      this.passed += 1;
      return;
    }
    try {
      this.follow(this.phase.state, record);
    } catch (error) {
      if (!(error instanceof InvariantBroken)) throw error;
      this.fail(`it breaks the book: ${error.message}`, record.index);
    }
  }

  private expected(state: BookState, record: EventRecord): Expected {
    const { payload, envelope } = record;
    if (payload === null) return wrong('no payload');
    const cause = causeOf(payload);
    if (this.due.length > 0 && cause.kind !== 'event') {
      return wrong('a command was cut short before it');
    }
    switch (cause.kind) {
      case 'object':
        return answer(state, cause.object, envelope.at);
      case 'event':
        return cause.eventId === this.dueFrom
          ? first(this.due, 'an event beyond those of its command')
          : wrong('its cause is not the command before it');
      case 'none': {
        if (envelope.type === 'BookOpened') {
          return first([decodeEvent(envelope.type, payload['data'] ?? null)], '');
        }
        // Every lapse is an event of its own; those after the first are decided when they come.
        return first(decideLapses(state, envelope.at).slice(0, 1), 'nothing lapses at its time');
      }
      case 'malformed':
        return wrong(cause.reason);
    }
  }

  private follow(state: BookState, record: EventRecord): undefined {
    const { envelope, payload, index, eventId } = record;
    const expected = this.expected(state, record);
    if (expected.kind === 'wrong') return this.fail(expected.reason, index);
    const { event, rest } = expected;
    const data = canonicalJson(encodeEvent(event));
    const disclosure = event.disclosure === undefined ? null : disclosureHash(event.disclosure);
    const isSame =
      event.type === envelope.type &&
      data === canonicalJson(payload?.['data'] ?? null) &&
      disclosure === envelope.disclosure;
    if (!isSame) return this.fail(`deciding again gives another ${event.type}`, index);
    if (eventId === null) return this.fail('an event without its id', index);
    const { stream, revision, at } = envelope;
    this.phase = {
      kind: 'following',
      state: evolve(state, { ...event, stream, revision, at, eventId }),
    };
    this.dueFrom = this.due.length === 0 ? eventId : this.dueFrom;
    this.due = rest;
    this.decided += 1;
    this.onEvent(event);
    return undefined;
  }

  /** Takes the operator's word on the state where an erasure hides it; else compares it. */
  resume(record: SnapshotRecord, index: number): undefined {
    if (this.phase.kind === 'failed') return undefined;
    const where = `log index ${index}`;
    const text = canonicalJson(record.state);
    const state = readSnapshot(record, text);
    if (state === undefined) return this.fail('a malformed snapshot', index);
    const hash = taggedTextHash('BookState', text);
    if (this.phase.kind === 'following') {
      if (stateHash(this.phase.state) !== hash) {
        this.fail('the snapshot is not the replayed state', index);
      }
      return undefined;
    }
    if (!this.trustedSnapshots.has(hash)) {
      const reason = `an erased payload hides the state: the snapshot ${hash} is the operator’s word`;
      this.gap ??= notShown(reason, where);
    }
    this.phase = { kind: 'following', state };
    return undefined;
  }

  /** The finding on the whole book. */
  finding(): Finding {
    if (this.phase.kind === 'failed') return this.phase.finding;
    if (this.due.length > 0) return fails('its last command is cut short', `book ${this.stream}`);
    const count = `${this.decided} events decided again`;
    if (this.phase.kind === 'lost') {
      const reason = `${count}; an erased payload hides the rest and no snapshot follows it`;
      return notShown(reason, `log index ${this.phase.since}`);
    }
    if (this.gap !== undefined) return { ...this.gap, reason: `${this.gap.reason}; ${count}` };
    return holds(this.passed === 0 ? count : `${count}, ${this.passed} before trusted snapshots`);
  }
}

/** The state of a snapshot, if `text` is exactly what `encodeState` writes for it. */
function readSnapshot(record: SnapshotRecord, text: string): BookState | undefined {
  try {
    const state = decodeState(text);
    const isSame = state.stream === record.stream && state.revision === record.revision;
    return isSame && encodeState(state) === text ? state : undefined;
  } catch (error) {
    if (error instanceof InvariantBroken) return undefined;
    throw error;
  }
}
