// Goal: the auditor's two ways to verify give the verdicts of the shared vectors. Method: every vector.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SignatureQueue } from './signature-queue.ts';
import { verifyRaw } from './signatures.ts';

type Vector = {
  readonly name: string;
  readonly publicKey: string;
  readonly message: string;
  readonly signature: string;
  readonly valid: boolean;
};

const path = new URL('../../../../test/vectors/ed25519.json', import.meta.url);
const vectors: readonly Vector[] = JSON.parse(readFileSync(path, 'utf8'));
const bytes = (hex: string) => Buffer.from(hex, 'hex');
const partsOf = ({ publicKey, message, signature }: Vector) =>
  [bytes(publicKey), bytes(message), bytes(signature)] as const;

describe('a signature of the vectors', () => {
  it.each(vectors)('$name', async (vector) => {
    expect(verifyRaw(...partsOf(vector))).toBe(vector.valid);
    expect(await new SignatureQueue().check(...partsOf(vector))).toBe(vector.valid);
  });
});

describe('the queue', () => {
  it('verifies each signature once, however often it is asked', async () => {
    const queue = new SignatureQueue();
    const [first] = vectors;
    if (first === undefined) throw new Error('no vectors');
    expect(queue.check(...partsOf(first))).toBe(queue.check(...partsOf(first)));
    await queue.idle();
    await queue.room();
  });

  it('keeps the signature of one message apart from that of another', async () => {
    const queue = new SignatureQueue();
    const good = vectors.find(({ valid, message }) => valid && message !== '');
    if (good === undefined) throw new Error('no vector');
    const [key, message, signature] = partsOf(good);
    expect(await queue.check(key, message, signature)).toBe(true);
    expect(await queue.check(key, Buffer.concat([message, message]), signature)).toBe(false);
  });
});
