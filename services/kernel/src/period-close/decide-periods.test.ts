// Goal: closing and attesting. Method: decide tables, and what remains in the state after.
import { expect, test } from 'vitest';
import { fieldToHex } from '../codec/field.ts';
import { leavesRoot, tokensRoot } from '../note/roots.ts';
import { periodHash } from '../period/period-hash.ts';
import { budget as budgetObject, delegation, policy } from '../testing/accounts.ts';
import { attestation, pairClose, periodClose } from '../testing/closes.ts';
import { type HoldOptions, hold } from '../testing/holds.ts';
import { testHash, testKey } from '../testing/keys.ts';
import { receipt, voidReceipt } from '../testing/payments.ts';
import { decideRow, type Row, refused, shown } from '../testing/table.ts';
import { certificates, createFleet, type Fleet } from '../testing/test-book.ts';
import {
  AGENT,
  CLOUD,
  GPU,
  HOUR,
  must,
  OPERATOR,
  ORIGIN,
  PRINCIPAL,
  START,
} from '../testing/world.ts';
import { amount } from '../units/amount.ts';
import { ZERO_FIELD } from '../units/id.ts';
import { unixMs } from '../units/time.ts';
import { endedSlots } from './count-period.ts';

function pay(fleet: Fleet, options: HoldOptions = {}) {
  const object = hold(fleet, options);
  fleet.book.accept(object);
  fleet.book.accept(receipt(fleet.world, fleet.book.state, object, { at: fleet.book.now }));
}

/** One payment of 100, one void, one lapse of 300 on the other pair; an hour later. */
function threeEndings(fleet: Fleet) {
  pay(fleet);
  const voided = hold(fleet, { value: 50n });
  fleet.book.accept(voided, voidReceipt(fleet.world, voided));
  fleet.book.accept(hold(fleet, { payee: CLOUD, value: 300n, at: unixMs(START + 7) }));
  fleet.book.now = unixMs(START + 2 * HOUR);
  fleet.book.lapse();
}

const eventOf = ({ book }: Fleet, type: string) =>
  must(book.events.findLast((event) => event.type === type)?.eventId, type);

const close = (fleet: Fleet, change: Parameters<typeof periodClose>[3] = {}) =>
  periodClose(fleet.world, fleet.book.state, fleet.budget, change);

const closeFinally = (fleet: Fleet) => fleet.book.accept(close(fleet, { final: true }));

/** Closes the first period with one payment and the second empty, finally. */
function twoPeriods(fleet: Fleet) {
  pay(fleet);
  fleet.book.accept(close(fleet));
  closeFinally(fleet);
}

const attest = (fleet: Fleet, index = 0, change: Parameters<typeof attestation>[4] = {}) =>
  attestation(fleet.world, fleet.book.state, fleet.budget, index, change);

const closes: readonly Row[] = [
  {
    name: 'a period with a payment, a void and a lapse that counts',
    given: threeEndings,
    when: (fleet) => close(fleet),
    gives: ({ book, budget, period }, object) => {
      const slots = endedSlots(must(book.state.periods.get(period), 'period'));
      const roots = {
        tokensRoot: fieldToHex(tokensRoot(slots, 16)),
        leavesRoot: fieldToHex(leavesRoot(slots, 16)),
      };
      const statuses = ['spent', 'void', 'lapsed'] as const;
      const totals = { total: amount(400n), categories: [amount(100n), amount(300n)] };
      const wire = shown(object);
      return {
        kind: 'accepted',
        events: [
          {
            type: 'PeriodClosed',
            data: {
              close: object.id,
              budget,
              period,
              periodIndex: 0,
              count: 3,
              ...roots,
              statuses,
              periodTotals: totals,
              cumulativeTotals: totals,
              firstAt: START,
              lastAt: unixMs(START + 7),
              nextPeriod: periodHash(budget, 1),
            },
            disclosure: {
              ...(wire as object),
              leavesRoot: roots.leavesRoot,
              statuses,
            },
          },
        ],
      };
    },
  },
  {
    name: 'the same close again',
    when: (fleet) => {
      const object = close(fleet, { final: true });
      fleet.book.accept(object);
      return object;
    },
    gives: { kind: 'duplicate' },
  },
  {
    name: 'a close of an unknown budget',
    when: (fleet) => {
      const other = testHash('budget');
      return close(fleet, { budget: other, period: periodHash(other, 0) });
    },
    gives: refused('budget_unknown', '/body/budget'),
  },
  {
    name: 'a close of a period that never opened',
    when: (fleet) => close(fleet, { periodIndex: 1 }),
    gives: refused('period_unknown', '/body/period'),
  },
  {
    name: 'a close by the agent',
    when: (fleet) => close(fleet, { final: true, signer: AGENT }),
    gives: refused('signer_mismatch', '/signatures', { expected: PRINCIPAL.id }),
  },
  {
    name: 'another close of a closed period',
    given: closeFinally,
    when: (fleet) => close(fleet, { final: true }),
    gives: refused('exists_with_different_terms', '/body/period'),
  },
  {
    name: 'a close while a hold is open',
    given: (fleet) => fleet.book.accept(hold(fleet)),
    when: (fleet) => close(fleet),
    gives: refused('period_has_open_holds', '/body/period', { open: 1 }),
  },
  {
    name: 'a close that leaves one authorization out',
    given: (fleet) => pay(fleet),
    when: (fleet) => close(fleet, { count: 0 }),
    gives: refused('count_mismatch', '/body/count', { expected: 1, actual: 0 }),
  },
  {
    name: 'a close of an empty period that is not final',
    when: (fleet) => close(fleet),
    gives: refused('period_empty', '/body/final'),
  },
  {
    name: 'a close over other authorizations',
    given: (fleet) => pay(fleet),
    when: (fleet) => close(fleet, { tokensRoot: ZERO_FIELD }),
    gives: ({ book, period }) => {
      const slots = endedSlots(must(book.state.periods.get(period), 'period'));
      const expected = fieldToHex(tokensRoot(slots, 16));
      return refused('tokens_root_mismatch', '/body/tokensRoot', { expected });
    },
  },
  {
    name: 'lapses that would break the category’s cap in the proof',
    given: (fleet) => {
      for (let i = 0; i < 3; i++) fleet.book.accept(hold(fleet, { value: 200n }));
      fleet.book.now = unixMs(START + 2 * HOUR);
      fleet.book.lapse();
      pay(fleet, { value: 1n });
    },
    when: (fleet) => close(fleet),
    gives: refused('period_not_provable', '/body/period'),
  },
];

const attestations: readonly Row[] = [
  {
    name: 'an operator attests a closed period',
    given: closeFinally,
    when: (fleet) => attest(fleet),
    gives: ({ budget, period }, object) => {
      if (object.body.type !== 'AttestationSummary') throw new Error('no attestation');
      const { publicSignals, verificationKeyHash } = object.body;
      return {
        kind: 'accepted',
        events: [
          {
            type: 'PeriodAttested',
            data: {
              attestation: object.id,
              budget,
              period,
              periodIndex: 0,
              publicSignals,
              verificationKeyHash,
            },
            disclosure: shown(object),
          },
        ],
      };
    },
  },
  {
    name: 'the same attestation again',
    given: closeFinally,
    when: (fleet) => {
      const object = attest(fleet);
      fleet.book.accept(object);
      return object;
    },
    gives: { kind: 'duplicate' },
  },
  {
    name: 'a second attestation',
    given: (fleet) => {
      closeFinally(fleet);
      fleet.book.accept(attest(fleet));
    },
    when: (fleet) => attest(fleet, 0, { parts: { previousSummary: ZERO_FIELD } }),
    gives: refused('exists_with_different_terms', '/body/period'),
  },
  {
    name: 'an attestation by somebody else',
    given: closeFinally,
    when: (fleet) => attest(fleet, 0, { signer: PRINCIPAL }),
    gives: refused('not_the_operator', '/signatures'),
  },
  {
    name: 'an operator’s key without the role',
    given: (fleet) => {
      closeFinally(fleet);
      const change = { key: testKey('audit').id, roles: ['auditor'] as const };
      fleet.book.accept(delegation(fleet.world, OPERATOR, change));
    },
    when: (fleet) => attest(fleet, 0, { signer: { ...OPERATOR, key: testKey('audit') } }),
    gives: refused('key_lacks_role', '/signatures', { role: 'operator' }),
  },
  {
    name: 'a period that is open',
    when: (fleet) => attest(fleet),
    gives: refused('period_not_closed', '/body/period'),
  },
  {
    name: 'the second period before the first',
    given: twoPeriods,
    when: (fleet) => attest(fleet, 1),
    gives: refused('previous_not_attested', '/body/periodIndex', { expected: 0 }),
  },
  {
    name: 'the second period without the first one’s summary',
    given: (fleet) => {
      twoPeriods(fleet);
      fleet.book.accept(attest(fleet));
    },
    when: (fleet) => attest(fleet, 1, { parts: { previousSummary: ZERO_FIELD } }),
    gives: refused('attestation_parts_mismatch', '/body/parts'),
  },
  {
    name: 'parts of another log',
    given: closeFinally,
    when: (fleet) => attest(fleet, 0, { parts: { origin: `${ORIGIN}/2` } }),
    gives: refused('attestation_parts_mismatch', '/body/parts'),
  },
  {
    name: 'another tier',
    given: closeFinally,
    when: (fleet) => attest(fleet, 0, { parts: { tier: 64 } }),
    gives: refused('attestation_parts_mismatch', '/body/parts'),
  },
  {
    name: 'signals over other notes',
    given: closeFinally,
    when: (fleet) => {
      const [, ...rest] = attest(fleet).body.publicSignals;
      return attest(fleet, 0, { publicSignals: [ZERO_FIELD, ...rest] });
    },
    gives: refused('attestation_signals_mismatch', '/body/publicSignals'),
  },
];

test.each([...closes, ...attestations])('$name', (row) => {
  const { expected, actual } = decideRow(row);
  expect(actual).toEqual(expected);
});

test('a pair’s close shows a lapse unspent, so that the period can be proved', () => {
  const fleet = createFleet();
  const { world, book, period, budget } = fleet;
  for (let i = 0; i < 3; i++) book.accept(hold(fleet, { value: 200n }));
  book.now = unixMs(START + 2 * HOUR);
  book.lapse();
  pay(fleet, { value: 100n });
  expect(book.submit(close(fleet))).toEqual(refused('period_not_provable', '/body/period'));
  book.accept(pairClose(world, book.state, period, GPU));
  book.accept(close(fleet));
  expect(book.state.periods.get(period)?.closed?.statuses).toEqual([
    'unspent',
    'unspent',
    'unspent',
    'spent',
  ]);
  expect(book.state.budgets.get(budget)).toMatchObject({
    periodIndex: 1,
    counted: { total: 100n, categories: [100n, 0n] },
    countedLastAt: START + 2 * HOUR,
  });
});

test('periods go on where the one before ended, and totals add up', () => {
  const fleet = createFleet();
  const { world, book, budget } = fleet;
  pay(fleet);
  book.accept(close(fleet));
  book.accept(...certificates(world, periodHash(budget, 1)));
  pay(fleet, { value: 70n });
  book.now = fleet.delegation.body.windowEnd;
  book.accept(close(fleet));
  const second = book.state.periods.get(periodHash(budget, 1))?.closed;
  expect(second).toMatchObject({
    periodTotals: { total: 70n },
    cumulativeTotals: { total: 170n, categories: [170n, 0n] },
    nextPeriod: null,
  });
  expect(book.state.budgets.get(budget)?.period).toBeNull();
  const start = eventOf(fleet, 'BudgetDelegated');
  expect(book.state.bound.has(start)).toBe(true);
  book.accept(attest(fleet, 0));
  expect(book.state.bound.has(start)).toBe(true);
  book.accept(attest(fleet, 1));
  expect(book.state.bound.has(start)).toBe(false);
});

test('an attestation leaves totals of a period only', () => {
  const fleet = createFleet();
  threeEndings(fleet);
  closeFinally(fleet);
  expect(fleet.book.state.bound.size).toBeGreaterThan(0);
  fleet.book.accept(attest(fleet));
  const { slots, pairs, events, closed, count } = must(
    fleet.book.state.periods.get(fleet.period),
    'period',
  );
  expect([slots.size, pairs.size, events.size, closed?.statuses.length, count]).toEqual([
    0, 0, 0, 0, 3,
  ]);
  expect(fleet.book.state.bound.size).toBe(0);
});

test('a budget with an unstated policy can still be closed finally', () => {
  const { world, book } = createFleet();
  const second = budgetObject(world);
  book.accept(second);
  book.accept(periodClose(world, book.state, second.body.budget, { final: true }));
  expect(book.submit(policy(world, second)).kind).toBe('accepted');
});
