import type { Hop } from '@atomicity/kernel/hop/hop';
import type { Hash } from '@atomicity/kernel/units/id';
import type { WireBody } from '@atomicity/kernel/wire/objects';
import type { AgentCore } from './agent-core.ts';
import { deliveryStep } from './delivery.ts';
import { type Attempt, DONE, REST, RETRY } from './duty-runner.ts';
import type { DeliveryAsk } from './ports.ts';
import { isRefusal, verifyText } from './signed-text.ts';

/** Parts that a finalizer signed for, as the kernel orders them. */
const partsOf = (body: WireBody): readonly string[] | undefined => {
  if (body.type === 'CommitSignal') return body.parts;
  if (body.type === 'FinalizeReceipt') return body.delivery?.parts.map(({ part }) => part);
  return undefined;
};

/** Collects the parts of the party's own intents and asks its finalizer for them. */
export class Receiver {
  readonly #core: AgentCore;

  constructor(core: AgentCore) {
    this.#core = core;
  }

  /** Takes the next step for an intent; the state tells what that is. */
  async deliver(intent: Hash): Promise<Attempt> {
    const { settings, party } = this.#core;
    const now = this.#core.now();
    const step = deliveryStep(this.#core.state(), intent, party, now, settings);
    switch (step.kind) {
      case 'rest':
        return REST;
      case 'wait':
        return { kind: 'wait', ms: Math.max(1, step.untilMs - now) };
      case 'commit':
      case 'finalize':
        return this.#sign(intent, step);
    }
  }

  #ask(intent: Hash, parts: readonly Hop[]): DeliveryAsk | undefined {
    const finalizeKey = this.#core.state().intents.get(intent)?.terms.delivery?.finalizeKey;
    if (finalizeKey === undefined) return undefined;
    const delivered = parts.map(({ terms }) => ({ part: terms.part, amount: terms.amount }));
    return { intent, finalizeKey, parts: delivered, at: this.#core.now() };
  }

  async #sign(
    intent: Hash,
    step: {
      readonly kind: 'commit' | 'finalize';
      readonly parts: readonly Hop[];
      readonly windowMs?: number;
    },
  ): Promise<Attempt> {
    const ask = this.#ask(intent, step.parts);
    if (ask === undefined) return REST;
    const { finalizer } = this.#core.ports;
    const text =
      step.kind === 'commit'
        ? await finalizer.commit(ask, step.windowMs ?? 1)
        : await finalizer.finalize(ask);
    // Silent for now: it is asked again until the parts lapse.
    if (text === undefined) return RETRY;
    const object = await verifyText(this.#core.ports, text);
    if (isRefusal(object)) return RETRY;
    const signed = partsOf(object.body);
    const asked = ask.parts.map(({ part }) => part);
    if (signed === undefined || signed.join() !== asked.join()) return RETRY;
    const outcome = await this.#core.record(object);
    if (outcome.kind === 'busy') return RETRY;
    if (outcome.kind === 'refused') return RETRY;
    // Durable from here: every payer may see it.
    this.#core.note(intent, object.id, text);
    for (const { terms } of step.parts) this.#core.touchHop(terms.voucher);
    return DONE;
  }
}
