// Goal: which parts a receiver holds for an intent. Method: decide tables with exact outcomes.
import { describe, expect, test } from 'vitest';
import type { Decision } from '../book/decision.ts';
import {
  createLine,
  decideAt,
  heldByCarol,
  type Line,
  rerouted,
  withoutHosting,
} from '../testing/hop-table.ts';
import { testHash, testKey } from '../testing/keys.ts';
import { edgeBetween, type NetworkNode, signed } from '../testing/network-core.ts';
import { ask, order, partOver } from '../testing/network-payment.ts';
import { voucher as directVoucher } from '../testing/payments.ts';
import { refused } from '../testing/table.ts';
import { type Change, must, testParty, through } from '../testing/world.ts';
import { amount } from '../units/amount.ts';
import { parseDenomination } from '../units/denomination.ts';
import { unixMs } from '../units/time.ts';
import type { Route } from '../wire/objects.ts';

const EUR = must(parseDenomination('EUR/6'), 'denomination');
const other = testKey('another finalize key').id;

describe('the receiver’s book', () => {
  /** A voucher straight to bob, for what bob asks. */
  function straight(line: Line, value: bigint, options: Parameters<typeof ask>[3] = {}) {
    const asked = ask(line.network, 'bob', 1_000n, options);
    order(line.network, 'alice', asked);
    const part = (amountOf = value) => partOver(line.network, asked, ['alice', 'bob'], amountOf);
    return { asked, part };
  }

  test('holds parts until they are as much as it asked for', () => {
    const line = createLine();
    const { part } = straight(line, 600n);
    line.bob.book.accept(part());
    expect(decideAt(line.bob, part(401n))).toEqual(
      refused('delivery_exceeds_amount', '/body/amount', { present: '600' }),
    );
    line.bob.book.accept(part(399n));
    expect(decideAt(line.bob, part(2n))).toEqual(
      refused('delivery_exceeds_amount', '/body/amount', { present: '999' }),
    );
    expect(decideAt(line.bob, part(1n))).toMatchObject({ kind: 'accepted' });
  });

  test('holds no more parts than it waits for', () => {
    const line = createLine();
    const { part } = straight(line, 1n, { partsMax: 2 });
    line.bob.book.accept(part(), part());
    expect(decideAt(line.bob, part())).toEqual(
      refused('too_many_parts', '/body/route/part', { partsMax: 2 }),
    );
  });

  test('a probe takes no place among the parts', () => {
    const line = createLine();
    const { asked, part } = straight(line, 1_000n, { partsMax: 1 });
    line.bob.book.accept(part());
    const probe = partOver(line.network, asked, ['alice', 'bob'], 1_000n, { probe: true });
    expect(decideAt(line.bob, probe)).toMatchObject({ kind: 'accepted' });
    line.bob.book.accept(probe);
    expect(line.bob.book.state.deliveries.get(asked.id)?.vouchers).toHaveLength(1);
  });

  type ReceiverRow = {
    readonly name: string;
    readonly asks?: Parameters<typeof ask>[3];
    readonly change?: (line: Line) => Change<'CapacityVoucher'>;
    readonly route?: Partial<Route>;
    readonly gives: Decision;
  };
  const rows: readonly ReceiverRow[] = [
    {
      name: 'an intent that it does not know',
      change: () => ({ intent: testHash('intent') }),
      gives: refused('intent_unknown', '/body/intent'),
    },
    {
      name: 'an intent that is paid inside its own book only',
      asks: { change: { delivery: null } },
      gives: refused('delivery_not_offered', '/body/intent'),
    },
    {
      name: 'another key than the intent’s',
      route: { finalizeKey: other },
      gives: refused('finalize_key_mismatch', '/body/route/finalizeKey'),
    },
    {
      name: 'a fee that nobody earns',
      change: () => ({ fee: amount(1n) }),
      gives: refused('fee_sum_mismatch', '/body/fee', { fee: '1' }),
    },
  ];

  test.each(rows)('$name is refused', ({ asks = {}, change, route, gives }) => {
    const line = createLine();
    const { network, bob } = line;
    const keyed = straight(line, 1_000n);
    const asked = ask(network, 'bob', 1_000n, asks);
    const voucher = rerouted(
      line,
      keyed.part(),
      { intent: asked.id, ...change?.(line) },
      { finalizeKey: asked.body.delivery?.finalizeKey ?? other, ...route },
    );
    expect(decideAt(bob, voucher)).toEqual(gives);
  });

  test('another receiver’s intent, and one in another denomination, are refused', () => {
    const line = createLine();
    const { network, bob, carol } = line;
    const { asked, part } = straight(line, 1_000n);
    const { body } = asked;
    const foreign = network.world.object(
      { ...body, receiver: carol.party.id },
      through(carol.party),
    );
    bob.book.accept(foreign);
    expect(decideAt(bob, rerouted(line, part(), { intent: foreign.id }))).toEqual(
      refused('receiver_mismatch', '/body/to'),
    );
    const euros = signed(network, bob, { ...body, denomination: EUR });
    bob.book.accept(euros);
    expect(decideAt(bob, rerouted(line, part(), { intent: euros.id }))).toEqual(
      refused('denomination_mismatch', '/body/denomination'),
    );
  });

  test('a hold ends before its intent does', () => {
    const line = createLine();
    const expiresAt = unixMs(line.bob.book.now + 59_000);
    const { part } = straight(line, 1_000n, { change: { expiresAt } });
    expect(decideAt(line.bob, part())).toMatchObject({ kind: 'accepted' });
    const longer = rerouted(line, part(), { expiresAt: unixMs(part().body.expiresAt + 1) });
    expect(decideAt(line.bob, longer)).toEqual(refused('hold_outlives_intent', '/body/expiresAt'));
  });

  test('what is paid or held in one way is not paid in the other', () => {
    const line = createLine();
    const { network, bob } = line;
    const { asked, part } = straight(line, 1_000n);
    const withIntent = (change: { voucher?: typeof asked.id; paid?: boolean }): NetworkNode => {
      const held = must(bob.book.state.intents.get(asked.id), 'intent');
      const intents = bob.book.state.intents.set(asked.id, { ...held, ...change });
      return { ...bob, book: { ...bob.book, state: { ...bob.book.state, intents } } };
    };
    expect(decideAt(withIntent({ voucher: testHash('hold') }), part())).toEqual(
      refused('intent_already_held', '/body/intent'),
    );
    expect(decideAt(withIntent({ paid: true }), part())).toEqual(
      refused('intent_already_paid', '/body/intent'),
    );
    // A local payer of the same book, while a part from outside is held, and once it is paid.
    const erin = testParty('erin');
    const edge = edgeBetween(network, 'alice', 'bob');
    bob.book.accept(part());
    const local = directVoucher(network.world, asked, edge, line.alice.party, {
      at: bob.book.now,
    });
    expect(erin.id).not.toBe(bob.party.id);
    expect(decideAt(withoutHosting(bob), local)).toEqual(
      refused('intent_already_held', '/body/intent'),
    );
    expect(heldByCarol(createLine()).voucher.body.amount).toBe(1_000n);
  });
});
