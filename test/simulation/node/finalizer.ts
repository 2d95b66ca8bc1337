import type { KeyPair } from '@atomicity/client/key-pair';
import { type DrawNonce, ownName, signObject } from '@atomicity/client/signer';
import { amount } from '@atomicity/kernel/units/amount';
import type { Hash } from '@atomicity/kernel/units/id';
import type { CommitSignal, FinalizeReceipt } from '@atomicity/kernel/wire/objects';
import type { DeliveryAsk, Finalizer } from '@atomicity/router/ports';

/**
 * The finalize keys of a receiver's intents, as its user holds them: they outlive the node's
 * crashes. Every ask is signed anew, with another nonce: the node must not depend on the text.
 */
export class SimFinalizer {
  readonly #keys = new Map<Hash, KeyPair>();
  readonly #draw: DrawNonce;
  isSilent = false;

  constructor(draw: DrawNonce) {
    this.#draw = draw;
  }

  add(intent: Hash, key: KeyPair): void {
    this.#keys.set(intent, key);
  }

  /**
   * The port of one incarnation of the node; `wait` takes its time and never returns to the dead.
   * `lateMs`: how long its user thinks before signing a receipt.
   */
  port(
    wait: <T>(value: T, ms?: number) => Promise<T>,
    lateMs: (ask: DeliveryAsk) => number,
  ): Finalizer {
    return {
      commit: (ask, windowMs) => wait(this.#commit(ask, windowMs)),
      finalize: (ask) => wait(this.#finalize(ask), lateMs(ask)),
    };
  }

  #keyOf(ask: DeliveryAsk): KeyPair | undefined {
    const key = this.#keys.get(ask.intent);
    return this.isSilent || key?.id !== ask.finalizeKey ? undefined : key;
  }

  #commit(ask: DeliveryAsk, windowMs: number): string | undefined {
    const key = this.#keyOf(ask);
    if (key === undefined) return undefined;
    const body: CommitSignal = {
      v: 1,
      type: 'CommitSignal',
      intent: ask.intent,
      finalizeKey: ask.finalizeKey,
      parts: ask.parts.map(({ part }) => part),
      windowMs,
      nonce: this.#draw(),
    };
    return signObject(body, [ownName(key)]).text;
  }

  #finalize(ask: DeliveryAsk): string | undefined {
    const key = this.#keyOf(ask);
    if (key === undefined) return undefined;
    const body: FinalizeReceipt = {
      v: 1,
      type: 'FinalizeReceipt',
      intent: ask.intent,
      voucher: null,
      amount: amount(ask.parts.reduce((sum, part) => sum + part.amount, 0n)),
      fee: amount(0n),
      at: ask.at,
      notes: [],
      delivery: { finalizeKey: ask.finalizeKey, parts: ask.parts },
      nonce: this.#draw(),
    };
    return signObject(body, [ownName(key)]).text;
  }
}
