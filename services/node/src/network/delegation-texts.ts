import type { PartyId } from '@atomicity/kernel/units/id';
import { parseObject } from '@atomicity/kernel/wire/parse-object';

/** Texts that are remembered; the oldest goes first. */
const TEXTS_MAX = 8192;

/**
 * Texts of delegations that came by: with the configuration, with offers, with payments. Evidence is
 * handed on with them, so that strangers can check it. They are not verified here.
 */
export class DelegationTexts {
  readonly #texts = new Map<string, string>();

  /** Remembers a delegation; anything else changes nothing. */
  note(text: string): void {
    const parsed = parseObject(text);
    if (parsed.kind === 'refused' || parsed.object.body.type !== 'KeyDelegation') return;
    const { party, key } = parsed.object.body;
    const name = `${party}/${key}`;
    this.#texts.delete(name);
    this.#texts.set(name, text);
    const [oldest] = this.#texts.keys();
    if (this.#texts.size > TEXTS_MAX && oldest !== undefined) this.#texts.delete(oldest);
  }

  find(party: PartyId, key: PartyId): string | undefined {
    return this.#texts.get(`${party}/${key}`);
  }

  /** The delegations of those who signed these objects, as far as they are known; each once. */
  ofSigners(texts: readonly string[]): readonly string[] {
    const found = new Set<string>();
    for (const text of texts) {
      const parsed = parseObject(text);
      if (parsed.kind === 'refused') continue;
      for (const { by, key } of parsed.object.signatures) {
        const delegation = this.find(by, key);
        if (delegation !== undefined) found.add(delegation);
      }
    }
    return [...found];
  }
}
