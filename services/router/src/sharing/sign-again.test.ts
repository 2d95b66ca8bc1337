// Goal: a key that ends while what it signed is on its way leaves no difference between two books, and
// nothing else is signed again. Method: a debtor's outbox whose user signs with a key that the
// neighbour's book, by its own clock or a revocation, does not take any more.
import { delegation, revocation } from '@atomicity/kernel/testing/accounts';
import { DEBTOR, edgeIn, FROM, holdHop, stepHop, TO } from '@atomicity/kernel/testing/edge-ends';
import { reassign, settlementReceipt, settlementRequest } from '@atomicity/kernel/testing/edges';
import { testKey } from '@atomicity/kernel/testing/keys';
import { HOUR, must, START, type TestParty, through } from '@atomicity/kernel/testing/world';
import { amount } from '@atomicity/kernel/units/amount';
import { unixMs } from '@atomicity/kernel/units/time';
import type { WireBody } from '@atomicity/kernel/wire/objects';
import { parseObject } from '@atomicity/kernel/wire/parse-object';
import { describe, expect, it } from 'vitest';
import { limit, limitThere, ShareBench } from '../testing/share-bench.ts';
import type { SharedObject, ShareOutcome } from './share-ports.ts';
import { signedAgain } from './sign-again.ts';

const USER = testKey('of the debtor’s user');
const LATE = unixMs(START + 2 * HOUR);
const LONG = unixMs(START + 9_000 * HOUR);

/** `from` owes the debtor 30 and `to` nothing; both books know the user's key, for an hour. */
async function running(): Promise<ShareBench> {
  const bench = new ShareBench();
  const { ends } = bench;
  holdHop(ends, ends.fromEdge, FROM, amount(30n));
  for (const hop of ends.hops) while (hop.stage < 4) stepHop(ends, hop);
  await bench.start();
  const expiresAt = unixMs(START + HOUR);
  bench.record(delegation(ends.world, DEBTOR, { key: USER.id, expiresAt }));
  await bench.time.run(1);
  expect(bench.refused).toEqual([]);
  bench.requests.length = 0;
  return bench;
}

/** The same body, signed by the user for the debtor and by others as they do. */
function byUser({ ends }: ShareBench, body: WireBody, ...others: readonly TestParty[]) {
  const user = { by: DEBTOR.identity, key: USER };
  return ends.world.object(body, user, ...others.map(through));
}

function everything(bench: ShareBench) {
  const { world, fromEdge } = bench.ends;
  const asked = byUser(
    bench,
    settlementRequest(world, DEBTOR, fromEdge, 10n, { expiresAt: LONG }).body,
  );
  const change = { request: asked.id };
  return {
    change: byUser(bench, limit(bench, FROM, 1).body),
    asked,
    receipt: byUser(bench, settlementReceipt(world, DEBTOR, fromEdge, 10n, change).body),
  };
}

const standing = ({ ends }: ShareBench, book: 'debtor' | 'from') => {
  const { balance, limitA, limitB } = edgeIn(ends.books[book], ends.fromEdge);
  return { balance, limitA, limitB };
};

function expectSame(bench: ShareBench): void {
  expect(standing(bench, 'from')).toEqual(standing(bench, 'debtor'));
  expect(bench.refused).toEqual([]);
  expect(bench.outbox.standing(FROM.id).waiting).toBe(0);
}

describe('a neighbour’s book that does not take the key any more', () => {
  it('takes what the key signed with today’s signature, in order, and ends equal', async () => {
    const bench = await running();
    bench.ends.books.from.now = LATE;
    const { change, asked, receipt } = everything(bench);
    bench.record(change, asked, receipt, limit(bench, FROM, 2));
    await bench.time.run(1);
    expectSame(bench);
    expect(limitThere(bench, FROM)).toBe(2n);
    expect(standing(bench, 'from').balance).not.toBe(0n);
    const { events } = bench.ends.books.from;
    expect(events.slice(-4).map(({ type }) => type)).toEqual([
      'EdgeLimitChanged',
      'SettlementRequested',
      'SettlementRecorded',
      'EdgeLimitChanged',
    ]);
    expect(bench.requests).toHaveLength(2);
  });

  it('has never known it: its delegation came too late', async () => {
    const bench = new ShareBench();
    await bench.start();
    bench.fate = () => 'lost';
    const expiresAt = unixMs(START + HOUR);
    bench.record(delegation(bench.ends.world, DEBTOR, { key: USER.id, expiresAt }));
    bench.record(byUser(bench, limit(bench, FROM, 1).body));
    await bench.time.run(1);
    bench.ends.books.from.now = LATE;
    bench.fate = () => 'delivered';
    await bench.time.run(60_000);
    expect(limitThere(bench, FROM)).toBe(1n);
    expect(bench.refused).toEqual(['from KeyDelegated expired final']);
  });

  it('has a revocation already: what was signed before it here counts there', async () => {
    const bench = await running();
    const revoked = revocation(bench.ends.world, DEBTOR, USER.id);
    bench.ends.books.from.accept(revoked);
    bench.record(byUser(bench, limit(bench, FROM, 1).body), revoked);
    await bench.time.run(1);
    expectSame(bench);
    expect(limitThere(bench, FROM)).toBe(1n);
  });

  it('loses the second answer: it counts once', async () => {
    const bench = await running();
    bench.ends.books.from.now = LATE;
    let left = 0;
    bench.fate = () => (++left === 2 ? 'answer lost' : 'delivered');
    bench.record(everything(bench).change);
    const before = bench.ends.books.from.events.length;
    await bench.time.run(60_000);
    expectSame(bench);
    expect(bench.ends.books.from.events).toHaveLength(before + 1);
  });

  it('refuses it again: noted as before, after two requests', async () => {
    const bench = await running();
    const final: ShareOutcome = { kind: 'refused', refusal: { reason: 'key_expired' } };
    bench.fate = () => final;
    bench.record(everything(bench).change);
    await bench.time.run(60_000);
    expect(bench.refused).toEqual(['from EdgeLimitChanged key_expired final']);
    expect(bench.requests).toHaveLength(2);
  });

  it('gets a Reassign with the party’s own signature replaced and the others’ as they were', async () => {
    const bench = await running();
    const { world, fromEdge, toEdge } = bench.ends;
    holdHop(bench.ends, fromEdge, DEBTOR, amount(50n));
    for (const hop of bench.ends.hops) while (hop.stage < 4) stepHop(bench.ends, hop);
    const of = { debtor: DEBTOR, from: FROM, to: TO, fromEdge, toEdge };
    const { body } = reassign(world, of, 20n, { expiresAt: LONG });
    const moved = byUser(bench, body, FROM, TO);
    bench.ends.books.from.now = LATE;
    bench.record(moved);
    await bench.time.run(1);
    expectSame(bench);
    const { from, to } = bench.ends.books;
    const there = must([...from.causes.values()].at(-1), 'cause');
    expect(there.id).toBe(moved.id);
    expect(must([...to.causes.values()].at(-1), 'cause').text).toBe(moved.text);
    const others = moved.signatures.filter(({ by }) => by !== DEBTOR.id);
    expect(there.signatures).toEqual(expect.arrayContaining([...others]));
    expect(there.signatures.find(({ by }) => by === DEBTOR.id)?.key).toBe(DEBTOR.key.id);
  });
});

describe('is not signed again', () => {
  const bench = new ShareBench();
  const { world } = bench.ends;
  const sign = (id: SharedObject['id']) => ({
    by: DEBTOR.id,
    key: DEBTOR.key.id,
    sig: world.sign(DEBTOR.key, id),
  });
  const again = (object: SharedObject, reason: string) =>
    signedAgain(object, { reason }, { party: DEBTOR.id, sign });

  it.each(['edge_disputed', 'signature_invalid', 'signer_mismatch', 'not_on_edge'])(
    'what was refused as %s',
    (reason) => {
      expect(again(everything(bench).change, reason)).toBeUndefined();
    },
  );

  it('what has today’s signature, is of somebody else, or is about a key', () => {
    const theirs = settlementRequest(world, FROM, bench.ends.fromEdge, 1n);
    for (const object of [limit(bench, FROM, 1), theirs, revocation(world, DEBTOR, USER.id)]) {
      expect(again(object, 'key_revoked')).toBeUndefined();
    }
    expect(again({ id: theirs.id, text: '{}' }, 'key_revoked')).toBeUndefined();
  });

  it('under the same command id: it is another text of the same object', () => {
    const { change } = everything(bench);
    const renewed = must(again(change, 'key_unknown'), 'renewed');
    expect(renewed.id).toBe(change.id);
    expect(renewed.commandId).toMatch(/^[0-9a-f]{64}$/);
    expect(renewed.commandId).not.toBe(change.id);
    expect(again(change, 'key_unknown')).toEqual(renewed);
    const parsed = parseObject(renewed.text);
    expect(parsed).toMatchObject({ kind: 'parsed', object: { id: change.id } });
  });
});
