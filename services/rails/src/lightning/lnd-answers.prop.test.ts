// Goal: no answer, however spoilt, becomes a payment that was none. Method: recorded answers of a real lnd,
// with a value anywhere in them replaced; the only success there is has the preimage of the hash.
import { bytesToHex } from '@atomicity/kernel/codec/bytes';
import type { JsonValue } from '@atomicity/kernel/codec/canonical-json';
import { sha256 } from '@noble/hashes/sha2.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { errorOf, plainText, readInvoice, readPayment, UnusableAnswer } from './lnd-answers.ts';
import { RECORDINGS } from './testing/lnd-stub.ts';

const ANSWERS = Object.values(RECORDINGS).map(({ lines }): JsonValue => JSON.parse(lines[0] ?? ''));
const PAYMENTS = ANSWERS.filter((answer) => JSON.stringify(answer).startsWith('{"result"'));
const HASHES = PAYMENTS.map((json) => String(JSON.parse(JSON.stringify(json)).result.payment_hash));

const spoilt: fc.Arbitrary<JsonValue> = fc.oneof(
  fc.constantFrom(
    '',
    '0',
    0,
    -1,
    1.5,
    null,
    true,
    [],
    {},
    '-1',
    '00',
    `${2n ** 64n}`,
    'ff'.repeat(32),
  ),
  fc.constantFrom('SUCCEEDED', 'FAILED', 'IN_FLIGHT', 'OPEN', 'ACCEPTED', 'SETTLED', '__proto__'),
  fc.string(),
);

/** The same value with one member replaced, which `pick` chooses on the way down. */
function replaceAt(json: JsonValue, pick: readonly number[], by: JsonValue): JsonValue {
  const [at = 0, ...rest] = pick;
  if (pick.length === 0 || typeof json !== 'object' || json === null) return by;
  const keys = Object.keys(json);
  const chosen = keys[at % Math.max(1, keys.length)];
  const entries = Object.entries(json).map(([key, value]): [string, JsonValue] => [
    key,
    key === chosen ? replaceAt(value, rest, by) : value,
  ]);
  return Array.isArray(json) ? entries.map(([, value]) => value) : Object.fromEntries(entries);
}

const pick = fc.array(fc.nat(40), { minLength: 1, maxLength: 4 });

describe('an answer in which anything is replaced', () => {
  it('is a success only with the preimage of the hash, and otherwise a state or unusable', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...ANSWERS),
        fc.constantFrom(...HASHES),
        pick,
        spoilt,
        (answer, hash, path, by) => {
          try {
            const state = readPayment(replaceAt(answer, path, by), hash);
            if (state.kind !== 'succeeded') return;
            expect(bytesToHex(sha256(state.preimage))).toBe(hash);
            expect(state.feeMsat).toBeGreaterThanOrEqual(0n);
          } catch (error) {
            expect(error).toBeInstanceOf(UnusableAnswer);
          }
        },
      ),
      { seed: 20261121, numRuns: 1_000 },
    );
  });

  it('is an invoice in a known state, or unusable', () => {
    fc.assert(
      fc.property(fc.constantFrom(...ANSWERS), pick, spoilt, (answer, path, by) => {
        try {
          const { state, paymentHash } = readInvoice(replaceAt(answer, path, by));
          expect(['open', 'held', 'settled', 'canceled']).toContain(state);
          expect(paymentHash).toMatch(/^[0-9a-f]{64}$/);
        } catch (error) {
          expect(error).toBeInstanceOf(UnusableAnswer);
        }
      }),
      { seed: 20261121, numRuns: 1_000 },
    );
  });

  it('tells of an error in one short line', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(0xffff), { maxLength: 300 }), (units) => {
        const message = String.fromCharCode(...units);
        const told = errorOf({ code: 2, message })?.message ?? '';
        expect(told).toMatch(/^[\x20-\x7e]{0,160}$/);
        expect(told).toBe(plainText(message));
      }),
      { seed: 20261121 },
    );
  });
});
