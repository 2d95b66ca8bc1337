import type { EventStore } from '@atomicity/event-log/port';
import { canonicalJson, isJsonObject, parseAnyJson } from '@atomicity/kernel/codec/canonical-json';
import type { Hash } from '@atomicity/kernel/units/id';
import type { VerifiedObject } from '@atomicity/kernel/wire/verified';
import type { BookWriter } from '@atomicity/ledger/writer/book-writer';
import type { CommandOutcome } from '@atomicity/ledger/writer/command-outcome';
import type { BookOutcome, BookPort } from '@atomicity/router/ports';

/**
 * The book as the router's agent uses it: the writer's durable state, and texts from the store. The
 * object's id is the command's, so that what the agent submits again, after a crash too, is the same
 * command.
 */
export function bookPort(writer: BookWriter, store: EventStore): BookPort {
  return {
    state: () => writer.flushedState(),
    submit: async (object) => outcomeOf(await submitOwn(writer, object)),
    causeText: (eventId) => causeText(writer, store, eventId),
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
 * The canonical text of the object that caused an event; undefined for an event that no object
 * caused, for one of another book, and once the payload is erased.
 */
async function causeText(
  writer: BookWriter,
  store: EventStore,
  eventId: Hash,
): Promise<string | undefined> {
  const revision = writer.revisionOf(eventId);
  if (revision === undefined) return undefined;
  const { stream } = writer.flushedState();
  for await (const event of store.readStream(stream, revision, 1)) {
    if (event.eventId !== eventId || event.payload === null) return undefined;
    const payload = parseAnyJson(event.payload)?.value;
    const { cause } = isJsonObject(payload) ? payload : {};
    const { object } = isJsonObject(cause) ? cause : {};
    return object === undefined ? undefined : canonicalJson(object);
  }
  return undefined;
}

function assertNever(outcome: never): never {
  throw new Error(`unknown outcome ${JSON.stringify(outcome)}`);
}
