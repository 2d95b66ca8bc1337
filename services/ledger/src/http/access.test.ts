// Goal: who may call what is exactly the endpoint table. Method: every endpoint is called by every
// role, by an identity, and unsigned; then parties try what belongs to others.
import { delegation, edge, revocation } from '@atomicity/kernel/testing/accounts';
import { testKey } from '@atomicity/kernel/testing/keys';
import { granted, intent } from '@atomicity/kernel/testing/payments';
import {
  AGENT,
  CLOUD,
  GPU,
  HOUR,
  OPERATOR,
  PRINCIPAL,
  testParty,
} from '@atomicity/kernel/testing/world';
import { beforeAll, describe, expect, it } from 'vitest';
import { fakeNetwork } from '../testing/fake-network.ts';
import { setUpFleet } from '../testing/test-fleet.ts';
import {
  accept,
  createTestLedger,
  get,
  introduce,
  post,
  send,
  signed,
  type TestLedger,
} from '../testing/test-ledger.ts';
import type { Endpoint } from './endpoint.ts';
import { ENDPOINTS } from './endpoints.ts';
import { CALLER_ROLES, type CallerRole, maySubmit } from './roles.ts';

const AUDITOR = testParty('auditor');
const STRANGER = testParty('stranger');

const KEY_OF_ROLE = {
  party: AGENT.key,
  operator: OPERATOR.key,
  auditor: AUDITOR.key,
  identity: STRANGER.identity,
} as const;

let ledger: TestLedger;
let fleet: Awaited<ReturnType<typeof setUpFleet>>;

beforeAll(async () => {
  ledger = await createTestLedger({
    network: fakeNetwork(AGENT.id, []).network,
    auditors: [AUDITOR.id],
    log: {
      checkpoint: async () => 'note',
      tile: async () => new Uint8Array([1]),
      inclusion: async () => [],
      consistency: async () => [],
      event: async (index) => ({
        index,
        envelope: '{}',
        disclosure: null,
        payload: null,
        salt: null,
      }),
    },
  });
  fleet = await setUpFleet(ledger);
  const asAuditor = delegation(ledger.world, AUDITOR, { roles: ['auditor'] });
  await post(ledger, asAuditor, AUDITOR.identity);
});

/** A concrete URL of an endpoint that a party who is entitled gets 200 from. */
function urlOf(endpoint: Endpoint): string {
  const values: Record<string, string> = {
    ':party': AGENT.id,
    ':edge': fleet.gpuEdge,
    ':voucher': '0'.repeat(64),
    ':budget': fleet.budget,
    ':index': '0',
    '*': '0/000',
  };
  const path = Object.entries(values).reduce(
    (text, [name, value]) => text.replace(name, value),
    endpoint.path,
  );
  const query = endpoint.parameters.filter((parameter) => parameter.in === 'query');
  return query.length === 0 ? path : `${path}?${query.map(({ name }) => `${name}=1`).join('&')}`;
}

const bodyOf = (endpoint: Endpoint): unknown =>
  endpoint.method === 'POST' ? { malformed: true } : undefined;

/** What the edge says of access alone: later refusals mean that the caller got through. */
function verdictOf(status: number, reason: string | undefined): string {
  return status === 401 || status === 403 ? (reason ?? '') : 'let through';
}

describe.each(ENDPOINTS)('$method $path', (endpoint) => {
  it.each(CALLER_ROLES)('called as %s', async (role) => {
    const request = signed(
      ledger,
      endpoint.method,
      urlOf(endpoint),
      KEY_OF_ROLE[role],
      bodyOf(endpoint),
    );
    const answer = await send(ledger, request);
    const allowed = endpoint.access === 'public' || endpoint.access.includes(role);
    const refusal = role === 'identity' ? 'request_key_unknown' : 'role_not_allowed';
    expect(verdictOf(answer.status, answer.json?.reason)).toBe(allowed ? 'let through' : refusal);
    if (!allowed) expect(answer.headers['content-type']).toBe('application/problem+json');
  });

  it('called unsigned', async () => {
    const { method, url, payload, headers } = signed(
      ledger,
      endpoint.method,
      urlOf(endpoint),
      AGENT.key,
      bodyOf(endpoint),
    );
    const { signature, 'signature-input': input, ...unsigned } = headers;
    const answer = await send(ledger, { method, url, payload, headers: unsigned });
    const isPublic = endpoint.access === 'public';
    expect([signature, input].every((value) => value !== undefined)).toBe(true);
    expect(verdictOf(answer.status, answer.json?.reason)).toBe(
      isPublic ? 'let through' : 'request_signature_missing',
    );
  });
});

describe('objects that a role may hand in', () => {
  const rows: readonly (readonly [CallerRole, string, boolean])[] = [
    ['party', 'CapacityVoucher', true],
    ['party', 'KeyRevocation', true],
    ['party', 'EquivocationProof', true],
    ['party', 'PayloadErasure', false],
    ['party', 'AttestationSummary', false],
    ['operator', 'PayloadErasure', true],
    ['operator', 'AttestationSummary', true],
    ['operator', 'EquivocationProof', true],
    ['operator', 'CapacityVoucher', false],
    ['party', 'PartyHosting', false],
    ['party', 'FeeMismatchProof', true],
    ['operator', 'PartyHosting', true],
    ['operator', 'EdgeDisagreement', true],
    ['auditor', 'CapacityVoucher', false],
    ['auditor', 'EquivocationProof', false],
    ['identity', 'KeyDelegation', true],
    ['identity', 'KeyRevocation', false],
    ['identity', 'PaymentIntent', false],
  ];
  it.each(rows)('%s, %s: %s', (role, type, allowed) => {
    expect(maySubmit(role, type)).toBe(allowed);
  });

  it('refuses an operator’s payment and a party’s erasure by name', async () => {
    const payment = await post(ledger, intent(ledger.world, GPU, 1n), OPERATOR.key);
    expect([payment.status, payment.json.reason]).toEqual([403, 'role_not_allowed']);
  });

  it('lets an identity introduce itself, not somebody else', async () => {
    const other = testParty('somebody else');
    const answer = await post(ledger, delegation(ledger.world, other), STRANGER.identity);
    expect([answer.status, answer.json.reason]).toEqual([403, 'role_not_allowed']);
  });
});

describe('a key that nobody knows', () => {
  it('hands in the delegation by which an identity lets it speak, and nothing else', async () => {
    const own = await createTestLedger();
    const newcomer = testParty('newcomer');
    const key = testKey('a key of the newcomer');
    const delegated = delegation(own.world, newcomer, { key: key.id });
    const other = delegation(own.world, newcomer);
    const before = await post(own, other, key);
    expect([before.status, before.json.reason]).toEqual([403, 'role_not_allowed']);
    expect((await post(own, delegated, key)).json.kind).toBe('accepted');
    // From here on it speaks for its party, as any delegated key does.
    expect((await post(own, other, key)).json.kind).toBe('accepted');
  });
});

describe('what belongs to others', () => {
  it('does not exist for a party, and is shown to operator and auditor', async () => {
    const urls = [
      `/v1/parties/${AGENT.id}/balances`,
      `/v1/parties/${AGENT.id}/edges`,
      `/v1/parties/${AGENT.id}/holds`,
      `/v1/parties/${AGENT.id}/budgets`,
      `/v1/parties/${AGENT.id}`,
      `/v1/edges/${fleet.gpuEdge}`,
      `/v1/budgets/${fleet.budget}`,
      `/v1/budgets/${fleet.budget}/periods/0`,
    ];
    for (const url of urls) {
      const statuses = await Promise.all(
        [AGENT, OPERATOR, AUDITOR, CLOUD].map(async (as) => (await get(ledger, url, as)).status),
      );
      expect([url, statuses]).toEqual([url, [200, 200, 200, 404]]);
    }
    expect((await get(ledger, `/v1/budgets/${fleet.budget}`, PRINCIPAL)).status).toBe(200);
  });

  it('is shown to an agent where it draws on the agent’s budget, though others pay', async () => {
    const own = await createTestLedger();
    const { world, writer } = own;
    const { budget } = await setUpFleet(own);
    const paying = edge(world, PRINCIPAL, GPU);
    await accept(own, PRINCIPAL, paying);
    const asked = intent(world, GPU, 5n);
    await accept(own, GPU, asked);
    const hold = granted(world, writer.flushedState(), asked, paying.id, budget, {
      from: PRINCIPAL,
    });
    await accept(own, AGENT, hold);
    const shown = (as: typeof AGENT) => get(own, `/v1/holds/${hold.id}`, as);
    expect((await shown(AGENT)).json.value).toMatchObject({ from: PRINCIPAL.id, to: GPU.id });
    const statuses = await Promise.all(
      [PRINCIPAL, GPU, CLOUD].map(async (as) => (await shown(as)).status),
    );
    expect(statuses).toEqual([200, 200, 404]);
    const list = await get(own, `/v1/parties/${AGENT.id}/holds`, AGENT);
    expect(list.json.value).toMatchObject([{ voucher: hold.id }]);
  });

  it('is not opened by roles that a party gives itself', async () => {
    const mallory = testParty('mallory');
    const claim = delegation(ledger.world, mallory, { roles: ['auditor', 'operator', 'party'] });
    expect((await post(ledger, claim, mallory.identity)).status).toBe(200);
    expect((await get(ledger, `/v1/parties/${AGENT.id}/edges`, mallory)).status).toBe(404);
    expect((await get(ledger, '/v1/events/0', mallory)).json.reason).toBe('role_not_allowed');
  });
});

describe('a key', () => {
  it('counts within its time and until it is revoked', async () => {
    const own = await createTestLedger();
    const shortLived = delegation(own.world, GPU, {
      expiresAt: (own.clock.time + HOUR) as typeof shortLived.body.expiresAt,
    });
    await post(own, shortLived, GPU.identity);
    await introduce(own, own.world, CLOUD);
    const url = (party: typeof GPU) => `/v1/parties/${party.id}/edges`;
    expect((await get(own, url(GPU), GPU)).status).toBe(200);
    own.clock.time += HOUR;
    expect((await get(own, url(GPU), GPU)).json.reason).toBe('request_key_unknown');
    expect((await get(own, url(CLOUD), CLOUD)).status).toBe(200);
    await accept(own, CLOUD, revocation(own.world, CLOUD));
    expect((await get(own, url(CLOUD), CLOUD)).json.reason).toBe('request_key_unknown');
  });

  it('is known again after a restart', async () => {
    const first = await createTestLedger();
    await introduce(first, first.world, GPU);
    const second = await createTestLedger({ store: first.store });
    expect((await get(second, `/v1/parties/${GPU.id}/edges`, GPU)).status).toBe(200);
    expect(testKey('gpu delegated').id).toBe(GPU.key.id);
  });
});
