// Goal: what a hop costs is known and does not grow unnoticed. Method: one payment over three hops, every
// message, byte, signature and verification counted at both ends.
import { describe, expect, it } from 'vitest';
import { balance, street } from './testing/streets.ts';

describe('a payment of one part over three hops', () => {
  it('takes for each hop a ping, a voucher and a claim, each with its answer', async () => {
    const nodes = street();
    await nodes.node('alice').agent.pay(nodes.request('alice', nodes.intent('dave', 1_000n)));
    await nodes.time.run(2_000);
    expect(balance(nodes, 'dave', 'carol')).toBe(1_000n);

    expect(nodes.sent.map(({ from, to, objects }) => `${from} ${to} ${objects}`)).toEqual([
      'alice bob 0',
      'alice bob 1',
      'bob carol 0',
      'bob carol 1',
      'carol dave 0',
      'carol dave 1',
      'dave carol 1',
      'carol bob 1',
      'bob alice 1',
    ]);
    const total = { signatures: 0, verifications: 0, bytes: 0 };
    for (const { counts } of nodes.nodes()) {
      total.signatures += counts.signatures;
      total.verifications += counts.verifications;
      total.bytes += counts.sentBytes + counts.answerBytes;
    }
    // Three hops: 9 exchanges. Signatures: 9 clocks, 3 vouchers, 3 held, 3 claims, 3 answers.
    expect(total.signatures).toBe(21);
    // Of the clocks those on which a voucher rests, 3: the others are not read.
    expect(total.verifications).toBe(28);
    expect(Math.ceil(total.bytes / 3)).toBeLessThan(6_600);
  });
});
