import { bytesToHex, hexToBytes } from '@atomicity/kernel/codec/bytes';
import { taggedHash } from '@atomicity/kernel/codec/tagged-hash';
import { amount } from '@atomicity/kernel/units/amount';
import {
  type Hash,
  hashToBytes,
  type Nonce,
  type PartyId,
  type Signature,
} from '@atomicity/kernel/units/id';
import type { WireBody } from '@atomicity/kernel/wire/objects';
import { encodeObject, objectId } from '@atomicity/kernel/wire/parse-object';
import type { DeliveryAsk, Finalizer } from './ports.ts';

/** Signs an id with the secret of a finalize key; undefined where it does not have that key. */
export type SignWithKey = (key: PartyId, id: Hash) => Signature | undefined;

/** One nonce for one intent and set of parts: asking again gives the same text at the same time. */
function nonceOf(tag: string, ask: DeliveryAsk): Nonce {
  const parts = ask.parts.map(({ part }) => hexToBytes(part));
  return bytesToHex(taggedHash(tag, hashToBytes(ask.intent), ...parts).subarray(0, 16)) as Nonce;
}

/**
 * A finalizer that consents to everything it has a key for. `isSilent` is asked each time: true
 * leaves the parts to lapse.
 */
export function keyFinalizer(
  sign: SignWithKey,
  isSilent: (intent: Hash) => boolean = () => false,
): Finalizer {
  const signed = (ask: DeliveryAsk, body: WireBody): string | undefined => {
    const { finalizeKey: key } = ask;
    const sig = isSilent(ask.intent) ? undefined : sign(key, objectId(body));
    return sig === undefined ? undefined : encodeObject(body, [{ by: key, key, sig }]);
  };
  return {
    commit: (ask, windowMs) =>
      Promise.resolve(
        signed(ask, {
          v: 1,
          type: 'CommitSignal',
          intent: ask.intent,
          finalizeKey: ask.finalizeKey,
          parts: ask.parts.map(({ part }) => part),
          windowMs,
          nonce: nonceOf('CommitSignalNonce', ask),
        }),
      ),
    finalize: (ask) =>
      Promise.resolve(
        signed(ask, {
          v: 1,
          type: 'FinalizeReceipt',
          intent: ask.intent,
          voucher: null,
          amount: amount(ask.parts.reduce((sum, part) => sum + part.amount, 0n)),
          fee: amount(0n),
          at: ask.at,
          notes: [],
          delivery: { finalizeKey: ask.finalizeKey, parts: ask.parts },
          nonce: nonceOf('FinalizeReceiptNonce', ask),
        }),
      ),
  };
}
