// Goal: no encoding changes unnoticed, and node:crypto and the kernel never disagree on a signature.
// Method: the committed files against what the kernel computes now, and a few values from elsewhere.
import { createPublicKey, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hexToBytes } from '@atomicity/kernel/codec/bytes';
import { strictSignatureShape, verifyEd25519 } from '@atomicity/kernel/wire/ed25519-strict';
import { ed25519 } from '@noble/curves/ed25519.js';
import { describe, expect, it } from 'vitest';
import { buildVectors } from './build-vectors.ts';
import type { Ed25519Case } from './ed25519-cases.ts';

const read = (name: string) =>
  JSON.parse(readFileSync(new URL(`./${name}`, import.meta.url), 'utf8'));
const built = buildVectors();

it.each(Object.keys(built))('%s is what the kernel computes', (name) => {
  expect(read(name)).toEqual(JSON.parse(JSON.stringify(built[name])));
});

const SPKI_PREFIX = '302a300506032b6570032100';

function nodeVerdict({ publicKey, message, signature }: Ed25519Case): boolean {
  if (strictSignatureShape(hexToBytes(publicKey), hexToBytes(signature)) !== undefined)
    return false;
  const der = Buffer.from(SPKI_PREFIX + publicKey, 'hex');
  const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
  return verify(null, Buffer.from(message, 'hex'), key, Buffer.from(signature, 'hex'));
}

describe('ed25519.json', () => {
  const cases: readonly Ed25519Case[] = read('ed25519.json');

  it.each(cases.map((one) => [one.name, one] as const))('%s: one verdict', (_, one) => {
    const [publicKey, message, signature] = [one.publicKey, one.message, one.signature].map(
      hexToBytes,
    );
    if (!publicKey || !message || !signature) throw new Error('incomplete vector');
    const shape = strictSignatureShape(publicKey, signature)?.reason ?? null;
    expect(shape).toBe(one.shape);
    expect(verifyEd25519(publicKey, message, signature)).toBe(one.valid);
    expect(nodeVerdict(one)).toBe(one.valid);
  });

  it('has a case for every shape rule, and both verdicts behind them', () => {
    expect([...new Set(cases.map((one) => one.shape))].sort()).toEqual(
      [
        null,
        'public_key_not_canonical',
        'public_key_small_order',
        'signature_r_not_canonical',
        'signature_r_small_order',
        'signature_s_not_reduced',
      ].sort(),
    );
    expect(cases.filter((one) => one.valid).length).toBeGreaterThan(3);
  });

  it('holds a signature that only a verifier with cofactor accepts', () => {
    const cofactored = cases.filter(
      ({ publicKey, message, signature, valid }) =>
        !valid &&
        ed25519.verify(hexToBytes(signature), hexToBytes(message), hexToBytes(publicKey), {
          zip215: false,
        }),
    );
    expect(cofactored.map((one) => one.name)).toContain('R with torsion: cofactored only');
  });

  it('starts with the signatures of RFC 8032 §7.1', () => {
    expect(cases[0]?.publicKey).toBe(
      'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    );
    expect(cases[0]?.signature.slice(0, 32)).toBe('e5564300c360ac729086e2cc806e828a');
  });
});

it('poseidon.json agrees with circomlib on 1 … 2 inputs from a zero state', () => {
  // Source: circomlib 2.0.5, test/poseidoncircuit.js.
  const { zeroState } = read('poseidon.json');
  expect(zeroState[1].output).toBe(
    '7853200120776062878684798364095072458815029376092732009249414926327459813530',
  );
});
