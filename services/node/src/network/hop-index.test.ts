// Goal: the index costs no more memory than the book’s hops. Method: hops that the book forgets again.
import { emptyBook } from '@atomicity/kernel/book/state';
import { PersistentMap } from '@atomicity/kernel/collections/persistent-map';
import { createLine, first, hopAt } from '@atomicity/kernel/testing/hop-table';
import { testHash } from '@atomicity/kernel/testing/keys';
import { must, ORIGIN, STREAM } from '@atomicity/kernel/testing/world';
import { expect, test } from 'vitest';
import { HopIndex } from './hop-index.ts';

test('an index forgets intents of which the book has forgotten every hop', () => {
  const line = createLine();
  const voucher = first(line);
  line.alice.book.accept(voucher);
  const hop = hopAt(line.alice, voucher.id);
  const event = must(line.alice.book.events.at(-1), 'event');
  if (event.type !== 'HopHeld') throw new Error(event.type);
  const empty = emptyBook(STREAM, ORIGIN);
  const index = new HopIndex(empty);
  for (let i = 0; i < 5_000; i++) {
    const [id, intent] = [testHash(`voucher ${i}`), testHash(`intent ${i}`)];
    const terms = { ...hop.terms, voucher: id, intent };
    const hops = PersistentMap.from([[id, { ...hop, terms }]]);
    index.apply([{ ...event, data: terms }], { ...empty, hops });
  }
  expect(index.size).toBeLessThan(1_100);
  expect(index.of(testHash('intent 4999'))).toHaveLength(1);
});
