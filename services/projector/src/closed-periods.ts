import { readStored } from '@atomicity/kernel/book/event-codec';
import { parseAnyJson } from '@atomicity/kernel/codec/canonical-json';
import { isTier } from '@atomicity/kernel/codec/merkle-16';
import type { SlotStatus } from '@atomicity/kernel/note/roots';
import type { ClosedPeriod, PeriodPlace, PeriodSlot } from '@atomicity/kernel/period/closed-period';
import type { Policy } from '@atomicity/kernel/policy/policy-digest';
import { amount } from '@atomicity/kernel/units/amount';
import type { Denomination } from '@atomicity/kernel/units/denomination';
import type { FieldHex, Hash, Nonce, PartyId } from '@atomicity/kernel/units/id';
import { unixMs } from '@atomicity/kernel/units/time';
import { batchItems } from '@atomicity/kernel/wire/note-codecs';
import {
  amountOf,
  nullable,
  numberOf,
  type ProjectionFile,
  type SqlRow,
  textOf,
} from './sqlite/projection-file.ts';

/** The closed periods without an attestation, in the order of their closes. */
export function pendingPeriods(file: ProjectionFile): readonly PeriodPlace[] {
  return file
    .all(`SELECT * FROM periods WHERE status = 'closed' ORDER BY closed_index`)
    .map((row) => ({
      budget: textOf(row, 'budget') as Hash,
      periodIndex: numberOf(row, 'period_index'),
    }));
}

/** How many notes each open or closed period without an attestation holds so far. */
export function noteCounts(file: ProjectionFile): readonly number[] {
  return file
    .all(`SELECT count FROM periods WHERE status != 'attested' ORDER BY period`)
    .map((row) => numberOf(row, 'count'));
}

/** Dense log index of the close of a period; undefined while it is open, and where there is none. */
export function closedIndexOf(
  file: ProjectionFile,
  budget: string,
  periodIndex: number,
): number | undefined {
  const row = file.one(
    `SELECT closed_index FROM periods
     WHERE budget = ? AND period_index = ? AND closed_index IS NOT NULL`,
    budget,
    periodIndex,
  );
  return row === undefined ? undefined : numberOf(row, 'closed_index');
}

/** A closed period; undefined while it is open, and for one that the projection does not know. */
export function closedPeriod(
  file: ProjectionFile,
  { budget, periodIndex }: PeriodPlace,
): ClosedPeriod | undefined {
  const row = file.one(
    `SELECT * FROM periods JOIN budgets USING (budget)
     WHERE budget = ? AND periods.period_index = ? AND closed_index IS NOT NULL`,
    budget,
    periodIndex,
  );
  if (row === undefined) return undefined;
  const tier = numberOf(row, 'tier');
  if (!isTier(tier)) throw new RangeError(`no tier: ${tier}`);
  const period = textOf(row, 'period') as Hash;
  const slots = file
    .all('SELECT * FROM notes WHERE period = ? ORDER BY note_index', period)
    .map(slotOf);
  return {
    budget,
    period,
    periodIndex,
    principal: textOf(row, 'principal') as PartyId,
    agent: textOf(row, 'agent') as PartyId,
    tier,
    // The first note fixed the kind of all.
    circuit: slots.some(({ items }) => items !== null) ? 'batch' : 'spend',
    policy: policyOf(file, row),
    policyDigest: nullable(row, 'policy_digest', textOf) as FieldHex | null,
    firstTreeSize: numberOf(row, 'first_size'),
    closedIndex: numberOf(row, 'closed_index'),
    leavesRoot: textOf(row, 'leaves_root') as FieldHex,
    tokensRoot: textOf(row, 'tokens_root') as FieldHex,
    slots,
  };
}

function policyOf(file: ProjectionFile, row: SqlRow): Policy {
  const budget = textOf(row, 'budget') as Hash;
  return {
    budget,
    denomination: textOf(row, 'denomination') as Denomination,
    cap: amount(amountOf(row, 'cap')),
    windowStart: unixMs(numberOf(row, 'window_start')),
    windowEnd: unixMs(numberOf(row, 'window_end')),
    categories: file
      .all('SELECT * FROM categories WHERE budget = ? ORDER BY category', budget)
      .map((category) => ({
        name: textOf(category, 'name'),
        ceiling: amount(amountOf(category, 'ceiling')),
        cap: amount(amountOf(category, 'cap')),
      })),
    policySalt: textOf(row, 'policy_salt') as Nonce,
  };
}

function itemsOf(text: string | null): PeriodSlot['items'] {
  if (text === null) return null;
  const json = parseAnyJson(text)?.value ?? null;
  return readStored(batchItems, json, 'items of a note in the projection');
}

function slotOf(row: SqlRow): PeriodSlot {
  return {
    status: textOf(row, 'status') as SlotStatus,
    spend: amount(amountOf(row, 'spend')),
    at: unixMs(numberOf(row, 'at')),
    category: numberOf(row, 'category'),
    regime: numberOf(row, 'regime'),
    items: itemsOf(nullable(row, 'items', textOf)),
    authorization: textOf(row, 'authorization') as Hash,
    salt: textOf(row, 'salt') as Nonce,
    commitment: textOf(row, 'commitment') as FieldHex,
  };
}
