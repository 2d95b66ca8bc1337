/**
 * A process that settles some roots and kills itself with SIGKILL at a step boundary. For the crash
 * test alone: one argument, JSON of `CrashOrder`; prints the state of its anchors when it survives.
 */

import { randomBytes } from 'node:crypto';
import type { EventStore } from '@atomicity/event-log/port';
import { openSqliteEventStore } from '@atomicity/event-log/sqlite/sqlite-event-store';
import { type Hash, parseStreamId } from '@atomicity/kernel/units/id';
import { unixMs } from '@atomicity/kernel/units/time';
import { httpCalendar } from '@atomicity/rails/opentimestamps/calendar-client';
import { openTimestampsRail } from '@atomicity/rails/opentimestamps/rail';
import type { AnchorRail } from '@atomicity/rails/port';
import { openSettler } from './settler.ts';

export type CrashOrder = {
  readonly folder: string;
  readonly stream: string;
  readonly calendarUrl: string;
  readonly answersFor: string;
  readonly looksUpDigests: boolean;
  readonly roots: readonly Hash[];
  /** Which boundary kills: 1 is the first, 0 is none. */
  readonly dieAt: number;
};

const order: CrashOrder = JSON.parse(process.argv[2] ?? '');
let crossed = 0;

/** A boundary between two steps: what came before has happened, what follows has not. */
function boundary(): void {
  crossed += 1;
  if (crossed === order.dieAt) process.kill(process.pid, 'SIGKILL');
}

async function between<T>(step: () => Promise<T>): Promise<T> {
  boundary();
  const result = await step();
  boundary();
  return result;
}

function watchedStore(store: EventStore): EventStore {
  return {
    append: (...parameters) => between(() => store.append(...parameters)),
    readStream: (...parameters) => store.readStream(...parameters),
    readAll: (...parameters) => store.readAll(...parameters),
    readEnvelopes: (...parameters) => store.readEnvelopes(...parameters),
    subscribe: (...parameters) => store.subscribe(...parameters),
    erasePayload: (...parameters) => store.erasePayload(...parameters),
    close: () => store.close(),
  };
}

function watchedRail(rail: AnchorRail): AnchorRail {
  return {
    name: rail.name,
    label: rail.label,
    repeatIsSameSubmission: rail.repeatIsSameSubmission,
    submit: (...parameters) => between(() => rail.submit(...parameters)),
    lookUp: (...parameters) => between(() => rail.lookUp(...parameters)),
    upgrade: (...parameters) => between(() => rail.upgrade(...parameters)),
  };
}

const stream = parseStreamId(order.stream);
if (stream === undefined) throw new Error('stream');
const never = new AbortController().signal;
const store = await openSqliteEventStore({ directory: order.folder });
const settler = await openSettler({
  store: watchedStore(store),
  stream,
  rails: [
    watchedRail(
      openTimestampsRail({
        label: 'crash test',
        calendars: [
          httpCalendar({
            url: order.calendarUrl,
            answersFor: [order.answersFor],
            looksUpDigests: order.looksUpDigests,
          }),
        ],
      }),
    ),
  ],
  now: () => unixMs(Date.now()),
  randomBytes: (size) => Uint8Array.from(randomBytes(size)),
});
for (const root of order.roots) await settler.plan({ origin: 'crash.test', size: 1, root });
await settler.runOnce(never);
console.log(JSON.stringify(settler.status()));
await store.close();
