// Goal: how holds end: paid, void or lapsed, exactly once. Method: decide tables.
import { expect, test } from 'vitest';
import { decide, decideLapses } from '../book/decide.ts';
import { findCoreIn } from '../book/note-cores.ts';
import { coreHash, tailHash, tailOf } from '../note/note.ts';
import { budgetOf, hold, ownHold } from '../testing/holds.ts';
import { testHash } from '../testing/keys.ts';
import { intent, note, receipt, voidReceipt } from '../testing/payments.ts';
import { decideRow, type Row, refused } from '../testing/table.ts';
import { createFleet, type Fleet } from '../testing/test-book.ts';
import { type Built, CLOUD, GPU, HOUR, must, START } from '../testing/world.ts';
import { amount, signedAmount } from '../units/amount.ts';
import { type Hash, ZERO_HASH } from '../units/id.ts';
import { unixMs } from '../units/time.ts';

/** A placed hold, by default granted and of 100. */
function place(fleet: Fleet, options: Parameters<typeof hold>[1] = {}) {
  const object = hold(fleet, options);
  fleet.book.accept(object);
  return object;
}

function placeOwn(fleet: Fleet) {
  const object = ownHold(fleet, 100n);
  fleet.book.accept(object);
  return object;
}

/** What the end of a hold repeats of it. */
function endOf(object: Built<'CapacityVoucher'>) {
  const { intent: asked, edge, from, to, denomination, amount: value, fee, grant } = object.body;
  const ended = grant && {
    budget: grant.budget,
    task: grant.task,
    period: grant.period,
    index: grant.index,
    category: grant.category,
    core: coreHash(grant.core),
  };
  return {
    voucher: object.id,
    intent: asked,
    edge,
    from,
    to,
    denomination,
    amount: value,
    fee,
    grant: ended,
  };
}

const heldIn = ({ book }: Fleet) => must([...book.state.holds.values()][0], 'hold').terms;

const receipts: readonly Row[] = [
  {
    name: 'a receipt with the first note of its pair',
    when: (fleet) => {
      const object = place(fleet, { fee: amount(3n) });
      return receipt(fleet.world, fleet.book.state, object);
    },
    gives: (fleet, object) => {
      const { body } = object;
      if (body.type !== 'FinalizeReceipt') throw new Error('no receipt');
      const hold_ = heldIn(fleet);
      const core = must(
        findCoreIn(fleet.book.state, body)(body.notes[0]?.core ?? ZERO_HASH),
        'core',
      );
      const tail = tailOf(core, 1, ZERO_HASH);
      const {
        agent: _a,
        regime: _r,
        items: _i,
        authorization: _z,
        commitment: _c,
        noteSalt: _s,
        payer: _p,
        payee: _q,
        ...grant
      } = must(hold_.grant, 'grant');
      const { at: _at, expiresAt: _e, policyHash: _h, ...repeated } = hold_;
      return {
        kind: 'accepted',
        events: [
          {
            type: 'PaymentFinalized',
            data: {
              ...repeated,
              grant,
              receipt: object.id,
              at: body.at,
              legs: [
                { party: hold_.from, delta: signedAmount(-103n) },
                { party: hold_.to, delta: signedAmount(103n) },
              ],
              note: { seq: 1, prev: ZERO_HASH, tail: tailHash(tail) },
            },
            disclosure: { tail, sig: must(body.notes[0], 'note').sig },
          },
        ],
      };
    },
  },
  {
    name: 'a receipt for a hold without a grant',
    when: (fleet) => receipt(fleet.world, fleet.book.state, placeOwn(fleet)),
    gives: (fleet, object) => {
      const { at: _at, expiresAt: _e, policyHash: _h, ...repeated } = heldIn(fleet);
      return {
        kind: 'accepted',
        events: [
          {
            type: 'PaymentFinalized',
            data: {
              ...repeated,
              grant: null,
              receipt: object.id,
              at: START,
              legs: [
                { party: repeated.from, delta: signedAmount(-100n) },
                { party: repeated.to, delta: signedAmount(100n) },
              ],
              note: null,
            },
          },
        ],
      };
    },
  },
  {
    name: 'the same receipt again',
    when: (fleet) => {
      const object = receipt(fleet.world, fleet.book.state, place(fleet));
      fleet.book.accept(object);
      return object;
    },
    gives: { kind: 'duplicate' },
  },
  {
    name: 'a receipt for a voucher that is not here',
    when: ({ world, book }) =>
      receipt(world, book.state, hold(createFleet(), {}), { voucher: testHash('voucher') }),
    gives: refused('hold_unknown', '/body/voucher'),
  },
  {
    name: 'a receipt by somebody else than the payee',
    when: (fleet) => receipt(fleet.world, fleet.book.state, place(fleet), { signer: CLOUD }),
    gives: refused('signer_mismatch', '/signatures', { expected: GPU.id }),
  },
  {
    name: 'another receipt for a paid hold',
    when: (fleet) => {
      const object = place(fleet);
      const other = receipt(fleet.world, fleet.book.state, object);
      fleet.book.accept(receipt(fleet.world, fleet.book.state, object));
      return other;
    },
    gives: refused('hold_already_ended', '/body/voucher'),
  },
  {
    name: 'a receipt for another intent',
    when: (fleet) =>
      receipt(fleet.world, fleet.book.state, place(fleet), { intent: testHash('intent') }),
    gives: refused('intent_mismatch', '/body/intent'),
  },
  {
    name: 'a receipt for a part',
    when: (fleet) => receipt(fleet.world, fleet.book.state, place(fleet), { amount: amount(99n) }),
    gives: refused('amount_mismatch', '/body/amount', { amount: '100', fee: '0' }),
  },
  {
    name: 'a receipt with another fee',
    when: (fleet) => receipt(fleet.world, fleet.book.state, place(fleet), { fee: amount(1n) }),
    gives: refused('amount_mismatch', '/body/amount', { amount: '100', fee: '0' }),
  },
  {
    name: 'a receipt with a payee’s clock an hour off',
    when: (fleet) =>
      receipt(fleet.world, fleet.book.state, place(fleet), { at: unixMs(START + HOUR) }),
    gives: refused('at_skewed', '/body/at', { at: START + HOUR, now: START, skewMs: 60_000 }),
  },
  {
    name: 'a receipt in the last millisecond',
    when: (fleet) => {
      const object = place(fleet);
      fleet.book.now = unixMs(object.body.expiresAt - 1);
      return receipt(fleet.world, fleet.book.state, object, { at: fleet.book.now });
    },
    gives: (fleet, object) => {
      const decision = decide(
        fleet.book.state,
        { kind: 'object', commandId: '', object },
        fleet.book.now,
      );
      expect(decision.kind).toBe('accepted');
      return decision;
    },
  },
  {
    name: 'a receipt at the expiry, before the lapse is recorded',
    when: (fleet) => {
      const object = place(fleet);
      fleet.book.now = object.body.expiresAt;
      return receipt(fleet.world, fleet.book.state, object, { at: fleet.book.now });
    },
    gives: refused('hold_expired', '/body/voucher', { now: START + HOUR, expiresAt: START + HOUR }),
  },
  {
    name: 'a receipt without a note for a granted hold',
    when: (fleet) => receipt(fleet.world, fleet.book.state, place(fleet), { notes: [] }),
    gives: refused('note_count_mismatch', '/body/notes'),
  },
  {
    name: 'a receipt with a note for a hold without a grant',
    when: (fleet) => {
      const granted = must(place(fleet).body.grant, 'grant');
      const notes = [note(fleet.world, fleet.book.state, granted, GPU)];
      return receipt(fleet.world, fleet.book.state, placeOwn(fleet), { notes });
    },
    gives: refused('note_count_mismatch', '/body/notes'),
  },
  {
    name: 'a note over the core of another hold',
    when: (fleet) => {
      const other = must(place(fleet).body.grant, 'grant');
      const notes = [note(fleet.world, fleet.book.state, other, GPU)];
      return receipt(fleet.world, fleet.book.state, place(fleet), { notes });
    },
    gives: refused('note_core_mismatch', '/body/notes/0/core'),
  },
  {
    name: 'a note that skips a number of its pair',
    when: (fleet) => {
      const object = place(fleet);
      const { grant } = object.body;
      const notes = [
        note(fleet.world, fleet.book.state, must(grant, 'grant'), GPU, 2, testHash('prev')),
      ];
      return receipt(fleet.world, fleet.book.state, object, { notes });
    },
    gives: refused('seq_not_next', '/body/notes/0/seq', { expected: 1, actual: 2 }),
  },
  {
    name: 'a note after another tail than the pair’s last',
    when: (fleet) => {
      fleet.book.accept(receipt(fleet.world, fleet.book.state, place(fleet)));
      const object = place(fleet);
      const { grant } = object.body;
      const notes = [
        note(fleet.world, fleet.book.state, must(grant, 'grant'), GPU, 2, testHash('prev')),
      ];
      return receipt(fleet.world, fleet.book.state, object, { notes });
    },
    gives: ({ book, period }) => {
      const pairs = [...must(book.state.periods.get(period), 'period').pairs.values()];
      const expected: Hash = must(pairs[0], 'pair').prev;
      return refused('prev_mismatch', '/body/notes/0/prev', { expected });
    },
  },
];

const voids: readonly Row[] = [
  {
    name: 'a void of a granted hold',
    when: (fleet) => voidReceipt(fleet.world, place(fleet)),
    gives: (fleet, object) => {
      const { body } = object;
      if (body.type !== 'VoidReceipt' || body.noteVoid === null) throw new Error('no void');
      const { at: _at, expiresAt: _e, policyHash: _h, ...repeated } = heldIn(fleet);
      const { core, sig } = body.noteVoid;
      const { budget, task, period, index, category } = must(repeated.grant, 'grant');
      const grant = { budget, task, period, index, category, core };
      return {
        kind: 'accepted',
        events: [
          {
            type: 'HoldVoided',
            data: { ...repeated, grant, voidReceipt: object.id },
            disclosure: { noteVoid: { v: 1, core }, sig },
          },
        ],
      };
    },
  },
  {
    name: 'the same void again',
    when: (fleet) => {
      const object = voidReceipt(fleet.world, place(fleet));
      fleet.book.accept(object);
      return object;
    },
    gives: { kind: 'duplicate' },
  },
  {
    name: 'a void of a paid hold',
    when: (fleet) => {
      const object = place(fleet);
      fleet.book.accept(receipt(fleet.world, fleet.book.state, object));
      return voidReceipt(fleet.world, object);
    },
    gives: refused('hold_already_ended', '/body/voucher'),
  },
  {
    name: 'a void at the expiry',
    when: (fleet) => {
      const object = place(fleet);
      fleet.book.now = object.body.expiresAt;
      return voidReceipt(fleet.world, object);
    },
    gives: refused('hold_expired', '/body/voucher', { now: START + HOUR, expiresAt: START + HOUR }),
  },
  {
    name: 'a void without the note key’s word',
    when: (fleet) => voidReceipt(fleet.world, place(fleet), { noteVoid: null }),
    gives: refused('note_count_mismatch', '/body/noteVoid'),
  },
  {
    name: 'a void of another core',
    when: (fleet) => {
      const other = voidReceipt(fleet.world, place(fleet));
      return voidReceipt(fleet.world, place(fleet), { noteVoid: other.body.noteVoid });
    },
    gives: refused('note_core_mismatch', '/body/noteVoid/core'),
  },
];

test.each([...receipts, ...voids])('$name', (row) => {
  const { expected, actual } = decideRow(row);
  expect(actual).toEqual(expected);
});

test('holds lapse at their expiry, earliest first, once', () => {
  const fleet = createFleet();
  const { book } = fleet;
  const late = place(fleet, { expiresAt: unixMs(START + 20) });
  const early = placeOwn(fleet);
  expect(decideLapses(book.state, unixMs(START + 19))).toEqual([]);
  expect(decideLapses(book.state, unixMs(START + 20))).toEqual([
    {
      type: 'HoldLapsed',
      data: endOf(late),
      disclosure: { core: coreHash(must(late.body.grant, 'grant').core) },
    },
  ]);
  const all = decideLapses(book.state, unixMs(START + HOUR));
  expect(all.map((event) => event.type === 'HoldLapsed' && event.data.voucher)).toEqual([
    late.id,
    early.id,
  ]);
  expect(decideLapses(book.state, unixMs(START + HOUR), 1)).toEqual(all.slice(0, 1));
  book.now = unixMs(START + HOUR);
  expect(decide(book.state, { kind: 'lapse' }, book.now)).toEqual({
    kind: 'accepted',
    events: all,
  });
  expect(book.lapse()).toEqual(all);
  expect(decideLapses(book.state, book.now)).toEqual([]);
  expect(book.state.budgets.get(budgetOf(late))).toMatchObject({ committed: 0n, spent: 0n });
});

test('a lapsed intent can be held again, until it expires itself', () => {
  const fleet = createFleet();
  const { world, book } = fleet;
  const first = place(fleet, { asks: { expiresAt: unixMs(START + HOUR + 10) } });
  book.now = unixMs(START + HOUR);
  book.lapse();
  expect(book.state.intents.get(first.body.intent)).toMatchObject({ voucher: null, paid: false });
  book.now = unixMs(START + HOUR + 10);
  book.accept(intent(world, GPU, 1n));
  expect(book.state.intents.has(first.body.intent)).toBe(false);
});

test('findCoreIn rebuilds the signed core of an open or remembered hold', () => {
  const fleet = createFleet();
  const object = place(fleet);
  const { core } = must(object.body.grant, 'grant');
  const paid = receipt(fleet.world, fleet.book.state, object);
  expect(findCoreIn(fleet.book.state, paid.body)(coreHash(core))).toEqual(core);
  fleet.book.accept(paid);
  expect(findCoreIn(fleet.book.state, paid.body)(coreHash(core))).toEqual(core);
  expect(findCoreIn(fleet.book.state, paid.body)(testHash('other'))).toBeUndefined();
  expect(findCoreIn(fleet.book.state, object.body)(coreHash(core))).toBeUndefined();
});
