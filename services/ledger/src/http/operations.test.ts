// Goal: those who run the node see what it does and nothing private. Method: scrape and check names,
// labels and log lines; break parts and look at what leaves the node.
import { MemoryEventStore } from '@atomicity/event-log/memory/memory-event-store';
import type { AppendResult } from '@atomicity/event-log/port';
import { delegation } from '@atomicity/kernel/testing/accounts';
import { intent } from '@atomicity/kernel/testing/payments';
import { AGENT, GPU } from '@atomicity/kernel/testing/world';
import { describe, expect, it } from 'vitest';
import { setUpFleet } from '../testing/test-fleet.ts';
import {
  createTestLedger,
  get,
  introduce,
  post,
  send,
  type TestLedger,
} from '../testing/test-ledger.ts';

const open = (ledger: TestLedger, url: string) => send(ledger, { method: 'GET', url, headers: {} });

class BreakingStore extends MemoryEventStore {
  broken = false;

  override append(...input: Parameters<MemoryEventStore['append']>): Promise<AppendResult> {
    return this.broken
      ? Promise.reject(new Error('disk /dev/secret failed'))
      : super.append(...input);
  }
}

describe('the metrics', () => {
  it('name their unit, bound their labels, and count what happened', async () => {
    const ledger = await createTestLedger();
    await setUpFleet(ledger);
    await post(ledger, intent(ledger.world, GPU, 4242n), GPU.key);
    await post(ledger, { id: delegation(ledger.world, GPU).id, text: '{' }, GPU.key);
    await get(ledger, '/v1/nowhere', GPU);
    const { text } = await open(ledger, '/metrics');
    const names = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name);
    expect(names.filter((name) => !/^atomicity_[a-z0-9_]+$/.test(name))).toEqual([]);
    expect(
      names.filter(
        (name) => !/_(total|seconds|milliseconds|commands|objects|revision)$/.test(name),
      ),
    ).toEqual([]);
    expect(text).toContain('atomicity_objects_total{type="PaymentIntent",outcome="accepted"} 1');
    expect(text).toContain('atomicity_refusals_total{reason="not_json"} 1');
    expect(text).toContain('atomicity_http_requests_total{endpoint="unknown",status="4xx"} 1');
    expect(text).toMatch(/^atomicity_signatures_verified_total [1-9]\d*$/m);
    for (const secret of ['4242', GPU.id, GPU.key.id]) expect(text).not.toContain(secret);
  });

  it('have no more series after input of unknown kinds', async () => {
    const ledger = await createTestLedger();
    await introduce(ledger, ledger.world, GPU);
    const series = async () =>
      (await open(ledger, '/metrics')).text.match(/^atomicity_(objects|refusals)\S*/gm);
    await post(
      ledger,
      { id: GPU.id as never, text: '{"body":{"type":"A1","v":1},"signatures":[]}' },
      GPU.key,
      'c1',
    );
    const before = await series();
    for (const type of ['A2', 'A3', 'A4']) {
      const text = `{"body":{"type":"${type}","v":1},"signatures":[]}`;
      await post(ledger, { id: GPU.id as never, text }, GPU.key, type);
    }
    expect(await series()).toEqual(before);
  });
});

describe('given a store that fails', () => {
  it('answers unknown, then not ready, and names nothing of the machine', async () => {
    const store = new BreakingStore();
    const lines: string[] = [];
    const ledger = await createTestLedger({
      store,
      logLine: (...line) => lines.push(JSON.stringify(line)),
    });
    await introduce(ledger, ledger.world, GPU);
    expect((await open(ledger, '/readyz')).status).toBe(200);
    store.broken = true;
    const answer = await post(ledger, intent(ledger.world, GPU, 1n), GPU.key);
    expect([answer.status, answer.json.reason]).toEqual([503, 'outcome_unknown']);
    expect((await post(ledger, intent(ledger.world, GPU, 1n), GPU.key)).json.reason).toBe(
      'stopped',
    );
    expect((await open(ledger, '/readyz')).status).toBe(503);
    expect((await open(ledger, '/healthz')).status).toBe(200);
    expect(ledger.fatal).toHaveLength(1);
    expect(JSON.stringify(answer) + lines.join('')).not.toMatch(/secret|stack|node_modules/);
  });
});

describe('given a read side', () => {
  it('that is behind: answers 503 with Retry-After instead of old state', async () => {
    const ledger = await createTestLedger();
    await introduce(ledger, ledger.world, GPU);
    ledger.readModel.lag = true;
    const answer = await get(ledger, `/v1/parties/${GPU.id}/edges`, GPU);
    expect([answer.status, answer.json.reason]).toEqual([503, 'read_model_behind']);
    expect(answer.headers['retry-after']).toBe('1');
  });

  it('that throws: answers 500 without a word of why', async () => {
    const lines: string[] = [];
    const ledger = await createTestLedger({
      logLine: (...line) => lines.push(JSON.stringify(line)),
    });
    await introduce(ledger, ledger.world, AGENT);
    ledger.readModel.edgesOf = () => Promise.reject(new Error('select amount=4242 failed'));
    const answer = await get(ledger, `/v1/parties/${AGENT.id}/edges`, AGENT);
    expect([answer.status, answer.json.reason]).toEqual([500, 'internal_error']);
    expect(answer.text + lines.join('')).not.toContain('4242');
    expect(lines).toEqual(['["error","request failed",{"endpoint":"getEdges","kind":"Error"}]']);
  });

  it('answers with the state of the log that it read', async () => {
    const ledger = await createTestLedger();
    await introduce(ledger, ledger.world, GPU);
    const { json } = await get(ledger, `/v1/parties/${GPU.id}`, GPU);
    expect(json.asOf).toEqual({ logIndex: 1, at: ledger.clock.time });
  });
});
