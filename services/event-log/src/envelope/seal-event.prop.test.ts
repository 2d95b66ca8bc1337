/**
 * Goal: the store's fast envelope and commitments are the kernel's, byte for byte.
 * Method: both on random events.
 */
import { disclosureHash, encodeEnvelope, payloadCommitment } from '@atomicity/kernel/log/envelope';
import type { Hash } from '@atomicity/kernel/units/id';
import { unixMs } from '@atomicity/kernel/units/time';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { exampleStream } from '../contract.ts';
import { disclosureHashHex, envelopeText, payloadCommitmentHex } from './seal-event.ts';

const SEED = 20261121;
console.log(`seal-event.prop: seed ${SEED}`);

test('commitments and envelope bytes equal the kernel’s', () => {
  const text = fc.string({ unit: 'binary', maxLength: 300 }).filter((t) => t.isWellFormed());
  const law = fc.property(
    fc.uint8Array({ minLength: 32, maxLength: 32 }),
    text,
    fc.option(text),
    fc.nat(),
    fc.integer({ min: 0, max: 2 ** 48 - 1 }),
    fc.stringMatching(/^[A-Za-z][A-Za-z0-9]{0,63}$/),
    (salt, payload, disclosureText, revision, at, type) => {
      const disclosure = disclosureText === null ? null : JSON.stringify(disclosureText);
      const commitment = payloadCommitmentHex(salt, payload);
      expect(commitment).toBe(payloadCommitment(salt, payload));
      const kernelDisclosure = disclosure === null ? null : disclosureHash(disclosureText ?? '');
      if (disclosure !== null) expect(disclosureHashHex(disclosure)).toBe(kernelDisclosure);
      const event = { type, at: unixMs(at), disclosure };
      const bytes = encodeEnvelope({
        v: 1,
        stream: exampleStream(3),
        revision,
        type,
        at: unixMs(at),
        payloadCommitment: commitment as Hash,
        disclosure: kernelDisclosure,
      });
      expect(envelopeText(exampleStream(3), revision, event, commitment)).toBe(
        Buffer.from(bytes).toString(),
      );
    },
  );
  fc.assert(law, { seed: SEED, numRuns: 300 });
});
