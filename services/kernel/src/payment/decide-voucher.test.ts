// Goal: what a voucher names, whether it fits, and its times, each at its edge. Method: a decide table; rows that pass sit beside rows
// that break a rule by one.
import { expect, test } from 'vitest';
import { edge } from '../testing/accounts.ts';
import { holdPlaced as gives, hold, ownHold, placed } from '../testing/holds.ts';
import { testHash } from '../testing/keys.ts';
import { granted, intent, receipt, voidReceipt, voucher } from '../testing/payments.ts';
import { decideRow, type Row, refused } from '../testing/table.ts';
import { AGENT, CLOUD, GPU, HOUR, must, PRINCIPAL, START, USD } from '../testing/world.ts';
import { amount } from '../units/amount.ts';
import { parseDenomination } from '../units/denomination.ts';
import { unixMs } from '../units/time.ts';

const EUR = must(parseDenomination('EUR/6'), 'denomination');

const who: readonly Row[] = [
  { name: 'a granted hold', when: (fleet) => hold(fleet), gives },
  { name: 'a hold on one’s own signature', when: (fleet) => ownHold(fleet, 100n), gives },
  {
    name: 'the same voucher again while it holds',
    when: (fleet) => {
      const object = hold(fleet);
      fleet.book.accept(object);
      return object;
    },
    gives: { kind: 'duplicate' },
  },
  {
    name: 'the same voucher again after it was voided',
    when: (fleet) => {
      const object = hold(fleet);
      fleet.book.accept(object, voidReceipt(fleet.world, object));
      return object;
    },
    gives: { kind: 'duplicate' },
  },
  {
    name: 'the same voucher again after it lapsed and was forgotten',
    when: (fleet) => {
      const object = hold(fleet);
      fleet.book.accept(object);
      fleet.book.now = unixMs(START + HOUR);
      fleet.book.lapse();
      return object;
    },
    gives: refused('expired', '/body/expiresAt', { now: START + HOUR, expiresAt: START + HOUR }),
  },
  {
    name: 'an edge that is not here',
    when: (fleet) => hold({ ...fleet, gpuEdge: testHash('edge') }),
    gives: refused('edge_unknown', '/body/edge'),
  },
  {
    name: 'an intent that is not recorded',
    when: ({ world, gpuEdge }) => voucher(world, intent(world, GPU, 1n), gpuEdge, AGENT),
    gives: refused('intent_unknown', '/body/intent'),
  },
  {
    name: 'a budget that is not here',
    when: (fleet) => hold(fleet, { grants: { budget: testHash('budget') } }),
    gives: refused('budget_unknown', '/body/grant/budget'),
  },
  {
    name: 'a task that is not here',
    when: (fleet) => hold(fleet, { grants: { task: 'render' } }),
    gives: refused('task_unknown', '/body/grant/task'),
  },
  {
    name: 'a grant signed by the principal',
    when: (fleet) => hold(fleet, { signer: PRINCIPAL }),
    gives: refused('signer_mismatch', '/signatures', { expected: AGENT.id }),
  },
];

const fit: readonly Row[] = [
  {
    name: 'payer and payee on two sides of another edge',
    when: (fleet) => hold({ ...fleet, gpuEdge: fleet.cloudEdge }),
    gives: refused('not_on_edge', '/body/from'),
  },
  {
    name: 'an intent that is paid',
    when: (fleet) => {
      const { world, book, gpuEdge, budget: id } = fleet;
      const asked = intent(world, GPU, 10n);
      book.accept(asked);
      const first = granted(world, book.state, asked, gpuEdge, id);
      book.accept(first, receipt(world, book.state, first));
      return granted(world, book.state, asked, gpuEdge, id);
    },
    gives: refused('intent_already_paid', '/body/intent'),
  },
  {
    name: 'an intent with an open hold',
    when: ({ world, book, gpuEdge, budget: id }) => {
      const asked = intent(world, GPU, 10n);
      book.accept(asked);
      book.accept(granted(world, book.state, asked, gpuEdge, id));
      return granted(world, book.state, asked, gpuEdge, id);
    },
    gives: refused('intent_already_held', '/body/intent'),
  },
  {
    name: 'an intent whose hold was voided is paid by another voucher',
    when: ({ world, book, gpuEdge, budget: id }) => {
      const asked = intent(world, GPU, 10n);
      book.accept(asked);
      const first = granted(world, book.state, asked, gpuEdge, id);
      book.accept(first, voidReceipt(world, first));
      return granted(world, book.state, asked, gpuEdge, id);
    },
    gives,
  },
  {
    name: 'an intent in another denomination',
    when: (fleet) => hold(fleet, { asks: { denomination: EUR }, denomination: USD }),
    gives: refused('denomination_mismatch', '/body/denomination'),
  },
  {
    name: 'a payee who did not ask',
    when: (fleet) => hold(fleet, { to: CLOUD.id, from: AGENT, payee: GPU, edge: fleet.cloudEdge }),
    gives: refused('receiver_mismatch', '/body/to'),
  },
  {
    name: 'less than what was asked',
    when: (fleet) => {
      const { world, book, gpuEdge, budget: id } = fleet;
      const asked = intent(world, GPU, 100n);
      book.accept(asked);
      return granted(world, book.state, asked, gpuEdge, id, { amount: amount(99n) });
    },
    gives: refused('amount_mismatch', '/body/amount', { expected: '100' }),
  },
  {
    name: 'another fee policy than asked for',
    when: (fleet) => hold(fleet, { policyHash: testHash('policy') }),
    gives: refused('policy_hash_mismatch', '/body/policyHash'),
  },
  {
    name: 'a fee at the intent’s bound',
    when: (fleet) => hold(fleet, { fee: amount(10n) }),
    gives,
  },
  {
    name: 'a fee one above the intent’s bound',
    when: (fleet) => hold(fleet, { fee: amount(11n) }),
    gives: refused('fee_above_intent', '/body/fee', { maxFeeBps: 1_000 }),
  },
  {
    name: 'a payer outside the budget',
    when: (fleet) => {
      const third = edge(fleet.world, CLOUD, GPU);
      fleet.book.accept(third);
      return hold({ ...fleet, gpuEdge: third.id }, { from: CLOUD });
    },
    gives: refused('payer_not_in_budget', '/body/from'),
  },
  {
    name: 'the principal as payer, by its agent',
    when: (fleet) => {
      const third = edge(fleet.world, PRINCIPAL, GPU);
      fleet.book.accept(third);
      return hold({ ...fleet, gpuEdge: third.id }, { from: PRINCIPAL });
    },
    gives,
  },
];

const at = (ms: number) => unixMs(START + ms);

const time: readonly Row[] = [
  {
    name: 'a voucher that expires now',
    given: ({ book }) => {
      book.now = at(1);
    },
    when: (fleet) => hold(fleet, { at: START, expiresAt: at(1) }),
    gives: refused('expired', '/body/expiresAt', { now: at(1), expiresAt: at(1) }),
  },
  {
    name: 'a payer’s clock at the skew',
    when: (fleet) => hold(fleet, { at: at(60_000), expiresAt: at(HOUR) }),
    gives,
  },
  {
    name: 'a payer’s clock one past the skew',
    when: (fleet) => hold(fleet, { at: at(60_001), expiresAt: at(HOUR) }),
    gives: refused('at_skewed', '/body/at', { at: at(60_001), now: START, skewMs: 60_000 }),
  },
  {
    name: 'a payer’s clock an hour behind',
    given: ({ book }) => {
      book.now = at(HOUR);
    },
    when: (fleet) => hold(fleet, { at: START, expiresAt: at(2 * HOUR) }),
    gives: refused('at_skewed', '/body/at', { at: START, now: at(HOUR), skewMs: 60_000 }),
  },
  {
    name: 'one millisecond before the window',
    when: (fleet) => hold(fleet, { at: at(-1) }),
    gives: refused('window_not_open', '/body/at', { windowStart: START }),
  },
  {
    name: 'earlier than the authorization before',
    given: placed({ at: at(5) }),
    when: (fleet) => hold(fleet, { at: at(4) }),
    gives: refused('at_before_previous', '/body/at', { at: at(4), lastAt: at(5) }),
  },
  {
    name: 'at the time of the authorization before',
    given: placed({ at: at(5) }),
    when: (fleet) => hold(fleet, { at: at(5) }),
    gives,
  },
  {
    name: 'the longest hold',
    when: (fleet) => hold(fleet, { expiresAt: at(24 * HOUR) }),
    gives,
  },
  {
    name: 'one millisecond longer than the longest hold',
    when: (fleet) => hold(fleet, { expiresAt: at(24 * HOUR + 1) }),
    gives: refused('hold_too_long', '/body/expiresAt', { holdMsMax: 24 * HOUR }),
  },
  {
    name: 'outliving the intent',
    when: (fleet) => hold(fleet, { asks: { expiresAt: at(9) }, expiresAt: at(10) }),
    gives: refused('hold_outlives_intent', '/body/expiresAt'),
  },
  {
    name: 'outliving the edge',
    when: (fleet) => {
      const short = edge(fleet.world, AGENT, GPU, { expiresAt: at(9) });
      fleet.book.accept(short);
      return hold({ ...fleet, gpuEdge: short.id }, { expiresAt: at(10) });
    },
    gives: refused('hold_outlives_edge', '/body/expiresAt'),
  },
  {
    name: 'outliving the window',
    given: ({ book }) => {
      book.now = at(99 * HOUR);
    },
    when: (fleet) =>
      hold(fleet, { asks: { expiresAt: at(200 * HOUR) }, expiresAt: at(100 * HOUR + 1) }),
    gives: refused('hold_outlives_window', '/body/expiresAt'),
  },
];

test.each([...who, ...fit, ...time])('$name', (row) => {
  const { expected, actual } = decideRow(row);
  expect(actual).toEqual(expected);
});
