// Goal: evidence is of one payment and cannot be bent to another. Method: every byte but the payer's own word about
// the fee, changed in turn at drawn places; and bytes that are anything.

import { bytesToHex } from '@atomicity/kernel/codec/bytes';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { batchOf, submissionOf } from './batch-samples.ts';
import { descriptionHash, descriptionOf, encodeDescription } from './description.ts';
import { encodeEvidence, verifyLightningEvidence } from './evidence.ts';
import { ScriptedLightning } from './scripted-node.ts';

const signal = new AbortController().signal;
const { root } = submissionOf(batchOf(1));

async function paidEvidence(): Promise<Uint8Array> {
  const world = new ScriptedLightning({ now: () => 1_800_000_000_000 });
  const described = descriptionOf(batchOf(1), 250_000n);
  if (described === undefined) throw new Error('it pays');
  const description = encodeDescription(described);
  const request = {
    amountMsat: 250_000n,
    descriptionHash: descriptionHash(description),
    expirySeconds: 60,
  };
  const { bolt11: invoice } = await world.payee.createInvoice(request, signal);
  const paid = await world.payer.pay(invoice, { maxFeeMsat: 0n, timeoutMs: 1 }, signal);
  if (paid.kind !== 'succeeded') throw new Error(paid.kind);
  return encodeEvidence({ invoice, description, preimage: bytesToHex(paid.preimage), feeMsat: 7n });
}

it('shows nothing once any byte is another', async () => {
  const bytes = await paidEvidence();
  expect(verifyLightningEvidence(bytes, { root }).kind).toBe('shown');
  const fee = new TextDecoder().decode(bytes).indexOf('"feeMsat":"7"') + '"feeMsat":"'.length;
  const change = fc.record({
    at: fc.nat(bytes.length - 1).filter((at) => at !== fee),
    by: fc.integer({ min: 1, max: 255 }),
  });
  fc.assert(
    fc.property(change, ({ at, by }) => {
      const changed = Uint8Array.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ by;
      expect(verifyLightningEvidence(changed, { root }).kind).toBe('refused');
    }),
    { numRuns: 300 },
  );
});

it('never throws', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array(),
        fc.json().map((text) => new TextEncoder().encode(text)),
      ),
      (bytes) => {
        expect(verifyLightningEvidence(bytes, { root }).kind).toBe('refused');
      },
    ),
  );
});
