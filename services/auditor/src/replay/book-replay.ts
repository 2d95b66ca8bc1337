/** One book decided again, event by event, from the signed objects in its payloads. */
import { decide, decideLapses } from '@atomicity/kernel/book/decide';
import { decodeEvent, encodeEvent } from '@atomicity/kernel/book/event-codec';
import type { BookEvent } from '@atomicity/kernel/book/events';
import { evolve } from '@atomicity/kernel/book/evolve';
import { InvariantBroken } from '@atomicity/kernel/book/invariant';
import { findCoreIn } from '@atomicity/kernel/book/note-cores';
import { type BookState, emptyBook } from '@atomicity/kernel/book/state';
import { decodeState, encodeState, stateHash } from '@atomicity/kernel/book/state-codec';
import { canonicalJson, type JsonValue } from '@atomicity/kernel/codec/canonical-json';
import { taggedTextHash } from '@atomicity/kernel/codec/tagged-hash';
import { disclosureHash } from '@atomicity/kernel/log/envelope';
import type { Hash, StreamId } from '@atomicity/kernel/units/id';
import type { UnixMs } from '@atomicity/kernel/units/time';
import { checkOpening } from '@atomicity/kernel/wire/check-opening';
import type { ParsedObject } from '@atomicity/kernel/wire/objects';
import { requiredChecks } from '@atomicity/kernel/wire/signatures';
import { verified } from '@atomicity/kernel/wire/verified';
import type { EventRecord, SnapshotRecord } from '../bundle/records.ts';
import { type Finding, fails, holds, notShown } from '../claims/verdict.ts';
import type { SignatureQueue } from '../crypto/signature-queue.ts';
import { type Cause, causeOf, payloadTextOf } from './cause.ts';

type Phase =
  | { readonly kind: 'following'; readonly state: BookState }
  /** An erased payload hides what happened; only a snapshot leads on. */
  | { readonly kind: 'lost'; readonly since: number }
  | { readonly kind: 'failed'; readonly index: number; readonly finding: Finding };

type Expected =
  | { readonly kind: 'event'; readonly event: BookEvent; readonly rest: readonly BookEvent[] }
  | { readonly kind: 'wrong'; readonly reason: string };

const wrong = (reason: string): Expected => ({ kind: 'wrong', reason });

function first(events: readonly BookEvent[], otherwise: string): Expected {
  const [event, ...rest] = events;
  return event === undefined ? wrong(otherwise) : { kind: 'event', event, rest };
}

/** What a book answers to an object, after every check that a node makes of it but signatures. */
function answer(state: BookState, object: ParsedObject, at: UnixMs): Expected {
  const refusal = checkOpening(object.body);
  if (refusal !== undefined) return wrong(`${object.body.type}: ${refusal.reason}`);
  // The signatures are under way: `finding` waits for them and fails the book if one is bad.
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

export type ReplayOptions = {
  readonly stream: StreamId;
  readonly origin: string;
  readonly trustedSnapshots: ReadonlySet<Hash>;
  readonly signatures: SignatureQueue;
  /** Told of every event that was decided again from an unbroken chain and is as logged. */
  readonly onEvent: (event: BookEvent) => void;
};

export class BookReplay {
  private readonly options: ReplayOptions;
  private phase: Phase;
  /** Further events of the command that the last event began, and the id of that first event. */
  private due: readonly BookEvent[] = [];
  private dueFrom: Hash | null = null;
  private decided = 0;
  private passed = 0;
  private gap: Finding | undefined;

  /** The first event whose cause has a bad signature. */
  private forged: { readonly index: number; readonly type: string } | undefined;

  constructor(options: ReplayOptions) {
    this.options = options;
    this.phase = { kind: 'following', state: emptyBook(options.stream, options.origin) };
  }

  /** The state after the last event, where it is known. */
  get state(): BookState | undefined {
    return this.phase.kind === 'following' ? this.phase.state : undefined;
  }

  private fail(reason: string, index: number): undefined {
    this.phase = { kind: 'failed', index, finding: fails(reason, `log index ${index}`) };
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
      // Sums that leave their range: from a snapshot, which may say anything.
      if (!(error instanceof InvariantBroken) && !(error instanceof RangeError)) throw error;
      this.fail(`it breaks the book: ${error.message}`, record.index);
    }
  }

  private checkSignatures(state: BookState, object: ParsedObject, index: number): void {
    for (const check of requiredChecks(object, findCoreIn(state, object.body))) {
      const { publicKey, message, signature } = check;
      void this.options.signatures.check(publicKey, message, signature).then((isValid) => {
        if (isValid || (this.forged !== undefined && this.forged.index <= index)) return;
        this.forged = { index, type: object.body.type };
      });
    }
  }

  private expected(state: BookState, record: EventRecord, cause: Cause, data: JsonValue): Expected {
    const { envelope } = record;
    if (this.due.length > 0 && cause.kind !== 'event') {
      return wrong('a command was cut short before it');
    }
    switch (cause.kind) {
      case 'object':
        this.checkSignatures(state, cause.object, record.index);
        return answer(state, cause.object, envelope.at);
      case 'event':
        return cause.eventId === this.dueFrom
          ? first(this.due, 'an event beyond those of its command')
          : wrong('its cause is not the command before it');
      case 'none': {
        if (envelope.type === 'BookOpened') {
          return first([decodeEvent(envelope.type, data)], '');
        }
        // Every lapse is an event of its own; those after the first are decided when they come.
        return first(decideLapses(state, envelope.at).slice(0, 1), 'nothing lapses at its time');
      }
      case 'malformed':
        return wrong(cause.reason);
    }
  }

  private follow(state: BookState, record: EventRecord): undefined {
    const { envelope, payload, payloadText, index, eventId } = record;
    if (payload === null) return this.fail('no payload', index);
    const cause = causeOf(payload);
    const expected = this.expected(state, record, cause, payload['data'] ?? null);
    if (expected.kind === 'wrong') return this.fail(expected.reason, index);
    const { event, rest } = expected;
    const expectedPayload = payloadTextOf(cause, canonicalJson(encodeEvent(event)));
    const disclosure = event.disclosure === undefined ? null : disclosureHash(event.disclosure);
    const isSame =
      event.type === envelope.type &&
      expectedPayload === payloadText &&
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
    if (this.gap === undefined) this.options.onEvent(event);
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
    if (!this.options.trustedSnapshots.has(hash)) {
      const reason = `an erased payload hides the state: the snapshot ${hash} is the operator’s word`;
      this.gap ??= notShown(reason, where);
    }
    this.phase = { kind: 'following', state };
    return undefined;
  }

  /** The finding on the whole book. Valid once the signature queue is idle. */
  finding(): Finding {
    const { forged, phase } = this;
    if (forged !== undefined && (phase.kind !== 'failed' || forged.index <= phase.index)) {
      return fails(`${forged.type} with a bad signature`, `log index ${forged.index}`);
    }
    if (phase.kind === 'failed') return phase.finding;
    if (this.due.length > 0)
      return fails('its last command is cut short', `book ${this.options.stream}`);
    const count = `${this.decided} events decided again`;
    if (phase.kind === 'lost') {
      const reason = `${count}; an erased payload hides the rest and no snapshot follows it`;
      return notShown(reason, `log index ${phase.since}`);
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
