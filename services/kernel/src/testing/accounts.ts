import { fieldToHex } from '../codec/field.ts';
import type { Tier } from '../codec/merkle-16.ts';
import { policyDigest } from '../policy/policy-digest.ts';
import { type Amount, amount } from '../units/amount.ts';
import { type Hash, type PartyId } from '../units/id.ts';
import { unixMs } from '../units/time.ts';
import { budgetHash } from '../wire/budget-hash.ts';
import { nextIdentityHash } from '../wire/identity-hash.ts';
import { type TestKey } from './keys.ts';

import {
  AGENT,
  type Built,
  type Change,
  CLOUD,
  GPU,
  HOUR,
  OPERATOR,
  own,
  PRINCIPAL,
  START,
  type TestParty,
  through,
  USD,
  type World,
} from './world.ts';

export function delegation(
  world: World,
  party: TestParty,
  change: Change<'KeyDelegation'> = {},
): Built<'KeyDelegation'> {
  return world.object(
    {
      v: 1,
      type: 'KeyDelegation',
      party: party.id,
      key: party.key.id,
      roles: party === OPERATOR ? ['operator'] : ['party'],
      nextIdentityHash: nextIdentityHash(party.next.id),
      notBefore: unixMs(START - HOUR),
      expiresAt: unixMs(START + 1000 * HOUR),
      nonce: world.nonce(),
      ...change,
    },
    own(party.identity),
  );
}

export function revocation(
  world: World,
  party: TestParty,
  key: PartyId = party.key.id,
  signer: TestKey = party.identity,
): Built<'KeyRevocation'> {
  return world.object(
    { v: 1, type: 'KeyRevocation', party: party.id, key, nonce: world.nonce() },
    { by: party.identity, key: signer },
  );
}

export function edge(
  world: World,
  one: TestParty,
  other: TestParty,
  change: Change<'EdgeAgreement'> = {},
): Built<'EdgeAgreement'> {
  const [a, b] = one.id < other.id ? [one, other] : [other, one];
  return world.object(
    {
      v: 1,
      type: 'EdgeAgreement',
      a: a.id,
      b: b.id,
      denomination: USD,
      limitA: amount(1_000n),
      limitB: amount(1_000n),
      rateBps: 0,
      expiresAt: unixMs(START + 500 * HOUR),
      graceMs: 0,
      haircutBps: 0,
      nonce: world.nonce(),
      ...change,
    },
    through(a),
    through(b),
  );
}

export function limitChange(
  world: World,
  grantor: TestParty,
  edgeId: Hash,
  limit: Amount,
  sequence: number,
): Built<'EdgeLimitChange'> {
  return world.object(
    {
      v: 1,
      type: 'EdgeLimitChange',
      edge: edgeId,
      grantor: grantor.id,
      limit,
      sequence,
      nonce: world.nonce(),
    },
    through(grantor),
  );
}

export function budget(
  world: World,
  change: Change<'BudgetDelegation'> = {},
  principal: TestParty = PRINCIPAL,
): Built<'BudgetDelegation'> {
  const body = {
    v: 1 as const,
    type: 'BudgetDelegation' as const,
    principal: principal.id,
    agent: AGENT.id,
    denomination: USD,
    cap: amount(1_000n),
    windowStart: START,
    windowEnd: unixMs(START + 100 * HOUR),
    categories: [
      { name: 'compute', ceiling: amount(200n), cap: amount(600n) },
      { name: 'storage', ceiling: amount(500n), cap: amount(1_000n) },
    ],
    payees: [
      { party: GPU.id, category: 0 },
      { party: CLOUD.id, category: 1 },
    ].sort((x, y) => (x.party < y.party ? -1 : 1)),
    defaultCategory: null,
    tier: 16 as Tier,
    parent: null,
    policySalt: world.nonce(),
    nonce: world.nonce(),
    ...change,
  };
  return world.object({ ...body, budget: change.budget ?? budgetHash(body) }, through(principal));
}

export function policy(
  world: World,
  of: Built<'BudgetDelegation'>,
  change: Change<'PolicyStatement'> = {},
  signer: TestParty = PRINCIPAL,
): Built<'PolicyStatement'> {
  const { budget: id, principal, agent, tier } = of.body;
  return world.object(
    {
      v: 1,
      type: 'PolicyStatement',
      budget: id,
      principal,
      agent,
      policyDigest: change.policyDigest ?? fieldToHex(policyDigest(of.body)),
      tier,
      nonce: world.nonce(),
      ...change,
    },
    through(signer),
  );
}

export function task(
  world: World,
  budgetId: Hash,
  name: string,
  cap: Amount,
  signer: TestParty = AGENT,
): Built<'TaskBudget'> {
  return world.object(
    { v: 1, type: 'TaskBudget', budget: budgetId, task: name, cap, nonce: world.nonce() },
    through(signer),
  );
}

export function certificate(
  world: World,
  party: TestParty,
  counterparty: TestParty,
  period: Hash,
  noteKey: TestKey = party.noteKey(counterparty.id, period),
): Built<'NoteKeyCertificate'> {
  return world.object(
    {
      v: 1,
      type: 'NoteKeyCertificate',
      party: party.id,
      counterparty: counterparty.id,
      period,
      noteKey: noteKey.id,
      nonce: world.nonce(),
    },
    through(party),
    own(noteKey),
  );
}
