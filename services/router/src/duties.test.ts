// Goal: what a hop owes follows from the state alone. Method: one row for each kind of hop and status.
import type { BookState } from '@atomicity/kernel/book/state';
import { emptyBook } from '@atomicity/kernel/book/state';
import { PersistentMap } from '@atomicity/kernel/collections/persistent-map';
import { CLAIM_MEMORY_MS, type Hop } from '@atomicity/kernel/hop/hop';
import { testHash, testNonce } from '@atomicity/kernel/testing/keys';
import { ORIGIN, START, STREAM, testParty, USD } from '@atomicity/kernel/testing/world';
import { amount } from '@atomicity/kernel/units/amount';
import { unixMs } from '@atomicity/kernel/units/time';
import { describe, expect, it } from 'vitest';
import { type Duty, dutiesOf, dutyId } from './duties.ts';

const VOUCHER = testHash('voucher');
const ONWARD = testHash('onward');
const RECEIPT = testHash('receipt');
const INTENT = testHash('intent');
const DEADLINE = unixMs(START + 1_000);
const [FROM, TO, NEXT] = [testParty('from').id, testParty('to').id, testParty('next').id];

type Change = Partial<Omit<Hop, 'terms'>> & { readonly terms?: Partial<Hop['terms']> };

function hopOf(change: Change = {}): Hop {
  const { terms, ...rest } = change;
  return {
    terms: {
      voucher: VOUCHER,
      side: 'payee',
      intent: INTENT,
      part: testNonce('part'),
      edge: testHash('edge'),
      from: FROM,
      to: TO,
      denomination: USD,
      amount: amount(10n),
      fee: amount(0n),
      policyHash: null,
      finalizeKey: testParty('finalize').id,
      probe: false,
      hops: [{ party: NEXT, policyHash: testHash('policy') }],
      prevReceipt: null,
      incoming: null,
      at: START,
      deadline: DEADLINE,
      ...terms,
    },
    eventId: testHash('event'),
    status: 'held',
    at: START,
    heldReceipt: null,
    commit: null,
    commitReceipt: null,
    finalize: null,
    finalizeReceipt: null,
    claimedAt: null,
    lapse: null,
    endedBy: null,
    outgoing: null,
    events: [],
    ...rest,
  };
}

const commit = { signal: testHash('signal'), eventId: testHash('commit'), at: START };
const released = { why: 'released', reason: 'edge_limit_exceeded' } as const;

function stateOf(...hops: readonly Hop[]): BookState {
  const entries = hops.map((hop) => [hop.terms.voucher, hop] as const);
  return { ...emptyBook(STREAM, ORIGIN), hops: PersistentMap.from(entries) };
}

const onward = (change: Change = {}) =>
  hopOf({
    ...change,
    terms: { voucher: ONWARD, side: 'payer', from: TO, to: NEXT, ...change.terms },
  });

const LAST = { hops: [] };

type Row = readonly [what: string, hops: readonly Hop[], duties: readonly string[], now?: number];

const rows: readonly Row[] = [
  ['payer, not acknowledged', [hopOf({ terms: { side: 'payer' } })], ['send_voucher']],
  [
    'payer, active* and not acknowledged',
    [hopOf({ terms: { side: 'payer' }, status: 'active*', commit })],
    ['send_voucher'],
  ],
  ['payer, acknowledged', [hopOf({ terms: { side: 'payer' }, heldReceipt: RECEIPT })], []],
  ['payer, not acknowledged, at the deadline', [hopOf({ terms: { side: 'payer' } })], [], DEADLINE],
  ['payer, lapsed', [hopOf({ terms: { side: 'payer' }, status: 'lapsed', lapse: released })], []],
  ['payer, active', [hopOf({ terms: { side: 'payer' }, status: 'active' })], []],
  ['middle, new', [hopOf()], ['forward']],
  ['middle, new, a millisecond before the deadline', [hopOf()], ['forward'], DEADLINE - 1],
  ['middle, new, at the deadline', [hopOf()], [], DEADLINE],
  ['middle, forwarded', [hopOf({ outgoing: ONWARD }), onward()], []],
  [
    'middle, whose onward hop lapsed',
    [hopOf({ outgoing: ONWARD }), onward({ status: 'lapsed', lapse: released })],
    ['release edge_limit_exceeded'],
  ],
  ['middle, whose onward hop is forgotten', [hopOf({ outgoing: ONWARD })], ['release expired']],
  [
    'middle, committed, not told',
    [hopOf({ outgoing: ONWARD, status: 'active*', commit }), onward()],
    ['send_commit'],
  ],
  [
    'middle, committed and told',
    [hopOf({ outgoing: ONWARD, status: 'active*', commit, commitReceipt: RECEIPT }), onward()],
    [],
  ],
  [
    'middle, claimed',
    [hopOf({ outgoing: ONWARD, status: 'claimed' }), onward({ status: 'active' })],
    ['send_claim'],
  ],
  [
    'middle, claimed, long after the deadline',
    [hopOf({ status: 'claimed' })],
    ['send_claim'],
    DEADLINE + 1e9,
  ],
  [
    'middle, claimed, when no payer can remember it any more',
    [hopOf({ status: 'claimed' })],
    ['release unanswered'],
    DEADLINE + CLAIM_MEMORY_MS,
  ],
  ['middle, active', [hopOf({ status: 'active' })], []],
  [
    'middle, released, the payer may still hold',
    [hopOf({ status: 'lapsed', lapse: released })],
    ['send_release'],
  ],
  [
    'middle, released, past the deadline',
    [hopOf({ status: 'lapsed', lapse: released })],
    [],
    DEADLINE,
  ],
  [
    'middle, expired',
    [hopOf({ status: 'lapsed', lapse: { why: 'expired', reason: 'expired' } })],
    [],
  ],
  [
    'middle, denied',
    [hopOf({ status: 'lapsed', lapse: { why: 'denied', reason: 'expired' } })],
    [],
  ],
  ['receiver, held', [hopOf({ terms: LAST })], ['deliver']],
  [
    'receiver, committed, not told',
    [hopOf({ terms: LAST, status: 'active*', commit })],
    ['send_commit', 'deliver'],
  ],
  [
    'receiver, committed and told',
    [hopOf({ terms: LAST, status: 'active*', commit, commitReceipt: RECEIPT })],
    ['deliver'],
  ],
  ['receiver, a probe', [hopOf({ terms: { ...LAST, probe: true } })], ['release probe']],
  ['receiver, claimed', [hopOf({ terms: LAST, status: 'claimed' })], ['send_claim']],
  [
    'receiver, confirmed, waiting for other payers',
    [hopOf({ terms: LAST, status: 'confirmed' })],
    [],
  ],
  ['a voucher that the book does not know', [], []],
];

const said = (duty: Duty): string =>
  duty.kind === 'release' ? `release ${duty.reason}` : duty.kind;

describe('the duties of a hop', () => {
  for (const [what, hops, expected, now = START] of rows) {
    it(`${what}: ${expected.join(', ') || 'none'}`, () => {
      expect(dutiesOf(stateOf(...hops), VOUCHER, unixMs(now)).map(said)).toEqual(expected);
    });
  }

  it('go to the other end of the edge', () => {
    const peers = (hop: Hop) =>
      dutiesOf(stateOf(hop), VOUCHER, START).map((duty) => ('peer' in duty ? duty.peer : null));
    expect(peers(hopOf({ terms: { side: 'payer' } }))).toEqual([TO]);
    expect(peers(hopOf({ status: 'claimed' }))).toEqual([FROM]);
    expect(peers(hopOf({ status: 'lapsed', lapse: released }))).toEqual([FROM]);
  });

  it('of all parts of a delivery are one', () => {
    const other = testHash('other');
    const state = stateOf(hopOf({ terms: LAST }), hopOf({ terms: { ...LAST, voucher: other } }));
    const ids = [VOUCHER, other].flatMap((voucher) => dutiesOf(state, voucher, START).map(dutyId));
    expect(new Set(ids).size).toBe(1);
  });
});
