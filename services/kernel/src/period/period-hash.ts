import { canonicalJson } from '../codec/canonical-json.ts';
import { taggedTextHash } from '../codec/tagged-hash.ts';
import type { Hash } from '../units/id.ts';

/** The id of the `index`-th period (0, 1, …) of a budget: taggedHash('Period', {budget, index}). */
export function periodHash(budget: Hash, index: number): Hash {
  return taggedTextHash('Period', canonicalJson({ budget, index }));
}
