// Goal: bad input is refused by name, at its field, with the right status, and leaves no trace.
// Method: one row for each way to be wrong, through the HTTP edge; the log must not have grown.
import {
  canonicalJson,
  type JsonObject,
  type JsonValue,
} from '@atomicity/kernel/codec/canonical-json';
import { edge, limitChange } from '@atomicity/kernel/testing/accounts';
import { signId } from '@atomicity/kernel/testing/keys';
import { granted, intent, receipt, voucher } from '@atomicity/kernel/testing/payments';
import {
  AGENT,
  type Built,
  CLOUD,
  GPU,
  HOUR,
  PRINCIPAL,
  START,
} from '@atomicity/kernel/testing/world';
import { amount } from '@atomicity/kernel/units/amount';
import { unixMs } from '@atomicity/kernel/units/time';
import { beforeEach, describe, expect, it } from 'vitest';
import { signTestRequest } from '../testing/sign-test-request.ts';
import { setUpFleet } from '../testing/test-fleet.ts';
import {
  accept,
  createTestLedger,
  freshNonce,
  post,
  postBatch,
  send,
  signed,
  type TestAnswer,
  type TestLedger,
} from '../testing/test-ledger.ts';

let ledger: TestLedger;
let fleet: Awaited<ReturnType<typeof setUpFleet>>;

beforeEach(async () => {
  ledger = await createTestLedger();
  fleet = await setUpFleet(ledger, { edge: { limitA: amount(100n), limitB: amount(100n) } });
});

const revision = () => ledger.writer.flushedState().revision;
const state = () => ledger.writer.flushedState();

async function refusedWithoutTrace(answer: Promise<TestAnswer>): Promise<string> {
  const before = revision();
  const { status, json, headers } = await answer;
  expect(revision()).toBe(before);
  expect(headers['content-type']).toBe('application/problem+json');
  expect(json.type).toBe(`urn:atomicity:refusal:${json.reason}`);
  expect(json.status).toBe(status);
  return `${status} ${json.reason}${json.field === undefined ? '' : ` ${json.field}`}`;
}

const postText = (text: string) => post(ledger, { id: asked().id, text }, GPU.key);

const asked = (value = 10n) => intent(ledger.world, GPU, value);

/** The text of an intent whose JSON was changed. The signature no longer fits, which comes later. */
function changed(change: (body: Record<string, JsonValue>) => void): string {
  const object: JsonObject = JSON.parse(asked().text);
  const body: Record<string, JsonValue> = JSON.parse(JSON.stringify(object['body']));
  change(body);
  return canonicalJson({ ...object, body });
}

describe('an object text', () => {
  const amountAs = (text: string) => () => changed((body) => (body['amount'] = text));
  const rows: readonly (readonly [string, () => string, string])[] = [
    ['that is no JSON', () => '{"body":', '400 not_json'],
    ['that is empty', () => '', '400 not_json'],
    ['that is too large', () => JSON.stringify('x'.repeat(65_536)), '413 object_too_large'],
    ['nested too deep', () => `${'['.repeat(40)}${']'.repeat(40)}`, '400 too_deep'],
    [
      'with a duplicate key',
      () => asked().text.replace('{"body":{', '{"body":{"amount":"1",'),
      '400 duplicate_key',
    ],
    ['with spaces', () => asked().text.replace(':', ': '), '400 not_canonical'],
    ['with keys in another order', () => reversed(asked().text), '400 not_canonical'],
    [
      'with an unknown field',
      () => changed((body) => (body['extra'] = 1)),
      '400 unknown_field /body/extra',
    ],
    [
      'with a missing field',
      () => changed((body) => delete body['amount']),
      '400 missing_field /body/amount',
    ],
    [
      'of an unknown type',
      () => changed((body) => (body['type'] = 'Gift')),
      '400 unknown_type /body/type',
    ],
    [
      'of a type that is not enabled',
      () => changed((body) => (body['type'] = 'NettingSet')),
      '400 type_not_enabled /body/type',
    ],
    ['of another version', () => changed((body) => (body['v'] = 2)), '400 unknown_version /body/v'],
    ['with a negative amount', amountAs('-1'), '400 out_of_range /body/amount'],
    ['with a fractional amount', amountAs('1.5'), '400 out_of_range /body/amount'],
    ['with an amount of 2^63', amountAs('9223372036854775808'), '400 out_of_range /body/amount'],
    ['with an amount in exponent form', amountAs('1e3'), '400 out_of_range /body/amount'],
    [
      'with an amount as number',
      () => changed((body) => (body['amount'] = 10)),
      '400 wrong_type /body/amount',
    ],
    ['with an amount with leading zero', amountAs('010'), '400 out_of_range /body/amount'],
    [
      'with a number in exponent form',
      () => asked().text.replace(/"expiresAt":\d+/, '"expiresAt":1e12'),
      '400 not_canonical',
    ],
    [
      'with a fraction',
      () => asked().text.replace(/"expiresAt":\d+/, '"expiresAt":1.5'),
      '400 unsupported_number',
    ],
    [
      'with a lone surrogate',
      () => asked().text.replace('"test"', '"\\ud800"'),
      '400 unsupported_text',
    ],
    [
      'unsigned',
      () => canonicalJson({ ...JSON.parse(asked().text), signatures: [] }),
      '400 missing_signature /signatures',
    ],
    [
      'changed after signing',
      () => changed((body) => (body['amount'] = '11')),
      '400 signature_invalid /signatures/0/sig',
    ],
    ['signed by another key', () => resigned(asked()), '400 signature_invalid /signatures/0/sig'],
  ];
  it.each(rows)('%s is refused', async (_name, text, wanted) => {
    expect(await refusedWithoutTrace(postText(text()))).toBe(wanted);
  });

  function reversed(text: string): string {
    const { body, signatures } = JSON.parse(text);
    return JSON.stringify({ signatures, body });
  }

  function resigned(object: Built<'PaymentIntent'>): string {
    const { body, signatures } = JSON.parse(object.text);
    return canonicalJson({
      body,
      signatures: [{ ...signatures[0], sig: signId(CLOUD.key, object.id) }],
    });
  }
});

describe('a request', () => {
  const raw = (payload: string, headers: Record<string, string> = {}) => {
    const request = signed(ledger, 'POST', '/v1/objects', GPU.key, payload);
    return send(ledger, { ...request, headers: { ...request.headers, ...headers } });
  };
  const item = () => ({ commandId: 'c', object: asked().text });
  const batch = (payload: unknown) =>
    send(ledger, signed(ledger, 'POST', '/v1/objects/batch', GPU.key, payload));
  const rows: readonly (readonly [string, () => Promise<TestAnswer>, string])[] = [
    ['that is no JSON', () => raw('{'), '400 malformed_request '],
    ['that is no object', () => raw('[]'), '400 malformed_request '],
    ['that is not UTF-8', () => notUtf8(), '400 malformed_request '],
    ['without command id', () => raw('{"object":"x"}'), '400 malformed_request /commandId'],
    [
      'with a command id of another form',
      () => raw(JSON.stringify({ ...item(), commandId: 'a/b' })),
      '400 malformed_request /commandId',
    ],
    [
      'with an unknown member',
      () => raw(JSON.stringify({ ...item(), x: 1 })),
      '400 malformed_request /x',
    ],
    [
      'with the object as JSON',
      () => raw('{"commandId":"c","object":{}}'),
      '400 malformed_request /object',
    ],
    [
      'with a repeated key',
      () => raw(`{"commandId":"a",${JSON.stringify(item()).slice(1)}`),
      '400 malformed_request ',
    ],
    ['with spaces', () => raw(JSON.stringify(item(), undefined, 1)), '400 malformed_request '],
    [
      'of another media type',
      () => raw(JSON.stringify(item()), { 'content-type': 'text/plain' }),
      '415 unsupported_media_type content-type',
    ],
    ['that is too large', () => raw('x'.repeat(193 * 1024)), '413 request_too_large'],
    ['with an empty batch', () => batch({ objects: [] }), '400 malformed_request /objects'],
    [
      'with 513 objects',
      () => batch({ objects: Array.from({ length: 513 }, item) }),
      '400 malformed_request /objects',
    ],
    [
      'with a bad item',
      () => batch({ objects: [item(), { commandId: 'd' }] }),
      '400 malformed_request /objects/1/object',
    ],
    [
      'with __proto__',
      () => raw('{"__proto__":{},"commandId":"c","object":"x"}'),
      '400 malformed_request /__proto__',
    ],
    [
      'to nowhere',
      () => send(ledger, signed(ledger, 'GET', '/v1/nowhere', GPU.key)),
      '404 not_found',
    ],
    [
      'with an unknown query',
      () => get(`/v1/parties/${GPU.id}/edges?x=1`),
      '400 malformed_parameter x',
    ],
    ['with a bad party', () => get('/v1/parties/pk:abc/edges'), '400 malformed_parameter party'],
    ['with a bad hash', () => get(`/v1/edges/${'G'.repeat(64)}`), '400 malformed_parameter edge'],
    [
      'with a bad number',
      () => get(`/v1/budgets/${fleet.budget}/periods/01`),
      '400 malformed_parameter index',
    ],
    ['with a bad tile', () => get('/v1/tile/../../etc/passwd'), '404 not_found'],
  ];
  const get = (url: string) => send(ledger, signed(ledger, 'GET', url, GPU.key));
  const notUtf8 = () => {
    const options = { createdMs: ledger.clock.time, nonce: freshNonce() };
    const bytes = Buffer.from([0x7b, 0xff, 0x7d]);
    return send(ledger, signTestRequest('POST', '/v1/objects', bytes, GPU.key, options));
  };
  it.each(rows)('%s is refused', async (_name, ask, wanted) => {
    expect(await refusedWithoutTrace(ask())).toBe(wanted);
  });
});

describe('a well-formed object', () => {
  it('that has expired is refused', async () => {
    const expired = intent(ledger.world, GPU, 1n, { expiresAt: START });
    expect(await refusedWithoutTrace(post(ledger, expired, GPU.key))).toMatch(/^422 expired/);
  });

  it('that exceeds the limit by one is refused, and the limit itself is not', async () => {
    const [one, all] = [asked(1n), asked(100n)];
    await accept(ledger, GPU, one, all);
    const hold = (of: Built<'PaymentIntent'>) => voucher(ledger.world, of, fleet.gpuEdge, AGENT);
    expect((await post(ledger, hold(all), AGENT.key)).status).toBe(200);
    expect(await refusedWithoutTrace(post(ledger, hold(one), AGENT.key))).toMatch(
      /^422 edge_limit_exceeded/,
    );
  });

  it('that is replayed is a duplicate and changes nothing', async () => {
    const one = asked();
    expect((await post(ledger, one, GPU.key)).json.duplicate).toBe(false);
    const before = revision();
    const again = await post(ledger, one, GPU.key, 'another-command');
    expect(again.json).toMatchObject({ kind: 'accepted', duplicate: true, events: [] });
    expect(revision()).toBe(before);
  });

  it('that comes before what it builds on is refused, and accepted after', async () => {
    const one = asked();
    const hold = granted(ledger.world, state(), one, fleet.gpuEdge, fleet.budget);
    const paid = receipt(ledger.world, state(), hold);
    const answer = await postBatch(ledger, [paid, hold, one], AGENT.key);
    const reasons = answer.json.outcomes.map(
      (outcome: { problem?: { reason: string } }) => outcome.problem?.reason,
    );
    expect(reasons).toEqual(['hold_unknown', 'intent_unknown', undefined]);
    await accept(ledger, AGENT, hold, paid);
  });

  it('that skips a sequence is refused', async () => {
    const change = limitChange(ledger.world, GPU, fleet.gpuEdge, amount(5n), 2);
    expect(await refusedWithoutTrace(post(ledger, change, GPU.key))).toMatch(
      /^422 sequence_not_next/,
    );
  });

  it('of a party that signs with a key it does not have is refused', async () => {
    const one = intent(ledger.world, { ...GPU, key: CLOUD.key }, 1n);
    expect(await refusedWithoutTrace(post(ledger, one, GPU.key))).toMatch(/^422 key_unknown/);
  });

  it('under a command id of another object is refused', async () => {
    await post(ledger, asked(), GPU.key, 'mine');
    expect(await refusedWithoutTrace(post(ledger, asked(), GPU.key, 'mine'))).toBe(
      '409 exists_with_different_payload /commandId',
    );
  });

  it('with the same terms for a taken place is refused as a conflict', async () => {
    const other = edge(ledger.world, AGENT, GPU);
    expect((await post(ledger, other, AGENT.key)).status).toBe(200);
    expect((await post(ledger, other, PRINCIPAL.key)).json.duplicate).toBe(true);
  });
});

describe('two holds that race for the last unit', () => {
  it('through HTTP at once: one is accepted, the other refused', async () => {
    const pair = [asked(100n), asked(100n)];
    await accept(ledger, GPU, ...pair);
    const holds = pair.map((one) => voucher(ledger.world, one, fleet.gpuEdge, AGENT));
    const answers = await Promise.all(holds.map((hold) => post(ledger, hold, AGENT.key)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 422]);
    expect(answers.find(({ status }) => status === 422)?.json.reason).toBe('edge_limit_exceeded');
    expect(state().holds.size).toBe(1);
  });
});

describe('given a clock that is an hour off', () => {
  it('ahead: holds signed by the parties’ time are refused, and nothing lapses the wrong way', async () => {
    const one = asked();
    await accept(ledger, GPU, one);
    ledger.clock.time += HOUR;
    const hold = voucher(ledger.world, one, fleet.gpuEdge, AGENT, {
      at: START,
      expiresAt: unixMs(START + 5 * HOUR),
    });
    expect(await refusedWithoutTrace(post(ledger, hold, AGENT.key))).toMatch(/^422 at_skewed/);
  });

  it('behind: the book keeps its own time, so holds by the parties’ time still count', async () => {
    const one = asked();
    await accept(ledger, GPU, one);
    const bookTime = state().at;
    ledger.clock.time -= HOUR;
    const body = { commandId: 'c', object: voucher(ledger.world, one, fleet.gpuEdge, AGENT).text };
    const request = signed(ledger, 'POST', '/v1/objects', AGENT.key, body);
    expect((await send(ledger, request)).status).toBe(200);
    expect(state().at).toBe(bookTime);
    expect(ledger.writer.clock.behindMs).toBe(HOUR);
    expect(unixMs(bookTime)).toBe(START);
  });
});

describe('given a caller that asks too often', () => {
  it('answers 429 with Retry-After to its key, and serves others', async () => {
    const strict = await createTestLedger({ settings: { keyLimit: { perSecond: 1, burst: 2 } } });
    const ask = (key: typeof GPU.key) =>
      send(strict, signed(strict, 'POST', '/v1/objects', key, { commandId: 'c', object: 'x' }));
    const statuses = [];
    for (let i = 0; i < 3; i++) statuses.push((await ask(GPU.identity)).status);
    expect(statuses).toEqual([400, 400, 429]);
    expect((await ask(GPU.identity)).headers['retry-after']).toBe('1');
    expect((await ask(CLOUD.identity)).status).toBe(400);
  });

  it('answers 429 to its address before it looks at signatures', async () => {
    const strict = await createTestLedger({
      settings: { addressLimit: { perSecond: 1, burst: 1 } },
    });
    const ask = () => send(strict, { method: 'GET', url: '/healthz', headers: {} });
    expect((await ask()).status).toBe(200);
    const refused = await ask();
    expect([refused.status, refused.json.reason]).toEqual([429, 'rate_limited']);
  });
});
