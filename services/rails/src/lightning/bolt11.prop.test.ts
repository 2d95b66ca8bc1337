// Goal: what is signed is what is read, and nothing else is read. Method: drawn invoices, and drawn changes to
// them, each of which the checksum or the signature shows.

import { bytesToHex } from '@atomicity/kernel/codec/bytes';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  bytesOfWords,
  decodeBech32,
  encodeBech32,
  exactBytesOfWords,
  wordsOfBytes,
} from './bech32.ts';
import { AMOUNT_MSAT_MAX, decodeBolt11 } from './bolt11.ts';
import { amountText, encodeBolt11, wordsOfNumber } from './bolt11-encode.ts';

const KEY = new Uint8Array(32).fill(7);
const NODE = bytesToHex(secp256k1.getPublicKey(KEY, true));
const b32 = fc.uint8Array({ minLength: 32, maxLength: 32 });

const drawn = fc.record({
  amountMsat: fc.option(fc.bigInt(1n, AMOUNT_MSAT_MAX)),
  timestamp: fc.integer({ min: 0, max: 2 ** 35 - 1 }),
  hash: b32,
  secret: b32,
  described: b32,
  expirySeconds: fc.integer({ min: 1, max: 2 ** 31 }),
});

const sign = (invoice: typeof drawn extends fc.Arbitrary<infer T> ? T : never) =>
  encodeBolt11(
    {
      prefix: `lnbc${invoice.amountMsat === null ? '' : amountText(invoice.amountMsat)}`,
      timestamp: invoice.timestamp,
      fields: [
        { type: 1, words: wordsOfBytes(invoice.hash) },
        { type: 16, words: wordsOfBytes(invoice.secret) },
        { type: 23, words: wordsOfBytes(invoice.described) },
        { type: 6, words: wordsOfNumber(invoice.expirySeconds) },
      ],
    },
    KEY,
  );

it('reads back what was signed', () => {
  fc.assert(
    fc.property(drawn, (invoice) => {
      expect(decodeBolt11(sign(invoice))).toEqual({
        kind: 'decoded',
        invoice: {
          network: 'bitcoin',
          amountMsat: invoice.amountMsat,
          timestamp: invoice.timestamp,
          payee: NODE,
          paymentHash: bytesToHex(invoice.hash),
          paymentSecret: bytesToHex(invoice.secret),
          description: { kind: 'hash', hash: bytesToHex(invoice.described) },
          expirySeconds: invoice.expirySeconds,
          minFinalCltvExpiry: 18,
          features: [],
          metadata: null,
          fallbacks: [],
          routes: [],
        },
      });
    }),
    { numRuns: 60 },
  );
});

it('never takes changed words for the payee’s, even under a right checksum', () => {
  const change = fc.record({
    invoice: drawn,
    at: fc.nat(),
    by: fc.integer({ min: 1, max: 31 }),
  });
  fc.assert(
    fc.property(change, ({ invoice, at, by }) => {
      const bech32 = decodeBech32(sign(invoice));
      if (bech32.kind === 'refused') throw new Error(bech32.reason);
      const words = [...bech32.words];
      const place = at % words.length;
      words[place] = (words[place] ?? 0) ^ by;
      const decoded = decodeBolt11(encodeBech32(bech32.prefix, words));
      expect(decoded.kind === 'decoded' && decoded.invoice.payee === NODE).toBe(false);
    }),
    { numRuns: 100 },
  );
});

it('never throws', () => {
  const words = fc.array(fc.integer({ min: 0, max: 31 }), { maxLength: 300 });
  const prefix = fc.constantFrom('lnbc', 'lnbcrt1u', 'lntb10p', 'x');
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.tuple(prefix, words).map(([a, b]) => encodeBech32(a, b)),
      ),
      (text) => {
        expect(['decoded', 'refused']).toContain(decodeBolt11(text).kind);
      },
    ),
    { numRuns: 300 },
  );
});

it('packs bytes into words and back', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      const words = wordsOfBytes(bytes);
      expect(exactBytesOfWords(words)).toEqual(bytes);
      expect(bytesOfWords(words).subarray(0, bytes.length)).toEqual(bytes);
    }),
  );
});
