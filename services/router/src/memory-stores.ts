import type { Hash } from '@atomicity/kernel/units/id';
import type { EvidenceStore, Journal, JournalKind } from './ports.ts';

/** A journal that lasts as long as the process. For runs without a disk. */
export function memoryJournal(): Journal {
  const kinds = new Map<JournalKind, Map<string, string>>();
  const of = (kind: JournalKind): Map<string, string> => {
    const known = kinds.get(kind) ?? new Map<string, string>();
    kinds.set(kind, known);
    return known;
  };
  return {
    put: (kind, key, text) => void of(kind).set(key, text),
    get: (kind, key) => of(kind).get(key),
    all: (kind) => [...of(kind)].map(([key, text]) => ({ key, text })),
    drop: (kind, key) => void of(kind).delete(key),
  };
}

/** Evidence that lasts as long as the process: at most so many texts for an intent, and intents. */
export function memoryEvidence(textsMax: number, intentsMax: number): EvidenceStore {
  const intents = new Map<Hash, Map<Hash, string>>();
  const room = (intent: Hash): Map<Hash, string> => {
    const known = intents.get(intent);
    if (known !== undefined) return known;
    const [oldest] = intents.keys();
    if (intents.size >= intentsMax && oldest !== undefined) intents.delete(oldest);
    const texts = new Map<Hash, string>();
    intents.set(intent, texts);
    return texts;
  };
  return {
    note: (intent, id, text) => {
      const texts = room(intent);
      if (texts.has(id)) return true;
      if (texts.size >= textsMax) return false;
      texts.set(id, text);
      return true;
    },
    get: (intent, id) => intents.get(intent)?.get(id),
    of: (intent) => [...(intents.get(intent)?.values() ?? [])],
  };
}
