// Goal: a configured schedule is read strictly. Method: a whole policy, then one fault in each member.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../codec/canonical-json.ts';
import { POLICY } from '../testing/batch-samples.ts';
import { batchPolicyCodec, readBatchPolicy } from './policy.ts';

const json: JsonObject = {
  exposureCaps: [{ denomination: 'USD/6', cap: '1000000' }],
  safetyMarginMs: 600_000,
  ageMaxMs: 3_600_000,
  lowFee: { percentile: 25, samplesMin: 4, samplesMax: 100, ageMaxMs: 60_000 },
  closuresMin: 1,
  fill: null,
};

test('a policy is read, and written back', () => {
  expect(readBatchPolicy(json)).toEqual(POLICY);
  expect(batchPolicyCodec.write(POLICY)).toEqual(json);
});

test('the example of the documentation is read', () => {
  const page = new URL('../../../../docs/reference/batches.md', import.meta.url);
  const example = /```json\n([^`]+)```/.exec(readFileSync(page, 'utf8'))?.[1] ?? '';
  expect(readBatchPolicy(JSON.parse(example))).toMatchObject({ closuresMin: 6 });
});

describe('a fault is named', () => {
  const cap = { denomination: 'USD/6', cap: '1' };
  const lowFee = json['lowFee'] as JsonObject;
  test.each<[string, string, JsonObject]>([
    ['/policy/every', 'undefined', { ...json, every: 5 }],
    [
      '/policy/exposureCaps/0/denomination',
      'a denomination',
      { ...json, exposureCaps: [{ ...cap, denomination: 'usd' }] },
    ],
    ['/policy/exposureCaps/0/cap', 'an amount', { ...json, exposureCaps: [{ ...cap, cap: '-1' }] }],
    ['/policy/exposureCaps/1', 'each denomination once', { ...json, exposureCaps: [cap, cap] }],
    ['/policy/safetyMarginMs', 'an integer 0 …', { ...json, safetyMarginMs: -1 }],
    ['/policy/ageMaxMs', 'an integer 1 …', { ...json, ageMaxMs: 0 }],
    [
      '/policy/lowFee/percentile',
      'an integer 1 … 100',
      { ...json, lowFee: { ...lowFee, percentile: 0 } },
    ],
    [
      '/policy/lowFee/samplesMax',
      'at least samplesMin',
      { ...json, lowFee: { ...lowFee, samplesMax: 3 } },
    ],
    ['/policy/closuresMin', 'an integer 1 …', { ...json, closuresMin: 0 }],
    [
      '/policy/fill/fillMinBps',
      'an integer 1 … 10000',
      { ...json, fill: { blobBytes: 1, fillMinBps: 10_001 } },
    ],
  ])('%s: %s', (field, rule, faulty) => {
    const read = readBatchPolicy(faulty, '/policy');
    if (!('rule' in read)) throw new Error('it was read');
    expect(read.field).toBe(field);
    if (rule !== 'undefined') expect(read.rule).toContain(rule);
  });
});
