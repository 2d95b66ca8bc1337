// Goal: two parties open an edge from two processes, each with its own key alone. Method: the text goes
// back and forth; every way to sign what was not proposed is refused.
import { amount } from '@atomicity/kernel/units/amount';
import { parseDenomination } from '@atomicity/kernel/units/denomination';
import { unixMs } from '@atomicity/kernel/units/time';
import { parseObject } from '@atomicity/kernel/wire/parse-object';
import { describe, expect, it } from 'vitest';
import { keyPairFromSeed } from './key-pair.ts';
import { coSign, isWhole, proposeEdge, readProposal } from './proposal.ts';
import { randomNonce } from './signer.ts';

const USD = parseDenomination('USD/6');
if (USD === undefined) throw new Error('a denomination');

const keyOf = (byte: number) => keyPairFromSeed(new Uint8Array(32).fill(byte));
const signer = (byte: number) => ({ by: keyOf(byte).id, key: keyOf(byte + 100) });
const [alice, bob, carol] = [signer(1), signer(2), signer(3)];

const proposal = () =>
  proposeEdge(
    alice,
    {
      counterparty: bob.by,
      denomination: USD,
      theyMayOwe: amount(100n),
      weMayOwe: amount(70n),
      expiresAt: unixMs(1_000_000),
      rateBps: 0,
      graceMs: 0,
      haircutBps: 0,
    },
    randomNonce,
  );

describe('an edge', () => {
  it('is whole when the second has signed, with each limit on its side', () => {
    const { text, id, body } = proposal();
    expect(isWhole(text)).toBe(false);
    expect(readProposal(text, 'EdgeAgreement')).toMatchObject({ id, missing: [bob.by] });
    const whole = coSign(text, bob);
    expect(isWhole(whole)).toBe(true);
    expect(readProposal(whole, 'EdgeAgreement').missing).toEqual([]);
    const parsed = parseObject(whole);
    expect(parsed.kind === 'parsed' && parsed.object.id).toBe(id);
    const [ofAlice, ofBob] =
      body.a === alice.by ? [body.limitA, body.limitB] : [body.limitB, body.limitA];
    expect([ofAlice, ofBob]).toEqual([100n, 70n]);
  });

  it('is signed once by each', () => {
    const { text } = proposal();
    expect(coSign(text, alice)).toBe(text);
    const whole = coSign(text, bob);
    expect(coSign(whole, bob)).toBe(whole);
  });
});

describe('is refused', () => {
  it('a signature of somebody else', () => {
    expect(() => coSign(proposal().text, carol)).toThrow('does not wait for');
  });

  it('terms that were changed after the first signature', () => {
    const { text } = proposal();
    const changed = text.replace('"100"', '"900"');
    expect(() => readProposal(changed, 'EdgeAgreement')).toThrow('signature_invalid');
  });

  it('another type, and what is no proposal', () => {
    expect(() => readProposal(proposal().text, 'Reassign')).toThrow('EdgeAgreement, not Reassign');
    expect(() => readProposal('{', 'EdgeAgreement')).toThrow('not_json');
    expect(() => coSign('{}', bob)).toThrow('missing_field: /body');
  });
});
