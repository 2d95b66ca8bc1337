// Goal: the list that a principal hands to an auditor is the one that it closes a period over.
import { fieldToHex } from '@atomicity/kernel/codec/field';
import { tokensRoot } from '@atomicity/kernel/note/roots';
import { encodeIssuedList, parseIssuedList } from '@atomicity/kernel/period-close/issued-list';
import { testHash, testNonce } from '@atomicity/kernel/testing/keys';
import { expect, it } from 'vitest';
import { keyPairFromSeed } from './key-pair.ts';
import { closePeriod, issuedList } from './principal-session.ts';

const seed = (byte: number) => new Uint8Array(32).fill(byte);
const identity = keyPairFromSeed(seed(1));
const principal = {
  id: identity.id,
  identity,
  nextIdentity: keyPairFromSeed(seed(2)).id,
  key: keyPairFromSeed(seed(3)),
  noteSecret: seed(4),
};
const period = { budget: testHash('budget'), periodIndex: 2, tier: 16 as const };
const issued = ['a', 'b', 'c'].map((name, category) => ({
  authorization: testHash(name),
  category,
}));

it('is read as written and has count, period and root of the close', () => {
  const list = issuedList(period, issued);
  expect(parseIssuedList(encodeIssuedList(list))).toEqual({ kind: 'parsed', issued: list });
  const { body } = closePeriod(principal, period, issued, false, () => testNonce('close'));
  expect([list.period, list.authorizations.length]).toEqual([body.period, body.count]);
  expect(fieldToHex(tokensRoot(list.authorizations, period.tier))).toBe(body.tokensRoot);
});
