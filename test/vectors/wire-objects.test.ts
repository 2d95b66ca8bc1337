// Goal: every wire object is read, named and refused as documented. Method: one sample of each type
// and a table of refusals, against the golden file and against independent checks.

import { readFileSync } from 'node:fs';
import { WIRE_TYPES } from '@atomicity/kernel/wire/body-codecs';
import { checkOpening } from '@atomicity/kernel/wire/check-opening';
import { TYPES_NOT_ENABLED } from '@atomicity/kernel/wire/objects';
import { encodeObject, objectId, parseObject } from '@atomicity/kernel/wire/parse-object';
import { WIRE_REFUSALS } from '@atomicity/kernel/wire/refusals';
import { refuseChecks, requiredChecks } from '@atomicity/kernel/wire/signatures';
import { describe, expect, it } from 'vitest';
import { findSampleCore, sampleObjects } from './sample-objects.ts';
import { wireRefusalCases } from './wire-refusal-cases.ts';

function parsed(text: string) {
  const result = parseObject(text);
  if (result.kind === 'refused') throw new Error(JSON.stringify(result.refusal));
  return result.object;
}

describe('samples', () => {
  it('cover every type', () => {
    const types = new Set(sampleObjects().map(({ body }) => body.type));
    expect([...types].sort()).toEqual([...WIRE_TYPES].sort());
  });

  it.each(sampleObjects().map(({ body, text }) => [body.type, body, text] as const))(
    '%s: read, written and verified',
    (_, body, text) => {
      const object = parsed(text);
      expect(object.body).toEqual(body);
      expect(object.id).toBe(objectId(body));
      expect(encodeObject(object.body, object.signatures)).toBe(text);
      expect(refuseChecks(requiredChecks(object, findSampleCore))).toBeUndefined();
      expect(checkOpening(object.body)).toBeUndefined();
    },
  );
});

describe('refusals', () => {
  it.each(wireRefusalCases().map((one) => [one.name, one] as const))('%s', (_, one) => {
    const result = parseObject(one.text);
    expect(result.kind).toBe('refused');
    if (result.kind !== 'refused') return;
    expect([result.refusal.reason, result.refusal.field ?? null]).toEqual([one.reason, one.field]);
    expect(result.refusal.rule).toBeTruthy();
  });
});

it('every reason and every type is documented, reasons in order of precedence', () => {
  const page = new URL('../../docs/reference/wire-objects.md', import.meta.url);
  const text = readFileSync(page, 'utf8');
  const [types = '', reasons = ''] = text.split('## Refusals');
  const documented = [...reasons.matchAll(/^\| `([a-z_]+)` \| (.+) \|$/gm)];
  expect(documented.map(([, reason, rule]) => ({ reason, rule }))).toEqual(WIRE_REFUSALS);
  for (const type of WIRE_TYPES) expect(types).toContain(`[${type}](wire/${type}.md)`);
  for (const type of TYPES_NOT_ENABLED) expect(types).toMatch(new RegExp(`\\b${type}\\b`));
});
