// Goal: the totals of an attested period reach the principal's own signed request and no other. Method:
// every caller that knows of the budget asks for them; the answer is checked by the kernel.

import { parseDisclosure } from '@atomicity/kernel/disclosure/disclosure-file';
import { delegation } from '@atomicity/kernel/testing/accounts';
import { AGENT, CLOUD, OPERATOR, PRINCIPAL, testParty } from '@atomicity/kernel/testing/world';
import type { Hash } from '@atomicity/kernel/units/id';
import { beforeAll, expect, it } from 'vitest';
import type { PeriodSummaries } from '../period-summaries.ts';
import { totalsOf } from '../testing/period-totals.ts';
import { setUpFleet } from '../testing/test-fleet.ts';
import {
  createTestLedger,
  get,
  post,
  send,
  signed,
  type TestLedger,
} from '../testing/test-ledger.ts';

const AUDITOR = testParty('auditor');
let ledger: TestLedger;
let budget: Hash;
let asked = 0;

const summaries: PeriodSummaries = {
  summary: (place) => {
    asked += 1;
    return place.budget === budget && place.periodIndex === 0 ? totalsOf(place.budget) : undefined;
  },
};

beforeAll(async () => {
  ledger = await createTestLedger({ auditors: [AUDITOR.id], summaries });
  budget = (await setUpFleet(ledger)).budget;
  const asAuditor = delegation(ledger.world, AUDITOR, { roles: ['auditor'] });
  await post(ledger, asAuditor, AUDITOR.identity);
});

const url = (index = 0) => `/v1/budgets/${budget}/periods/${index}/summary`;

it('gives the principal a disclosure that anybody can check later', async () => {
  const { status, json } = await get(ledger, url(), PRINCIPAL);
  expect(status).toBe(200);
  const parsed = parseDisclosure(JSON.stringify(json.value));
  expect(parsed).toEqual({ kind: 'parsed', disclosure: totalsOf(budget) });
});

it.each([
  ['the agent of the budget', AGENT, 403, 'not_the_principal'],
  ['another party', CLOUD, 404, 'not_found'],
  ['the operator', OPERATOR, 403, 'role_not_allowed'],
  ['an auditor', AUDITOR, 403, 'role_not_allowed'],
])('refuses %s by name', async (_, party, status, reason) => {
  const answer = await get(ledger, url(), party);
  expect([answer.status, answer.json.reason]).toEqual([status, reason]);
  expect(answer.text).not.toContain('70');
});

it('refuses an unsigned request before anything is read', async () => {
  const before = asked;
  const { method, url: path, headers } = signed(ledger, 'GET', url(), PRINCIPAL.key);
  const { signature: _, ...rest } = headers;
  const answer = await send(ledger, { method, url: path, payload: undefined, headers: rest });
  expect([answer.status, answer.json.reason]).toEqual([401, 'request_signature_missing']);
  expect(asked).toBe(before);
});

it('has nothing of a period that is not attested, nor on a node that attests nothing', async () => {
  const answer = await get(ledger, url(1), PRINCIPAL);
  expect([answer.status, answer.json.reason]).toEqual([404, 'not_found']);
  const plain = await createTestLedger();
  const fleet = await setUpFleet(plain);
  const of = `/v1/budgets/${fleet.budget}/periods/0/summary`;
  expect((await get(plain, of, PRINCIPAL)).status).toBe(404);
});
