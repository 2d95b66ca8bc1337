// Goal: what is checked after parsing binds every byte. Method: the samples, changed one place at a
// time: a signature, an opening, a piece of evidence, a single character.
import { hexToBytes } from '@atomicity/kernel/codec/bytes';
import type { BatchItem } from '@atomicity/kernel/note/batch-commitment';
import { verifyEquivocation } from '@atomicity/kernel/note/equivocation';
import { amount } from '@atomicity/kernel/units/amount';
import { parseSignature } from '@atomicity/kernel/units/id';
import { unixMs } from '@atomicity/kernel/units/time';
import { checkOpening } from '@atomicity/kernel/wire/check-opening';
import type { ParsedObject, WireBody } from '@atomicity/kernel/wire/objects';
import { encodeObject, objectId, parseObject } from '@atomicity/kernel/wire/parse-object';
import { namedCores, refuseChecks, requiredChecks } from '@atomicity/kernel/wire/signatures';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nonce } from './sample-keys.ts';
import {
  findSampleCore,
  sampleBatchVoucher,
  sampleBudget,
  sampleObjects,
  sampleVoucher,
} from './sample-objects.ts';

function parsed(text: string): ParsedObject {
  const result = parseObject(text);
  if (result.kind === 'refused') throw new Error(JSON.stringify(result.refusal));
  return result.object;
}

const samples = sampleObjects();

describe('required checks', () => {
  it.each(samples.map(({ body, text }) => [body.type, text] as const))(
    '%s: each signature is needed, and named where it fails',
    (_, text) => {
      const checks = requiredChecks(parsed(text), findSampleCore);
      for (const [i, { field }] of checks.entries()) {
        const bad = checks.map((one, j) =>
          i === j ? { ...one, message: Uint8Array.of(...one.message.subarray(1), 0) } : one,
        );
        expect(refuseChecks(bad)).toMatchObject({ reason: 'signature_invalid', field });
        const holder = field.split('/').slice(1);
        const value = holder.reduce((at, name) => at[name], JSON.parse(text));
        expect(parseSignature(value)).toBeDefined();
      }
    },
  );

  it('fail for a receipt whose core nobody knows', () => {
    const receipts = samples.filter(({ body }) => namedCores(body).length > 0);
    expect(receipts.map(({ body }) => body.type)).toEqual(['FinalizeReceipt', 'VoidReceipt']);
    for (const { text } of receipts) {
      expect(refuseChecks(requiredChecks(parsed(text)))).toMatchObject({
        reason: 'public_key_small_order',
      });
      expect(namedCores(parsed(text).body).every((core) => findSampleCore(core))).toBe(true);
    }
  });

  it('include the notes and what is nested', () => {
    const fields = samples.flatMap(({ text }) =>
      requiredChecks(parsed(text), findSampleCore).map((one) => one.field),
    );
    expect(fields.filter((field) => field.startsWith('/body')).sort()).toEqual([
      '/body/delegation/sig',
      '/body/delegations/0/sig',
      '/body/delegations/1/sig',
      '/body/finalize/sig',
      '/body/first/sig',
      '/body/first/sig',
      '/body/first/sig',
      '/body/grant/coreSig',
      '/body/grant/coreSig',
      '/body/held/sig',
      '/body/noteVoid/sig',
      '/body/notes/0/sig',
      '/body/offer/sig',
      '/body/second/sig',
      '/body/second/sig',
      '/body/second/sig',
      '/body/voucher/sig',
    ]);
  });
});

describe('openings', () => {
  const { grant } = sampleVoucher;
  const other = `${sampleBudget.budget.slice(0, 60)}0000` as typeof sampleBudget.budget;
  const changed: readonly (readonly [string, WireBody])[] = [
    ['amount', { ...sampleVoucher, amount: amount(sampleVoucher.amount + 1n) }],
    ['fee', { ...sampleVoucher, fee: amount(0n) }],
    ['at', { ...sampleVoucher, at: unixMs(sampleVoucher.at + 1) }],
    ['to', { ...sampleVoucher, to: sampleVoucher.from }],
    ['category', { ...sampleVoucher, grant: { ...grant, category: 0 } }],
    ['regime', { ...sampleVoucher, grant: { ...grant, regime: 0 } }],
    ['budget', { ...sampleVoucher, grant: { ...grant, budget: other } }],
    ['salt', { ...sampleVoucher, grant: { ...grant, noteSalt: nonce('x') } }],
    ['nonce', { ...sampleVoucher, grant: { ...grant, authorizationNonce: nonce('x') } }],
    ['index', { ...sampleVoucher, grant: { ...grant, index: 1 } }],
  ];

  const { grant: batch } = sampleBatchVoucher;
  const [first, ...rest] = batch.items ?? [];
  if (first === undefined) throw new Error('no payments');
  const split = (...items: readonly BatchItem[]) => ({
    ...sampleBatchVoucher,
    grant: { ...batch, items: [...items, ...rest] },
  });
  const splits: readonly (readonly [string, WireBody])[] = [
    [
      'a payment split',
      split({ ...first, spend: amount(1n) }, { ...first, spend: amount(999_999n) }),
    ],
    ['a payment moved', split({ ...first, stepMs: 1 })],
    ['a payment of nothing added', split(first, { spend: amount(0n), stepMs: 0 })],
    ['payments in another order', split(...rest.slice(0, 1), first)],
    ['no payments told apart', { ...sampleBatchVoucher, grant: { ...batch, items: null } }],
    ['another regime', { ...sampleBatchVoucher, grant: { ...batch, regime: 0 } }],
  ];

  it.each(splits)('a batch voucher with %s does not open its core', (_, body) => {
    expect(checkOpening(body)).toMatchObject({ reason: 'commitment_mismatch' });
  });

  it.each(changed)('a voucher with another %s does not open its core', (_, body) => {
    expect(checkOpening(body)).toMatchObject({
      reason: 'commitment_mismatch',
      field: '/body/grant/core/commitment',
    });
  });

  it('an attestation states the digests of its own parts', () => {
    const body = samples.map((one) => one.body).find((one) => one.type === 'AttestationSummary');
    if (body?.type !== 'AttestationSummary') throw new Error('no sample');
    const [s0, s1, s2, s3, s4, s5] = body.publicSignals;
    expect(checkOpening({ ...body, publicSignals: [s0, s1, s2, s3, s5, s5] })).toMatchObject({
      reason: 'period_digest_mismatch',
    });
    expect(checkOpening({ ...body, publicSignals: [s0, s1, s2, s3, s4, s4] })).toMatchObject({
      reason: 'nullifier_mismatch',
    });
    expect(checkOpening({ ...body, parts: { ...body.parts, chainId: 1 } })).toMatchObject({
      reason: 'period_digest_mismatch',
    });
  });
});

describe('equivocation', () => {
  const proofs = samples.flatMap(({ body }) => (body.type === 'EquivocationProof' ? [body] : []));

  it('is proved by two cores or two tails', () => {
    expect(proofs.map((proof) => verifyEquivocation(proof))).toEqual(['core', 'tail']);
  });

  it('is not proved by one object twice, by two places, or by another signature', () => {
    for (const proof of proofs) {
      const twice = { ...proof, second: proof.first } as typeof proof;
      expect(verifyEquivocation(twice)).toMatchObject({ reason: 'not_equivocation' });
      const swapped = {
        ...proof,
        second: { ...proof.second, sig: proof.first.sig },
      } as typeof proof;
      expect(verifyEquivocation(swapped)).toMatchObject({
        reason: 'signature_invalid',
        field: '/body/second/sig',
      });
      const moved = {
        ...proof,
        second: {
          ...proof.second,
          object:
            'seq' in proof.second.object
              ? { ...proof.second.object, seq: 2 }
              : { ...proof.second.object, index: 1 },
        },
      } as typeof proof;
      expect(verifyEquivocation(moved)).toMatchObject({ reason: 'not_equivocation' });
    }
  });
});

describe('a changed text', () => {
  it('is refused, or another object with another id or another signature', () => {
    const sample = fc.constantFrom(...samples);
    const mark = fc.constantFrom(...'01af{}",:[]- n');
    fc.assert(
      fc.property(sample, fc.nat(), mark, ({ body, text }, at, character) => {
        const place = at % text.length;
        const changed = text.slice(0, place) + character + text.slice(place + 1);
        const result = parseObject(changed);
        if (changed === text || result.kind === 'refused') return;
        const { object } = result;
        expect(encodeObject(object.body, object.signatures)).toBe(changed);
        if (object.id === objectId(body)) {
          expect(object.signatures).not.toEqual(parsed(text).signatures);
        }
      }),
      { numRuns: 3_000 },
    );
  });

  it('never throws, whatever the text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json()), (text) => {
        expect(parseObject(text).kind).toBe('refused');
        const wrapped = `{"body":${text},"signatures":[]}`;
        expect(parseObject(wrapped).kind).toBe('refused');
      }),
    );
  });
});

it('signatures are 64 bytes of the text', () => {
  const voucher = samples.find(({ body }) => body.type === 'CapacityVoucher');
  const object = parsed(voucher?.text ?? '');
  expect(requiredChecks(object)[0]?.signature).toEqual(hexToBytes(object.signatures[0]?.sig ?? ''));
});
