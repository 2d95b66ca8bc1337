import { testHash } from '@atomicity/kernel/testing/keys';
import { describe, expect, it } from 'vitest';
import type { EvidenceStore, Journal } from '../ports.ts';

const INTENT = testHash('intent');

/** What every journal and evidence store does, the fakes in memory included. `evidence` takes 3 texts. */
export function storesContract(
  name: string,
  open: () => { readonly journal: Journal; readonly evidence: EvidenceStore },
): void {
  describe(`the journal ${name}`, () => {
    it('gives back what was put last, by kind and key', () => {
      const { journal } = open();
      journal.put('payment', 'a', 'one');
      journal.put('payment', 'a', 'two');
      journal.put('sequence', 'a', '7');
      expect(journal.get('payment', 'a')).toBe('two');
      expect(journal.all('payment')).toEqual([{ key: 'a', text: 'two' }]);
      expect(journal.get('sequence', 'a')).toBe('7');
    });

    it('forgets what was dropped, and dropping twice is dropping once', () => {
      const { journal } = open();
      journal.put('payment', 'a', 'one');
      journal.drop('payment', 'a');
      journal.drop('payment', 'a');
      expect(journal.get('payment', 'a')).toBeUndefined();
      expect(journal.all('payment')).toEqual([]);
    });
  });

  describe(`the evidence ${name}`, () => {
    it('keeps texts in the order of their arrival, each once', () => {
      const { evidence } = open();
      expect(evidence.note(INTENT, testHash('2'), 'two')).toBe(true);
      expect(evidence.note(INTENT, testHash('1'), 'one')).toBe(true);
      expect(evidence.note(INTENT, testHash('2'), 'two again')).toBe(true);
      expect(evidence.of(INTENT)).toEqual(['two', 'one']);
      expect(evidence.get(INTENT, testHash('1'))).toBe('one');
      expect(evidence.get(INTENT, testHash('3'))).toBeUndefined();
    });

    it('takes no more than its limit for one intent, and others all the same', () => {
      const { evidence } = open();
      for (const name of ['1', '2', '3']) evidence.note(INTENT, testHash(name), name);
      expect(evidence.note(INTENT, testHash('4'), '4')).toBe(false);
      expect(evidence.note(INTENT, testHash('3'), '3')).toBe(true);
      expect(evidence.note(testHash('other'), testHash('4'), '4')).toBe(true);
      expect(evidence.of(INTENT)).toEqual(['1', '2', '3']);
    });
  });
}
