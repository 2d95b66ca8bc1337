// Goal: what a book takes of batch notes, each limit at its edge, and how a period of them ends. Method: a decide table; rows that
// pass sit beside rows that break a rule by one; then a period from its first hold to its attestation.
import { describe, expect, test } from 'vitest';
import { findCoreIn } from '../book/note-cores.ts';
import { decodeState, encodeState } from '../book/state-codec.ts';
import { fieldToHex } from '../codec/field.ts';
import { type BatchItem, batchCommitment } from '../note/batch-commitment.ts';
import { tokenOf } from '../note/commitment.ts';
import { coreHash } from '../note/note.ts';
import { leavesRoot } from '../note/roots.ts';
import { periodHash } from '../period/period-hash.ts';
import { endedSlots } from '../period-close/count-period.ts';
import { budget, policy } from '../testing/accounts.ts';
import { attestation, periodClose } from '../testing/closes.ts';
import { budgetOf, holdPlaced as gives, type HoldOptions, hold } from '../testing/holds.ts';
import { testNonce } from '../testing/keys.ts';
import { receipt, voidReceipt } from '../testing/payments.ts';
import { decideRow, type Row, refused } from '../testing/table.ts';
import { certificates, createFleet, type Fleet } from '../testing/test-book.ts';
import { CLOUD, must } from '../testing/world.ts';
import { amount } from '../units/amount.ts';

const items = (...spends: readonly bigint[]): readonly BatchItem[] =>
  spends.map((spend, i) => ({ spend: amount(spend), stepMs: 10 * i }));

const FEES = { maxFeeBps: 100, latencyMs: 1_000 };

/** A hold of a batch; its amount is the sum of the payments less `fee`. */
function batch(fleet: Fleet, spends: readonly bigint[], options: HoldOptions = {}) {
  const { grants, fee = amount(0n), ...rest } = options;
  const value = spends.reduce((sum, spend) => sum + spend, 0n) - fee;
  return hold(fleet, { value, fee, grants: { items: items(...spends), ...grants }, ...rest });
}

/** Another budget of the agent with a larger tier, its policy stated. */
const tiered = (fleet: Fleet, tier: 64 | 256 | 1024): Fleet => {
  const other = budget(fleet.world, { nonce: testNonce('tiered'), tier });
  const id = other.body.budget;
  const period = periodHash(id, 0);
  fleet.book.accept(other, policy(fleet.world, other), ...certificates(fleet.world, period));
  return { ...fleet, budget: id, period };
};

const rows: readonly Row[] = [
  {
    name: 'a batch of which each payment is exactly the ceiling',
    when: (fleet) => batch(fleet, [200n, 200n, 200n]),
    gives,
  },
  {
    name: 'one payment one above the ceiling, below it in the mean',
    when: (fleet) => batch(fleet, [1n, 201n, 1n]),
    gives: refused('item_above_ceiling', '/body/grant/items/1/spend'),
  },
  {
    name: 'a batch of sixteen',
    when: (fleet) => batch(fleet, new Array<bigint>(16).fill(2n)),
    gives,
  },
  {
    name: 'a batch one above the category’s cap',
    when: (fleet) => batch(fleet, [200n, 200n, 200n, 1n]),
    gives: refused('category_cap_exceeded', '/body/amount'),
  },
  {
    name: 'a batch whose fee is part of its payments',
    when: (fleet) => batch(fleet, [100n, 102n], { fee: amount(2n), asks: { constraints: FEES } }),
    gives,
  },
  {
    name: 'a batch after a single note',
    given: (fleet) => fleet.book.accept(hold(fleet, { value: 1n })),
    when: (fleet) => batch(fleet, [1n, 1n]),
    gives: refused('note_kind_mixed', '/body/grant/core/kind', { expected: 'single' }),
  },
  {
    name: 'a single note after a batch that was given up',
    given: (fleet) => {
      const first = batch(fleet, [1n]);
      fleet.book.accept(first, voidReceipt(fleet.world, first));
    },
    when: (fleet) => hold(fleet, { value: 1n }),
    gives: refused('note_kind_mixed', '/body/grant/core/kind', { expected: 'batch' }),
  },
  {
    name: 'a batch to another payee after a batch',
    given: (fleet) => fleet.book.accept(batch(fleet, [1n, 2n])),
    when: (fleet) => batch(fleet, [3n], { payee: CLOUD }),
    gives,
  },
  {
    name: 'a batch under a budget of tier 64',
    when: (fleet) => batch(tiered(fleet, 64), [1n]),
    gives,
  },
  {
    name: 'a batch under a budget of tier 256',
    when: (fleet) => batch(tiered(fleet, 256), [1n]),
    gives: refused('tier_without_batch_circuit', '/body/grant/core/kind', { tier: 256 }),
  },
  {
    name: 'a batch under a budget of tier 1024',
    when: (fleet) => batch(tiered(fleet, 1024), [1n]),
    gives: refused('tier_without_batch_circuit', '/body/grant/core/kind', { tier: 1024 }),
  },
  {
    name: 'a single note under a budget of tier 256',
    when: (fleet) => hold(tiered(fleet, 256), { value: 1n }),
    gives,
  },
];

test.each(rows)('$name', (row) => {
  const { expected, actual } = decideRow(row);
  expect(actual).toEqual(expected);
});

test('the book gives back the core of a batch for its receipt', () => {
  const fleet = createFleet();
  const object = batch(fleet, [5n, 7n]);
  fleet.book.accept(object);
  const { core } = must(object.body.grant, 'grant');
  const answer = receipt(fleet.world, fleet.book.state, object, { at: fleet.book.now });
  expect(findCoreIn(fleet.book.state, answer.body)(coreHash(core))).toEqual(core);
});

test('a hold of a batch is the sum of its payments', () => {
  const fleet = createFleet();
  const object = batch(fleet, [5n, 7n, 11n]);
  fleet.book.accept(object);
  const state = fleet.book.state.budgets.get(budgetOf(object));
  expect(state).toMatchObject({ committed: 23n, categories: [{ committed: 23n }, {}] });
  fleet.book.accept(receipt(fleet.world, fleet.book.state, object, { at: fleet.book.now }));
  expect(fleet.book.state.budgets.get(fleet.budget)).toMatchObject({ committed: 0n, spent: 23n });
});

describe('a period of batches', () => {
  function closed(): Fleet {
    const fleet = createFleet();
    const { world, book } = fleet;
    const paid = batch(fleet, [100n, 50n]);
    book.accept(paid);
    book.accept(receipt(world, book.state, paid, { at: book.now }));
    const voided = batch(fleet, [1n]);
    book.accept(voided, voidReceipt(world, voided));
    book.accept(periodClose(world, book.state, fleet.budget, { final: true }));
    return fleet;
  }

  test('counts each as one authorization and hashes its commitment into the leaves', () => {
    const { book, period } = closed();
    const state = must(book.state.periods.get(period), 'period');
    expect(state).toMatchObject({ kind: 'batch', count: 2 });
    const placed = book.events.find((event) => event.type === 'HoldPlaced');
    const { grant, at } = must(placed?.type === 'HoldPlaced' ? placed.data : null, 'hold');
    const { category, regime, items: payments, noteSalt: salt } = must(grant, 'grant');
    const token = tokenOf(must(grant, 'grant').authorization);
    const commitment = batchCommitment({
      at,
      category,
      regime,
      items: must(payments, 'items'),
      period,
      token,
      salt,
    });
    const slots = endedSlots(state);
    expect(slots[0]?.commitment).toBe(fieldToHex(commitment));
    expect(slots.map(({ status }) => status)).toEqual(['spent', 'void']);
    expect(state.closed?.leavesRoot).toBe(fieldToHex(leavesRoot(slots, 16)));
    expect(state.closed?.periodTotals.total).toBe(150n);
  });

  test('is attested by the batch circuit', () => {
    const fleet = closed();
    const { world, book, budget: id } = fleet;
    const spend = attestation(world, book.state, id, 0, {
      parts: { circuit: 'spend' },
    });
    expect(book.submit(spend)).toEqual(refused('attestation_parts_mismatch', '/body/parts'));
    expect(book.submit(attestation(world, book.state, id, 0)).kind).toBe('accepted');
    // What is left after the attestation still says what the notes were.
    expect(book.state.periods.get(fleet.period)?.kind).toBe('batch');
  });

  test('survives writing and reading the state', () => {
    const { book } = closed();
    const text = encodeState(book.state);
    expect(encodeState(decodeState(text))).toBe(text);
  });

  test('is not what a period of single notes is attested by', () => {
    const fleet = createFleet();
    const { world, book, budget: id } = fleet;
    const paid = hold(fleet, { value: 1n });
    book.accept(paid);
    book.accept(receipt(world, book.state, paid, { at: book.now }));
    book.accept(periodClose(world, book.state, id, { final: true }));
    const wrong = attestation(world, book.state, id, 0, { parts: { circuit: 'batch' } });
    expect(book.submit(wrong)).toEqual(refused('attestation_parts_mismatch', '/body/parts'));
  });
});
