// Goal: payments across books, seen from outside. Method: nodes in memory, each with its own book and
// a clock far from the others'; what every book says after the messages have been taken.
import { describe, expect, test } from 'vitest';
import { limitChange } from '../testing/accounts.ts';
import { advance, pump, settle } from '../testing/network.ts';
import {
  createNetwork,
  edgeBetween,
  type Network,
  type NetworkNode,
  nodeOf,
  positionOf,
  send,
} from '../testing/network-core.ts';
import { ask, order, sendPart } from '../testing/network-payment.ts';
import { refused } from '../testing/table.ts';
import { amount } from '../units/amount.ts';

const DAY = 86_400_000;

const square = () =>
  createNetwork({
    names: ['alice', 'bob', 'carol', 'dave'],
    edges: [
      ['alice', 'bob'],
      ['bob', 'carol'],
      ['carol', 'dave'],
      ['alice', 'carol'],
    ],
    offsetsMs: { alice: DAY, bob: -400 * DAY, dave: 12_345 },
  });

const LINE = ['alice', 'bob', 'carol', 'dave'];
const SHORT = ['alice', 'carol', 'dave'];

const positions = (network: Network) => network.nodes.map(positionOf);

/** What happened to hops in a book, in order. */
const story = ({ book }: NetworkNode) =>
  book.events.flatMap(({ type, data }) => {
    if (type === 'HopLapsed') return [`HopLapsed ${data.why} ${data.reason}`];
    return type.startsWith('Hop') || type.startsWith('Delivery') ? [type as string] : [];
  });

const held = (network: Network) =>
  network.nodes.flatMap(({ book }) =>
    [...book.state.edges.values()].map((edge) => edge.heldFromA + edge.heldFromB),
  );

function begin(value: bigint, options: Parameters<typeof ask>[3] = {}) {
  const network = square();
  const asked = ask(network, 'dave', value, options);
  order(network, 'alice', asked, { maxProbeSpend: amount(250n) });
  const [alice, bob, carol, dave] = LINE.map((name) => nodeOf(network, name)) as [
    NetworkNode,
    NetworkNode,
    NetworkNode,
    NetworkNode,
  ];
  return { network, asked, alice, bob, carol, dave };
}

describe('one part over three hops', () => {
  test('finalizes: the receiver has the amount, every hop its fee, the sender paid both', () => {
    const { network, asked, alice, bob, dave } = begin(1_000n);
    sendPart(network, asked, LINE, 1_000n);
    pump(network);
    expect(positions(network)).toEqual([-1_022n, 11n, 11n, 1_000n]);
    expect(held(network).every((sum) => sum === 0n)).toBe(true);
    expect(story(alice)).toEqual(['HopHeld', 'HopAcknowledged', 'HopActivated']);
    expect(story(bob)).toEqual([
      'HopHeld',
      'HopHeld',
      'HopAcknowledged',
      'HopActivated',
      'HopClaimed',
      'HopActivated',
    ]);
    expect(story(dave)).toEqual(['HopHeld', 'HopClaimed', 'DeliveryFinalized']);
  });

  test('with a silent receiver everything lapses by time: no partial, no refund', () => {
    const { network, asked, alice, dave } = begin(1_000n);
    dave.mode = 'silent';
    sendPart(network, asked, LINE, 1_000n);
    pump(network);
    expect(held(network).some((sum) => sum > 0n)).toBe(true);
    advance(network, 60_000);
    settle(network);
    expect(positions(network)).toEqual([0n, 0n, 0n, 0n]);
    expect(held(network).every((sum) => sum === 0n)).toBe(true);
    expect(story(alice)).toEqual(['HopHeld', 'HopAcknowledged', 'HopLapsed expired expired']);
    expect(story(dave)).toEqual(['HopHeld', 'HopLapsed expired expired']);
  });

  test('what the receiver gives up is released back to the sender at once', () => {
    const { network, asked, alice, bob } = begin(1_000n);
    sendPart(network, asked, LINE, 999n, { probe: true });
    expect(story(alice)).toEqual([]);
    sendPart(network, asked, LINE, 100n, { probe: true });
    pump(network);
    expect(story(alice)).toEqual(['HopHeld', 'HopAcknowledged', 'HopLapsed released probe']);
    expect(story(bob)).toContain('HopLapsed released probe');
    expect(held(network).every((sum) => sum === 0n)).toBe(true);
  });

  test('a voucher that was declined is not taken later, although the reason has passed', () => {
    const { network, asked, alice, bob } = begin(1_000n);
    const edge = edgeBetween(network, 'alice', 'bob');
    const limit = (value: bigint, sequence: number) =>
      bob.book.accept(limitChange(network.world, bob.party, edge, amount(value), sequence));
    limit(10n, 1);
    const voucher = sendPart(network, asked, LINE, 1_000n);
    pump(network);
    expect(story(alice)).toEqual(['HopHeld', 'HopLapsed released edge_limit_exceeded']);
    limit(1_000_000n, 2);
    send(network, alice, bob, voucher);
    pump(network);
    expect(story(bob)).toEqual(['HopDeclined']);
    expect(bob.book.submit(voucher)).toEqual(refused('hop_lapsed', '/body'));
  });
});

describe('two parts over two paths', () => {
  test('finalize together, with one receipt and one event at the receiver', () => {
    const { network, asked, alice, dave } = begin(1_000n, { minDeliverable: 1_000n });
    sendPart(network, asked, LINE, 400n);
    pump(network);
    expect(positions(network)).toEqual([0n, 0n, 0n, 0n]);
    sendPart(network, asked, SHORT, 600n);
    pump(network);
    expect(positions(network)).toEqual([-1_017n, 5n, 12n, 1_000n]);
    expect(story(dave)).toEqual([
      'HopHeld',
      'HopHeld',
      'HopCommitted',
      'HopCommitted',
      'HopAcknowledged',
      'HopAcknowledged',
      'HopClaimed',
      'HopClaimed',
      'HopConfirmed',
      'HopConfirmed',
      'DeliveryFinalized',
    ]);
    expect(story(alice).filter((type) => type === 'HopCommitted')).toHaveLength(2);
  });

  test('less than the receiver wants lapses as a whole', () => {
    const { network, asked } = begin(1_000n, { minDeliverable: 800n });
    sendPart(network, asked, LINE, 400n);
    sendPart(network, asked, SHORT, 399n);
    pump(network);
    advance(network, 60_000);
    settle(network);
    expect(positions(network)).toEqual([0n, 0n, 0n, 0n]);
    expect(held(network).every((sum) => sum === 0n)).toBe(true);
  });

  test('as much as the receiver wants finalizes without the part that is missing', () => {
    const { network, asked } = begin(1_000n, { minDeliverable: 800n });
    sendPart(network, asked, LINE, 400n);
    sendPart(network, asked, SHORT, 400n);
    pump(network);
    expect(positions(network)).toEqual([-815n, 5n, 10n, 800n]);
  });
});

describe('a middle hop that crashes', () => {
  test.each([
    ['before it forwards', ['CapacityVoucher']],
    ['after it forwarded', ['CapacityVoucher', 'CapacityVoucher']],
  ])('%s lets the part lapse and loses nothing', (_name, sent) => {
    const { network, asked, bob } = begin(1_000n);
    sendPart(network, asked, LINE, 1_000n);
    const left = [...sent];
    pump(network, ({ object }) => {
      if (object.body.type === left[0]) left.shift();
      return left.length === 0 ? 'drop' : 'deliver';
    });
    bob.mode = 'down';
    advance(network, 60_000);
    bob.mode = 'works';
    advance(network, 0);
    settle(network);
    expect(positions(network)).toEqual([0n, 0n, 0n, 0n]);
    expect(held(network).every((sum) => sum === 0n)).toBe(true);
  });

  test('after the receiver claimed comes back in time and is paid', () => {
    const { network, asked, carol, dave } = begin(1_000n);
    sendPart(network, asked, LINE, 1_000n);
    pump(network, ({ object, from }) => {
      if (from === dave && object.body.type === 'HopReceipt' && object.body.finalize !== null) {
        carol.mode = 'down';
      }
      return 'deliver';
    });
    expect(story(dave).at(-1)).toBe('HopClaimed');
    advance(network, 50_000);
    carol.mode = 'works';
    settle(network);
    expect(positions(network)).toEqual([-1_022n, 11n, 11n, 1_000n]);
  });

  test('longer than its hold denies the receiver, which is not paid; nobody else pays', () => {
    const { network, asked, carol, dave } = begin(1_000n);
    sendPart(network, asked, LINE, 1_000n);
    pump(network, ({ object, from }) => {
      if (from === dave && object.body.type === 'HopReceipt' && object.body.finalize !== null) {
        carol.mode = 'down';
      }
      return 'deliver';
    });
    advance(network, 60_000);
    expect(story(dave).at(-1)).toBe('HopClaimed');
    carol.mode = 'works';
    settle(network);
    expect(positions(network)).toEqual([0n, 0n, 0n, 0n]);
    expect(story(dave).at(-1)).toBe('HopLapsed denied expired');
    expect(held(network).every((sum) => sum === 0n)).toBe(true);
  });

  test('with its claim unanswered waits as long as it takes, and is paid', () => {
    const { network, asked, alice, bob } = begin(1_000n);
    sendPart(network, asked, LINE, 1_000n);
    pump(network, ({ from, object }) =>
      from === alice && object.body.type === 'HopReceipt' ? 'drop' : 'deliver',
    );
    expect(positions(network)).toEqual([-1_022n, -1_011n, 11n, 1_000n]);
    advance(network, 6 * DAY);
    expect(story(bob).at(-1)).toBe('HopClaimed');
    settle(network);
    expect(positions(network)).toEqual([-1_022n, 11n, 11n, 1_000n]);
  });
});
