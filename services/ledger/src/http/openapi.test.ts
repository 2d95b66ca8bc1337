// Goal: the OpenAPI document, the endpoint table and what is routed are one and the same, and answers
// have the shape that it says. Method: compare route lists; validate live answers with Ajv.
import { delegation } from '@atomicity/kernel/testing/accounts';
import { granted, intent } from '@atomicity/kernel/testing/payments';
import { AGENT, GPU, OPERATOR, PRINCIPAL } from '@atomicity/kernel/testing/world';
import type { Hash } from '@atomicity/kernel/units/id';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { beforeAll, describe, expect, it } from 'vitest';
import type { PaymentView } from '../payment-view.ts';
import { fakeNetwork, memoryMirror } from '../testing/fake-network.ts';
import { totalsOf } from '../testing/period-totals.ts';
import { sampleAnchors } from '../testing/sample-anchors.ts';
import { setUpFleet } from '../testing/test-fleet.ts';
import {
  accept,
  createTestLedger,
  get,
  post,
  postBatch,
  send,
  signed,
  type TestAnswer,
  type TestLedger,
} from '../testing/test-ledger.ts';
import { ENDPOINTS, endpoint } from './endpoints.ts';
import { CONTROLLERS } from './ledger-app.ts';
import { openapiDocument, openapiPath } from './openapi.ts';
import { endpointsOf } from './routing.ts';
import { problem, type Schema } from './schemas.ts';

const ajv = new Ajv2020({ strict: true, allErrors: true });
const faults = (schema: Schema, value: unknown) =>
  ajv.validate(schema, value) ? [] : (ajv.errors ?? []);

describe('the document', () => {
  it('is what the node serves', async () => {
    const ledger = await createTestLedger();
    const { json } = await send(ledger, { method: 'GET', url: '/v1/openapi.json', headers: {} });
    expect(json).toEqual(JSON.parse(JSON.stringify(openapiDocument())));
  });

  it('has exactly the endpoints of the table', () => {
    const { paths } = JSON.parse(JSON.stringify(openapiDocument()));
    const documented = Object.entries<Record<string, { operationId: string }>>(paths).flatMap(
      ([path, methods]) =>
        Object.entries(methods).map(
          ([method, { operationId }]) => `${operationId} ${method} ${path}`,
        ),
    );
    const table = ENDPOINTS.map(
      ({ id, method, path }) => `${id} ${method.toLowerCase()} ${openapiPath(path)}`,
    );
    expect(documented.sort()).toEqual(table.sort());
  });

  it('has exactly the routes that Fastify has', async () => {
    const { app } = await createTestLedger();
    const fastify = app.getHttpAdapter().getInstance();
    for (const { method, path } of ENDPOINTS) {
      expect([path, fastify.hasRoute({ method, url: path })]).toEqual([path, true]);
    }
    const answered = CONTROLLERS.flatMap((target) => endpointsOf(target));
    expect(answered.sort()).toEqual(ENDPOINTS.map(({ id }) => id).sort());
    // A route that is not in the table would show in the tree with its method.
    const leaves = fastify
      .printRoutes({ commonPrefix: false })
      .match(/\b(GET|POST|PUT|DELETE|PATCH)\b/g);
    expect(leaves?.length).toBe(ENDPOINTS.length);
  });
});

describe('live answers', () => {
  const known = 'c'.repeat(64) as Hash;
  let ledger: TestLedger;
  let fleet: Awaited<ReturnType<typeof setUpFleet>>;
  let voucher = '';

  beforeAll(async () => {
    const router = fakeNetwork(AGENT.id, [GPU.id]);
    router.payments.set(known, paymentOf(known));
    ledger = await createTestLedger({
      network: router.network,
      mirror: memoryMirror(10),
      log: {
        checkpoint: async () => 'note',
        tile: async () => new Uint8Array([1, 2]),
        inclusion: async () => ['a'.repeat(64)],
        consistency: async () => [],
        event: async (index) => ({
          index,
          envelope: '{}',
          disclosure: null,
          payload: null,
          salt: null,
        }),
      },
      summaries: { summary: ({ budget }) => totalsOf(budget) },
      anchors: sampleAnchors(AGENT.id, GPU.id),
    });
    fleet = await setUpFleet(ledger);
    const asked = intent(ledger.world, GPU, 5n);
    const state = ledger.writer.flushedState();
    const hold = granted(ledger.world, state, asked, fleet.gpuEdge, fleet.budget);
    voucher = hold.id;
    await accept(ledger, AGENT, asked, hold);
  });

  const expectShape = (id: string, answer: TestAnswer) => {
    const { response } = endpoint(id);
    expect(answer.status).toBe(response.status);
    expect(answer.headers['content-type']).toBe(
      response.contentType === 'application/json'
        ? 'application/json; charset=utf-8'
        : response.contentType,
    );
    if (answer.json !== undefined) expect(faults(response.schema, answer.json)).toEqual([]);
  };

  it('of reads are valid', async () => {
    const urls: Readonly<Record<string, string>> = {
      getParty: `/v1/parties/${AGENT.id}`,
      getBalances: `/v1/parties/${AGENT.id}/balances`,
      getEdges: `/v1/parties/${AGENT.id}/edges`,
      getHolds: `/v1/parties/${AGENT.id}/holds`,
      getBudgets: `/v1/parties/${AGENT.id}/budgets`,
      getEdge: `/v1/edges/${fleet.gpuEdge}`,
      getHold: `/v1/holds/${voucher}`,
      getBudget: `/v1/budgets/${fleet.budget}`,
      getPeriod: `/v1/budgets/${fleet.budget}/periods/0`,
      getAnchors: '/v1/anchors',
      getHops: `/v1/hops?intent=${known}`,
      getOffers: '/v1/offers',
      getPayment: `/v1/payments/${known}`,
      getReceipts: `/v1/receipts/${known}`,
      getCheckpoint: '/v1/checkpoint',
      getTile: '/v1/tile/0/000',
      getInclusionProof: '/v1/proof/inclusion?index=0&size=1',
      getConsistencyProof: '/v1/proof/consistency?from=1&to=1',
      getOpenapi: '/v1/openapi.json',
      getHealth: '/healthz',
      getReadiness: '/readyz',
      getMetrics: '/metrics',
    };
    for (const [id, url] of Object.entries(urls)) expectShape(id, await get(ledger, url, AGENT));
    expectShape('getEvent', await get(ledger, '/v1/events/0', OPERATOR));
    expectShape('getBatches', await get(ledger, '/v1/batches', OPERATOR));
    const totals = `/v1/budgets/${fleet.budget}/periods/0/summary`;
    expectShape('getPeriodSummary', await get(ledger, totals, PRINCIPAL));
    const readable = ENDPOINTS.filter(({ method }) => method === 'GET').map(({ id }) => id);
    const others = ['getBatches', 'getEvent', 'getPeriodSummary'];
    expect([...Object.keys(urls), ...others].sort()).toEqual(readable.sort());
  });

  it('of submissions are valid, accepted and refused', async () => {
    const object = intent(ledger.world, GPU, 1n);
    expectShape('submitObject', await post(ledger, object, GPU.key));
    const mixed = await postBatch(ledger, [object, { id: object.id, text: '{' }], GPU.key);
    expectShape('submitBatch', mixed);
    expect(mixed.json.outcomes.map(({ kind }: { kind: string }) => kind)).toEqual([
      'accepted',
      'refused',
    ]);
  });

  it('of payments between nodes are valid', async () => {
    const ask = (url: string, body: unknown) =>
      send(
        ledger,
        signed(ledger, 'POST', url, url.includes('payments') ? AGENT.key : GPU.key, body),
      );
    const object = intent(ledger.world, GPU, 1n);
    const from = GPU.id;
    const answers = {
      sendHopMessages: await ask('/v1/hops/messages', { from, objects: ['x'] }),
      sendSignal: await ask('/v1/signals', { from, object: 'x' }),
      orderPayment: await ask('/v1/payments', { delegation: null, intent: '', order: '' }),
      leaveReceipts: await ask(`/v1/receipts/${object.id}`, {
        objects: [object.text],
        party: from,
      }),
      proposeEdgeState: await ask(`/v1/edges/${known}/states`, { from, object: 'x' }),
    };
    for (const [id, answer] of Object.entries(answers)) expectShape(id, answer);
    const refused = await ask(`/v1/edges/${known}/states`, { from, object: 'bad' });
    expectShape('proposeEdgeState', refused);
    const posts = ENDPOINTS.filter(({ method }) => method === 'POST').map(({ id }) => id);
    const others = ['submitBatch', 'submitObject', 'askBatch', 'abandonAnchor'];
    expect([...Object.keys(answers), ...others].sort()).toEqual(posts.sort());
  });

  it('of orders about anchors are valid, and taken from the operator alone', async () => {
    const ask = (url: string, body: unknown, as = OPERATOR) =>
      send(ledger, signed(ledger, 'POST', url, as.key, body));
    const abandon = (anchor: string) => `/v1/anchors/${anchor.repeat(64)}/abandon`;
    expectShape('askBatch', await ask('/v1/batches', {}));
    expectShape('abandonAnchor', await ask(abandon('a'), { reason: 'closed down' }));
    expect((await ask(abandon('b'), { reason: 'closed down' })).status).toBe(404);
    expect((await ask('/v1/batches', {}, AGENT)).json.reason).toBe('role_not_allowed');
    for (const bad of [{ reason: '' }, { reason: 'x'.repeat(257) }, {}, { reason: 1 }]) {
      expect((await ask(abandon('a'), bad)).json).toMatchObject({ reason: 'malformed_request' });
    }
    expect((await ask('/v1/batches', { now: true })).json.reason).toBe('malformed_request');
  });

  it('of anchors keep what a payment’s evidence says from parties', async () => {
    const proofs = async (as: typeof AGENT) =>
      (await get(ledger, '/v1/anchors', as)).json.anchors.map(
        ({ proof }: { proof: unknown }) => proof,
      );
    expect(await proofs(OPERATOR)).toEqual(['00ff', '00ff']);
    expect(await proofs(AGENT)).toEqual(['00ff', null]);
  });

  it('of refusals are valid problem documents', async () => {
    const refusals = [
      await get(ledger, '/v1/edges/x', AGENT),
      await get(ledger, '/v1/nowhere', AGENT),
      await get(ledger, '/v1/events/0', PRINCIPAL),
      await post(ledger, delegation(ledger.world, GPU), GPU.identity),
    ];
    for (const { json, headers } of refusals) {
      expect(headers['content-type']).toBe('application/problem+json');
      expect(faults(problem, json)).toEqual([]);
    }
  });
});

/** A payment with every member filled. */
function paymentOf(intent: Hash): PaymentView {
  const of = { intent, from: AGENT.id, to: GPU.id, denomination: 'USD/6', amount: '5', fee: '0' };
  const hop = { ...of, voucher: 'a'.repeat(64), part: 'b'.repeat(32), edge: 'd'.repeat(64) };
  const more = { side: 'payer', status: 'active*', probe: false, acknowledged: true } as const;
  const ends = { incoming: null, outgoing: null, heldAt: 1, deadline: 2, at: 1, reason: null };
  const order = { order: 'e'.repeat(64), payer: AGENT.id, receiver: GPU.id, expiresAt: 3 };
  const terms = { denomination: 'USD/6', amount: '5', maxFee: '1', maxProbeSpend: '0' };
  const used = { amountInUse: '5', feeInUse: '0', probeSpend: '0', amountPaid: '0' };
  return {
    intent,
    order: { ...order, ...terms, ...used },
    delivery: { vouchers: [hop.voucher], finalizeReceipt: null, ended: false },
    progress: { status: 'held', reason: null, hop: null, paid: '0', fees: '0', rounds: 1 },
    hops: [{ ...hop, ...more, ...ends }],
  };
}

it('is a valid set of schemas', () => {
  for (const { request, response } of ENDPOINTS) {
    expect(ajv.validateSchema(response.schema)).toBe(true);
    if (request) expect(ajv.validateSchema(request)).toBe(true);
  }
});
