// Goal: a payload can be erased when nothing needs it and nothing else says the same.
// Method: a decide table, and the text of the state searched for what erasable events say.
import { expect, test } from 'vitest';
import { decide } from '../book/decide.ts';
import { encodeState } from '../book/state-codec.ts';
import { limitChange, task } from '../testing/accounts.ts';
import { attestation, erasure, periodClose } from '../testing/closes.ts';
import { hold, ownHold } from '../testing/holds.ts';
import { receipt, voidReceipt } from '../testing/payments.ts';
import { decideRow, type Row, refused } from '../testing/table.ts';
import { advance, commandFor, createFleet, type Fleet } from '../testing/test-book.ts';
import { CLOUD, GPU, HOUR, must } from '../testing/world.ts';
import { amount } from '../units/amount.ts';
import { hashFromBytes } from '../units/id.ts';

const IN_USE = refused('payload_in_use', '/body/eventId');
const IN_OPEN_PERIOD = refused('payload_in_open_period', '/body/eventId');

const eventOf = ({ book }: Fleet, type: string) =>
  must(book.events.findLast((event) => event.type === type)?.eventId, type);

const eraseLast = (type: string) => (fleet: Fleet) => erasure(fleet.world, eventOf(fleet, type));

function pay(fleet: Fleet, own = false) {
  const object = own ? ownHold(fleet, 100n) : hold(fleet);
  fleet.book.accept(object);
  fleet.book.accept(receipt(fleet.world, fleet.book.state, object, { at: fleet.book.now }));
}

function decline(fleet: Fleet) {
  const object = hold(fleet, { value: 40n });
  fleet.book.accept(object, voidReceipt(fleet.world, object));
}

/** Lets everything expire that can: intents last longest. */
function wait(fleet: Fleet) {
  advance(fleet.book, 95 * HOUR);
  fleet.book.lapse();
}

function closeAndAttest(fleet: Fleet) {
  const { world, book, budget } = fleet;
  book.accept(periodClose(world, book.state, budget, { final: true }));
  book.accept(attestation(world, book.state, budget, 0));
}

const accepted: Row['gives'] = (_fleet, object) => {
  if (object.body.type !== 'PayloadErasure') throw new Error('no erasure');
  const { eventId, reason } = object.body;
  const data = { erasure: object.id, eventId, reason };
  return { kind: 'accepted', events: [{ type: 'PayloadErased', data }] };
};

const PAYMENT = ['IntentRecorded', 'HoldPlaced', 'PaymentFinalized'];

const STANDING = [
  'BookOpened',
  'KeyDelegated',
  'EdgeOpened',
  'EdgeLimitChanged',
  'BudgetDelegated',
  'TaskBudgeted',
  'NoteKeyCertified',
  'PeriodClosed',
];

const rows: readonly Row[] = [
  ...[...PAYMENT, 'NoteKeyCertified', 'BudgetDelegated'].map(
    (type): Row => ({
      name: `${type} before the attestation`,
      given: (fleet) => pay(fleet),
      when: eraseLast(type),
      gives: IN_OPEN_PERIOD,
    }),
  ),
  ...PAYMENT.map(
    (type): Row => ({
      name: `${type} of an attested period before the voucher has expired`,
      given: (fleet) => {
        pay(fleet);
        closeAndAttest(fleet);
      },
      when: eraseLast(type),
      gives: IN_USE,
    }),
  ),
  ...PAYMENT.map(
    (type): Row => ({
      name: `${type} of an attested period when everything has expired`,
      given: (fleet) => {
        pay(fleet);
        closeAndAttest(fleet);
        wait(fleet);
      },
      when: eraseLast(type),
      gives: accepted,
    }),
  ),
  ...PAYMENT.map(
    (type): Row => ({
      name: `${type} without a budget before the voucher has expired`,
      given: (fleet) => pay(fleet, true),
      when: eraseLast(type),
      gives: IN_USE,
    }),
  ),
  {
    name: 'an open hold without a budget',
    given: (fleet) => fleet.book.accept(ownHold(fleet, 100n)),
    when: eraseLast('HoldPlaced'),
    gives: IN_USE,
  },
  {
    name: 'a hold that has expired and has not lapsed yet',
    given: (fleet) => {
      fleet.book.accept(ownHold(fleet, 100n));
      advance(fleet.book, 3 * HOUR);
    },
    when: eraseLast('HoldPlaced'),
    gives: IN_USE,
  },
  {
    name: 'a lapse, as soon as it is recorded',
    given: (fleet) => {
      fleet.book.accept(ownHold(fleet, 100n));
      wait(fleet);
    },
    when: eraseLast('HoldLapsed'),
    gives: accepted,
  },
  ...STANDING.map(
    (type): Row => ({
      name: `${type}, whatever has expired`,
      given: (fleet) => {
        const { world, book, gpuEdge, budget } = fleet;
        book.accept(limitChange(world, GPU, gpuEdge, amount(5_000n), 1));
        book.accept(task(world, budget, 'train', amount(9n)));
        closeAndAttest(fleet);
        wait(fleet);
      },
      when: eraseLast(type),
      gives: IN_USE,
    }),
  ),
  {
    name: 'an erasure itself: it says why a payload is missing',
    given: (fleet) => {
      pay(fleet, true);
      wait(fleet);
      fleet.book.accept(eraseLast('HoldPlaced')(fleet));
    },
    when: eraseLast('PayloadErased'),
    gives: IN_USE,
  },
  {
    name: 'a payload that is erased',
    given: (fleet) => {
      pay(fleet, true);
      wait(fleet);
      fleet.book.accept(eraseLast('HoldPlaced')(fleet));
    },
    when: eraseLast('HoldPlaced'),
    gives: { kind: 'duplicate' },
  },
  {
    name: 'an event that is not of this book',
    when: (fleet) => erasure(fleet.world, hashFromBytes(new Uint8Array(32).fill(9))),
    gives: accepted,
  },
  {
    name: 'an erasure by a party',
    when: (fleet) => erasure(fleet.world, eventOf(fleet, 'EdgeOpened'), GPU),
    gives: refused('not_the_operator', '/signatures'),
  },
];

test.each(rows)('$name', (row) => {
  const { expected, actual } = decideRow(row);
  expect(actual).toEqual(expected);
});

/** The ids and secrets that an event has for itself: nobody else's payload holds them. */
function ownWords(event: Fleet['book']['events'][number]): readonly string[] {
  switch (event.type) {
    case 'IntentRecorded':
      return [event.data.intent];
    case 'HoldPlaced':
      return [event.data.voucher, event.data.grant?.noteSalt ?? event.data.voucher];
    case 'PaymentFinalized':
      return [event.data.receipt, event.data.voucher];
    case 'HoldVoided':
      return [event.data.voidReceipt, event.data.voucher];
    case 'HoldLapsed':
      return [event.data.voucher];
    default:
      return [];
  }
}

test('what may be erased is nowhere in the state after it', () => {
  const fleet = createFleet();
  const { world, book } = fleet;
  pay(fleet);
  decline(fleet);
  book.accept(hold(fleet, { payee: CLOUD, value: 30n }));
  pay(fleet, true);
  wait(fleet);
  closeAndAttest(fleet);
  let erasedCount = 0;
  for (const event of [...book.events]) {
    const order = erasure(world, event.eventId);
    if (decide(book.state, commandFor(order), book.now).kind !== 'accepted') continue;
    book.accept(order);
    erasedCount += 1;
    const { erased: _orders, ...rest } = book.state;
    const text = encodeState({ ...rest, erased: createFleet().book.state.erased });
    expect(text).not.toContain(event.eventId);
    for (const word of ownWords(event)) expect(text).not.toContain(word);
  }
  // Four intents and holds, two receipts, a void, a lapse, a policy and an attestation.
  expect(erasedCount).toBe(14);
});
