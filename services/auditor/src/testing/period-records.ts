/** What the parties of a test world have in their own records of a period. */
import type { RecordedEvent } from '@atomicity/kernel/book/events';
import type { OpenableSlot, PublicSlot } from '@atomicity/kernel/disclosure/note-opening';
import type { IssuedList } from '@atomicity/kernel/period-close/issued-list';
import { amount } from '@atomicity/kernel/units/amount';
import type { FleetWorld } from './fleet-world.ts';

type Hold = Extract<RecordedEvent, { type: 'HoldPlaced' }>;

function holdsOf(world: FleetWorld, index: number): readonly Hold[] {
  const period = world.period(index);
  return world.book.events.filter(
    (event): event is Hold => event.type === 'HoldPlaced' && event.data.grant?.period === period,
  );
}

/** The authorizations that the principal's agent issued, in index order. */
export function issuedBy(world: FleetWorld, periodIndex: number): IssuedList {
  return {
    v: 1,
    kind: 'issued',
    budget: world.budget,
    period: world.period(periodIndex),
    periodIndex,
    authorizations: holdsOf(world, periodIndex).flatMap(({ data: { grant } }) =>
      grant === null ? [] : [{ authorization: grant.authorization, category: grant.category }],
    ),
  };
}

/** The notes of a closed period as both ends know them, and what the log shows of each. */
export function notesOf(
  world: FleetWorld,
  periodIndex: number,
): readonly (OpenableSlot & PublicSlot)[] {
  const closed = world.book.events.find(
    (event) => event.type === 'PeriodClosed' && event.data.periodIndex === periodIndex,
  );
  const statuses = closed?.type === 'PeriodClosed' ? closed.data.statuses : [];
  return holdsOf(world, periodIndex).flatMap(({ at, data }, index) => {
    const { grant, amount: value, fee } = data;
    const status = statuses[index];
    if (grant === null || status === undefined) return [];
    const { authorization, category, regime, commitment, noteSalt, core } = grant;
    const spend = amount(value + fee);
    const note = { kind: 'single' as const, spend, at, category, regime };
    return [{ status, commitment, core, authorization, note, salt: noteSalt }];
  });
}
