// Goal: two states of an edge prove a disagreement exactly when they exclude each other. Method: a
// table of pairs, each from two states that agree, changed in one place.
import { describe, expect, it } from 'vitest';
import { delegation } from '../testing/accounts.ts';
import { evidenceOf } from '../testing/hop-statements.ts';
import { signId, testHash } from '../testing/keys.ts';
import { createWorld, HOUR, START, testParty } from '../testing/world.ts';
import { signedAmount } from '../units/amount.ts';
import { unixMs } from '../units/time.ts';
import type { EdgeDisagreement, EdgeState } from '../wire/objects.ts';
import { encodeObject, objectId, parseObject } from '../wire/parse-object.ts';
import { refuseChecks, requiredChecks } from '../wire/signatures.ts';
import { checkEdgeDisagreement } from './edge-disagreement.ts';

const [A, B] = (['alice', 'bob'] as const)
  .map((name) => testParty(name))
  .sort((one, other) => (one.id < other.id ? -1 : 1)) as [
  ReturnType<typeof testParty>,
  ReturnType<typeof testParty>,
];
const C = testParty('carol');
const EDGE = testHash('edge');
const world = createWorld();

const STATE: EdgeState = {
  v: 1,
  type: 'EdgeState',
  edge: EDGE,
  a: A.id,
  b: B.id,
  sequence: 2,
  previous: testHash('first state'),
  at: unixMs(START + HOUR),
  balance: signedAmount(-500n),
  carry: signedAmount(-3n),
  open: [testHash('voucher')],
  nonce: world.nonce(),
};

/** A signs the state, B signs what `change` makes of it. */
function pair(change: Partial<EdgeState>, delegations?: EdgeDisagreement['delegations']) {
  const other = { ...STATE, nonce: world.nonce(), ...change };
  const proof: EdgeDisagreement = {
    v: 1,
    type: 'EdgeDisagreement',
    first: { object: STATE, sig: signId(A.key, objectId(STATE)) },
    second: { object: other, sig: signId(B.key, objectId(other)) },
    delegations: delegations ?? [
      evidenceOf(delegation(world, A)),
      evidenceOf(delegation(world, B)),
    ],
  };
  return proof;
}

describe('an edge disagreement', () => {
  it.each([
    ['another balance', { balance: signedAmount(-400n) }, 'balance'],
    ['another carry', { carry: signedAmount(-2n) }, 'balance'],
    ['other vouchers open', { open: [] }, 'in_flight'],
    [
      'other vouchers open and another balance',
      { open: [], balance: signedAmount(0n) },
      'in_flight',
    ],
    ['another state before, whenever', { previous: testHash('x'), at: START }, 'history'],
  ] as const)('is proved by %s', (_, change, kind) => {
    expect(checkEdgeDisagreement(pair(change))).toEqual({ kind, edge: EDGE, sequence: 2 });
  });

  it.each([
    [
      'the same state twice',
      { nonce: STATE.nonce },
      'the states differ in previous, open, balance or carry',
    ],
    ['another nonce alone', {}, 'the states differ in previous, open, balance or carry'],
    ['two moments', { at: START, balance: signedAmount(1n) }, 'the states are of one time'],
    [
      'two sequences',
      { sequence: 3, balance: signedAmount(1n) },
      'the states are of one edge and sequence',
    ],
    ['two edges', { edge: testHash('x') }, 'the states are of one edge and sequence'],
    ['other parties', { a: C.id }, 'the states are of one edge and sequence'],
    ['another second party', { b: C.id }, 'the states are of one edge and sequence'],
  ] as const)('is not proved by %s', (_, change, rule) => {
    expect(checkEdgeDisagreement(pair(change))).toMatchObject({
      reason: 'not_edge_disagreement',
      field: '/body/second',
      rule,
    });
  });

  it('needs a key of each end, in its role and time', () => {
    const change = { balance: signedAmount(1n) };
    const [ofA, ofB] = [delegation(world, A), delegation(world, B)].map(evidenceOf);
    if (ofA === undefined || ofB === undefined) throw new Error('no delegations');
    const late = evidenceOf(delegation(world, B, { notBefore: unixMs(START + 2 * HOUR) }));
    const operator = evidenceOf(delegation(world, A, { roles: ['operator'] }));
    expect(checkEdgeDisagreement(pair(change, [ofB, ofA]))).toMatchObject({
      field: '/body/delegations/0',
      rule: 'a signed the first state and b the second',
    });
    expect(checkEdgeDisagreement(pair(change, [ofA, late]))).toMatchObject({
      field: '/body/delegations/1',
      rule: 'the key was delegated as party when it signed',
    });
    expect(checkEdgeDisagreement(pair(change, [operator, ofB]))).toMatchObject({
      field: '/body/delegations/0',
    });
  });

  it('is verified by a stranger from its text; each signature is needed', () => {
    const parsed = parseObject(encodeObject(pair({ balance: signedAmount(1n) }), []));
    if (parsed.kind === 'refused') throw new Error(JSON.stringify(parsed.refusal));
    const checks = requiredChecks(parsed.object);
    expect(refuseChecks(checks)).toBeUndefined();
    expect(checks.map(({ field }) => field)).toEqual([
      '/body/first/sig',
      '/body/second/sig',
      '/body/delegations/0/sig',
      '/body/delegations/1/sig',
    ]);
  });
});
