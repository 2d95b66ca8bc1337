import type { EventStore } from '@atomicity/event-log/port';
import type { Sequencer } from '@atomicity/event-log/sequencer/sequencer';
import {
  canonicalJson,
  isJsonObject,
  type JsonValue,
  parseAnyJson,
} from '@atomicity/kernel/codec/canonical-json';
import { type Hash, parseHash } from '@atomicity/kernel/units/id';
import type { VerifiedObject } from '@atomicity/kernel/wire/verified';
import type { BookWriter } from '@atomicity/ledger/writer/book-writer';
import type { CommandOutcome } from '@atomicity/ledger/writer/command-outcome';
import type { BookOutcome, BookPort } from '@atomicity/router/ports';

/** Where a book's events are written, kept and found. */
export type BookLog = {
  readonly writer: BookWriter;
  readonly store: EventStore;
  readonly sequencer: Pick<Sequencer, 'indexOf' | 'catchUp' | 'events'>;
};

/**
 * The book as the router's agent uses it: the writer's durable state, and texts from the store. The
 * object's id is the command's, so that what the agent submits again, after a crash too, is the same
 * command.
 */
export function bookPort(log: BookLog): BookPort {
  const { writer } = log;
  return {
    state: () => writer.flushedState(),
    submit: async (object) => outcomeOf(await submitOwn(writer, object)),
    causeText: (eventId) => causeText(log, eventId),
  };
}

/** Ids of the agent's commands have no `/`, those of callers over HTTP have one. */
function submitOwn(writer: BookWriter, object: VerifiedObject): Promise<CommandOutcome> {
  return writer.submit(object.id, object);
}

function outcomeOf(outcome: CommandOutcome): BookOutcome {
  switch (outcome.kind) {
    case 'accepted':
      return { kind: outcome.duplicate ? 'duplicate' : 'accepted' };
    case 'refused':
      return { kind: 'refused', refusal: refusalOf(outcome.refusal) };
    case 'failed':
      return outcome;
    default:
      return assertNever(outcome);
  }
}

function refusalOf({
  reason,
  field,
  rule,
  facts,
}: Extract<CommandOutcome, { kind: 'refused' }>['refusal']) {
  return {
    reason,
    ...(field === undefined ? {} : { field }),
    ...(rule === undefined ? {} : { rule }),
    ...(facts === undefined ? {} : { facts }),
  };
}

/**
 * The canonical text of the object that caused an event, be it the first of its command or a further
 * one; undefined for an event that no object caused, for one of another book, and once the payload is
 * erased.
 */
async function causeText(log: BookLog, eventId: Hash): Promise<string | undefined> {
  const payload = await payloadOf(log, eventId);
  const { cause } = isJsonObject(payload) ? payload : {};
  const { object, event } = isJsonObject(cause) ? cause : {};
  if (object !== undefined) return canonicalJson(object);
  // A further event of a command names the first, which holds the object.
  const first = typeof event === 'string' ? parseHash(event) : undefined;
  return first === undefined || first === eventId ? undefined : causeText(log, first);
}

async function payloadOf(log: BookLog, eventId: Hash): Promise<JsonValue | undefined> {
  for await (const { eventId: found, payload } of eventsAt(log, eventId)) {
    if (found !== eventId || payload === null) return undefined;
    return parseAnyJson(payload)?.value;
  }
  return undefined;
}

/** The writer knows where commands begin; where their further events are, the sequencer does. */
async function* eventsAt({ writer, store, sequencer }: BookLog, eventId: Hash) {
  const revision = writer.revisionOf(eventId);
  if (revision !== undefined) {
    yield* store.readStream(writer.flushedState().stream, revision, 1);
    return;
  }
  if (sequencer.indexOf(eventId) === undefined) await sequencer.catchUp();
  const index = sequencer.indexOf(eventId);
  if (index !== undefined) yield* sequencer.events(index, 1);
}

function assertNever(outcome: never): never {
  throw new Error(`unknown outcome ${JSON.stringify(outcome)}`);
}
