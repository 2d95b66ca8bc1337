// Goal: the published schemas accept every object that the wire layer accepts, and refuse what a
// schema can say. Method: samples and refused texts under ajv, an implementation that is not ours.
import { canonicalJson } from '@atomicity/kernel/codec/canonical-json';
import { WIRE_TYPES } from '@atomicity/kernel/wire/body-codecs';
import { wireSchema } from '@atomicity/kernel/wire/json-schema';
import { parseObject } from '@atomicity/kernel/wire/parse-object';
import { requiredSigners, signerCount } from '@atomicity/kernel/wire/signers';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sampleObjects } from './sample-objects.ts';
import { wireRefusalCases } from './wire-refusal-cases.ts';

const ajv = new Ajv2020({ strict: true, allErrors: false });
const validators = new Map<string, ReturnType<Ajv2020['compile']>>(
  WIRE_TYPES.map((type) => [type, ajv.compile(wireSchema(type))]),
);

function accepts(type: string, text: string): boolean {
  const validate = validators.get(type);
  if (validate === undefined) throw new Error(`no schema of ${type}`);
  return validate(JSON.parse(text)) === true;
}

const samples = sampleObjects();

describe('a schema', () => {
  it.each(samples.map(({ body, text }) => [body.type, text] as const))(
    '%s: accepts its samples',
    (type, text) => {
      expect(accepts(type, text)).toBe(true);
    },
  );

  it('accepts the samples of no other type', () => {
    const taken = WIRE_TYPES.flatMap((type) =>
      samples.filter(({ body, text }) => body.type !== type && accepts(type, text)),
    );
    expect(taken).toEqual([]);
  });

  it('asks for as many signatures as the type has signers', () => {
    for (const { body } of samples) {
      expect([body.type, requiredSigners(body).length]).toEqual([
        body.type,
        signerCount(body.type),
      ]);
    }
  });

  it('closes every object and leaves no member open to anything', () => {
    const open: string[] = [];
    const visit = (node: unknown, path: string): void => {
      if (typeof node !== 'object' || node === null) return;
      if (!Array.isArray(node) && Object.keys(node).length === 0) open.push(path);
      if ('properties' in node && !('additionalProperties' in node)) open.push(path);
      for (const [name, value] of Object.entries(node)) visit(value, `${path}/${name}`);
    };
    for (const type of WIRE_TYPES) visit(wireSchema(type), type);
    expect(open).toEqual([]);
  });
});

/** Reasons that lie in the form of single members: a schema can say them. */
const OF_FORM = new Set([
  'wrong_type',
  'type_not_enabled',
  'unknown_type',
  'unknown_version',
  'unknown_field',
  'missing_field',
  'batch_empty',
  'batch_too_long',
  'item_too_large',
  'out_of_range',
  'missing_signature',
]);

/** Bounds of numbers that travel as text: a pattern gives the digits, not the value. */
const BEYOND_A_SCHEMA = [
  'TaskBudget /body/cap := "9223372036854775808"',
  'CapacityVoucher/3 /body/grant/items/0/spend := "281474976710656"',
  'CapacityVoucher /body/grant/core/commitment := "fffffffffffffffffffffffffffffffffffffff',
  'EdgeState /body/carry := "-9223372036854775808"',
];

describe('refused texts', () => {
  const cases = wireRefusalCases().filter(({ reason }) => OF_FORM.has(reason));

  it('are refused by the schema of their type where a schema can say why', () => {
    const accepted = cases.filter(({ type, text }) => accepts(type, text));
    expect(accepted.map(({ name }) => name)).toEqual(BEYOND_A_SCHEMA);
  });

  it('cover every type with another version, another member and a missing one', () => {
    for (const reason of ['unknown_version', 'unknown_field', 'missing_field']) {
      const types = new Set(cases.filter((one) => one.reason === reason).map(({ type }) => type));
      expect([...types].sort()).toEqual([...WIRE_TYPES].sort());
    }
  });
});

/** Every place of a value inside an object, as a path. */
function placesOf(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  const below = Object.entries(value).flatMap(([name, item]) => placesOf(item, [...path, name]));
  return [path, ...below];
}

/** What could stand at a place: anything, and what stands at some place of some sample. */
const found: unknown[] = samples.flatMap(({ text }) => {
  const object = JSON.parse(text);
  return placesOf(object).map((path) => path.reduce((at, name) => at[name], object));
});
const replacement = fc.oneof(
  fc.constantFrom(...found, null, true, {}, [], ''),
  fc.string({ unit: 'grapheme' }),
  fc.maxSafeInteger(),
  fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n }).map(String),
);

it('a schema refuses nothing that the wire layer accepts', () => {
  let acceptedCount = 0;
  fc.assert(
    fc.property(fc.constantFrom(...samples), fc.nat(), replacement, ({ body, text }, at, value) => {
      const object = JSON.parse(text);
      const places = placesOf(object).filter((path) => path.length > 1);
      const path = [...(places[at % places.length] ?? [])];
      const last = path.pop() ?? '';
      path.reduce((holder, name) => holder[name], object)[last] = value;
      const changed = canonicalJson(object);
      if (parseObject(changed).kind === 'refused') return;
      acceptedCount += 1;
      expect(accepts(body.type, changed)).toBe(true);
    }),
    { numRuns: 5_000 },
  );
  expect(acceptedCount).toBeGreaterThan(50);
});
