import { type BookCommand, decide, decideLapses } from '../book/decide.ts';
import type { Decision } from '../book/decision.ts';
import type { BookEvent, RecordedEvent } from '../book/events.ts';
import { evolve } from '../book/evolve.ts';
import { openBook } from '../book/open-book.ts';
import { type BookState, emptyBook } from '../book/state.ts';
import { eventId } from '../log/envelope.ts';
import { periodHash } from '../period/period-hash.ts';
import type { Hash, StreamId } from '../units/id.ts';
import { type UnixMs, unixMs } from '../units/time.ts';
import type { VerifiedObject } from '../wire/verified.ts';
import { budget, certificate, delegation, edge, policy } from './accounts.ts';
import {
  AGENT,
  type Built,
  type Change,
  CLOUD,
  createWorld,
  GPU,
  OPERATOR,
  ORIGIN,
  PARTIES,
  START,
  STREAM,
  type World,
} from './world.ts';

/** A book with its log in memory, as the writer keeps it. Mutable: a test's given and when. */
export type TestBook = {
  state: BookState;
  now: UnixMs;
  readonly events: RecordedEvent[];
  /** The object behind an event, by the id of the first event that it gave. */
  readonly causes: Map<Hash, VerifiedObject>;
  /** Decides at `now` and records what is accepted. */
  readonly submit: (object: VerifiedObject) => Decision;
  /** `submit` for what must be accepted. @throws Error otherwise. */
  readonly accept: (...objects: readonly VerifiedObject[]) => void;
  /** Records the lapse of every hold that has expired at `now`. */
  readonly lapse: () => readonly BookEvent[];
};

/** A command for an object, under its own id. */
export function commandFor(object: VerifiedObject): BookCommand {
  return { kind: 'object', commandId: object.id, object };
}

/** An opened book without parties; in a network each has a stream of its own. */
export function createTestBook(now: UnixMs = START, stream: StreamId = STREAM): TestBook {
  const record = (commandId: string, events: readonly BookEvent[]) => {
    for (const [ordinal, event] of events.entries()) {
      const recorded: RecordedEvent = {
        ...event,
        stream,
        revision: book.state.revision + 1,
        at: unixMs(Math.max(book.now, book.state.at)),
        eventId: eventId(stream, commandId, ordinal),
      };
      book.state = evolve(book.state, recorded);
      book.events.push(recorded);
    }
  };
  const book: TestBook = {
    state: emptyBook(stream, ORIGIN),
    now,
    events: [],
    causes: new Map(),
    submit: (object) => {
      const decision = decide(book.state, commandFor(object), book.now);
      if (decision.kind !== 'accepted') return decision;
      book.causes.set(eventId(stream, object.id, 0), object);
      record(object.id, decision.events);
      return decision;
    },
    accept: (...objects) => {
      for (const object of objects) {
        const decision = book.submit(object);
        if (decision.kind !== 'accepted') {
          throw new Error(`${object.body.type}: ${JSON.stringify(decision)}`);
        }
      }
    },
    lapse: () => {
      const events = decideLapses(book.state, book.now);
      for (const event of events) {
        if (!('voucher' in event.data)) throw new Error(`${event.type} is no lapse`);
        record(`lapse:${event.data.voucher}`, [event]);
      }
      return events;
    },
  };
  record('open', [openBook({ name: 'test', origin: ORIGIN, operator: OPERATOR.id })]);
  return book;
}

/** A fleet at work: keys, the agent's edges to both providers, a budget with a stated policy. */
export type Fleet = {
  readonly world: World;
  readonly book: TestBook;
  readonly gpuEdge: Hash;
  readonly cloudEdge: Hash;
  readonly delegation: Built<'BudgetDelegation'>;
  readonly budget: Hash;
  /** The budget's first period. */
  readonly period: Hash;
};

/** Note key certificates of the agent and both providers for a period. */
export function certificates(world: World, period: Hash): readonly VerifiedObject[] {
  return [GPU, CLOUD].flatMap((payee) => [
    certificate(world, AGENT, payee, period),
    certificate(world, payee, AGENT, period),
  ]);
}

/** A fleet whose budget is `change`d, at the start of the window. */
export function createFleet(
  options: { readonly world?: World; readonly budget?: Change<'BudgetDelegation'> } = {},
): Fleet {
  const world = options.world ?? createWorld();
  const book = createTestBook();
  book.accept(...PARTIES.map((party) => delegation(world, party)));
  const gpuEdge = edge(world, AGENT, GPU);
  const cloudEdge = edge(world, AGENT, CLOUD);
  const delegated = budget(world, options.budget);
  const period = periodHash(delegated.body.budget, 0);
  book.accept(gpuEdge, cloudEdge, delegated, policy(world, delegated));
  book.accept(...certificates(world, period));
  return {
    world,
    book,
    gpuEdge: gpuEdge.id,
    cloudEdge: cloudEdge.id,
    delegation: delegated,
    budget: delegated.body.budget,
    period,
  };
}

/** Moves a book's clock. */
export function advance(book: TestBook, ms: number): void {
  book.now = unixMs(book.now + ms);
}
