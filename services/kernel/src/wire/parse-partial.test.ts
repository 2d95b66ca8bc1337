// Goal: a proposal that some have signed is read, and never for a whole one. Method: one agreement of
// three parties with every set of its signatures.
import { describe, expect, expectTypeOf, it } from 'vitest';
import { amount } from '../units/amount.ts';
import type { Denomination } from '../units/denomination.ts';
import { type Nonce, partyIdFromKey, type Signature, ZERO_HASH } from '../units/id.ts';
import { unixMs } from '../units/time.ts';
import type { BodyOf, ParsedObject, WireSignature } from './objects.ts';
import {
  encodeObject,
  objectId,
  type PartialObject,
  parseObject,
  parsePartial,
} from './parse-object.ts';
import { requiredChecks } from './signatures.ts';
import type { VerifiedObject } from './verified.ts';

const party = (byte: number) => partyIdFromKey(new Uint8Array(32).fill(byte));
const [debtor, from, to] = [party(1), party(2), party(3)] as const;
const reassign: BodyOf<'Reassign'> = {
  v: 1,
  type: 'Reassign',
  debtor,
  from,
  to,
  fromEdge: ZERO_HASH,
  toEdge: objectId({
    v: 1,
    type: 'KeyRevocation',
    party: from,
    key: to,
    nonce: '0'.repeat(32) as Nonce,
  }),
  denomination: 'USD/6' as Denomination,
  amount: amount(5n),
  expiresAt: unixMs(1_000),
  nonce: '1'.repeat(32) as Nonce,
};
const by = (id: typeof debtor): WireSignature => ({
  by: id,
  key: id,
  sig: 'ab'.repeat(64) as Signature,
});
const textBy = (...parties: (typeof debtor)[]) => encodeObject(reassign, parties.map(by));

describe('parsePartial', () => {
  const some: readonly (readonly [string, (typeof debtor)[], (typeof debtor)[]])[] = [
    ['the debtor alone', [debtor], [from, to]],
    ['the holder alone', [from], [debtor, to]],
    ['two of three', [to, debtor], [from]],
  ];
  it.each(some)('signed by %s: names who has still to sign', (_, signers, missing) => {
    const text = textBy(...signers);
    const read = parsePartial(text);
    expect(read).toEqual({
      kind: 'partial',
      object: {
        id: objectId(reassign),
        body: reassign,
        signatures: signers.map(by).sort((left, right) => (left.by < right.by ? -1 : 1)),
        partialText: text,
      },
      missing,
    });
    expect(parseObject(text)).toMatchObject({
      kind: 'refused',
      refusal: { reason: 'missing_signature', field: '/signatures' },
    });
  });

  it('signed by all is whole, as for parseObject', () => {
    const text = textBy(debtor, from, to);
    expect(parsePartial(text)).toEqual(parseObject(text));
    expect(parsePartial(text).kind).toBe('parsed');
  });

  it('signed by nobody, or by a stranger too, is refused', () => {
    expect(parsePartial(textBy())).toMatchObject({ refusal: { reason: 'missing_signature' } });
    const stranger = parsePartial(textBy(debtor, party(9)));
    expect(stranger).toMatchObject({ refusal: { reason: 'unexpected_signature' } });
    expect(parsePartial(textBy(debtor, debtor))).toMatchObject({
      refusal: { reason: 'not_sorted' },
    });
  });

  it('refuses whatever parseObject refuses', () => {
    const text = textBy(debtor).replace('"amount":"5"', '"amount":"-5"');
    expect(parsePartial(text)).toMatchObject({ refusal: { reason: 'out_of_range' } });
  });

  it('gives the checks of the signatures that are there', () => {
    const read = parsePartial(textBy(debtor, from));
    if (read.kind !== 'partial') throw new Error(read.kind);
    expect(requiredChecks(read.object).map(({ field }) => field)).toEqual([
      '/signatures/0/sig',
      '/signatures/1/sig',
    ]);
  });

  it('gives nothing that passes for a parsed or verified object', () => {
    expectTypeOf<PartialObject>().not.toMatchTypeOf<ParsedObject>();
    expectTypeOf<PartialObject>().not.toMatchTypeOf<VerifiedObject>();
  });
});
