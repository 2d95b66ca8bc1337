import { EQUIVALENT_MUTANTS } from './equivalent-mutants.ts';
import type { Outcome } from './mutant-pool.ts';
import type { Mutant } from './mutants.ts';

export type Judged = {
  readonly file: string;
  readonly mutant: Mutant;
  readonly verdict: Outcome['verdict'];
};

export type StaleRow = { readonly file: string; readonly id: string; readonly found: string };

/**
 * Mutants that survived without being listed, and rows of the list that name a mutant that was found.
 * With `isComplete` (every mutant of the files was judged) also rows that name no mutant any more.
 */
export function findings(
  judged: readonly Judged[],
  isComplete: boolean,
): { readonly survivors: readonly Judged[]; readonly stale: readonly StaleRow[] } {
  const files = new Set(judged.map(({ file }) => file));
  const survivors = judged.filter(
    ({ file, mutant, verdict }) =>
      verdict.kind === 'survived' &&
      !EQUIVALENT_MUTANTS.some((row) => row.file === file && row.id === mutant.id),
  );
  const stale = EQUIVALENT_MUTANTS.filter(({ file }) => files.has(file)).flatMap(({ file, id }) => {
    const at = judged.find((each) => each.file === file && each.mutant.id === id);
    if (at === undefined)
      return isComplete ? [{ file, id, found: 'there is no such mutant:' }] : [];
    return at.verdict.kind === 'survived' ? [] : [{ file, id, found: `${at.verdict.kind}:` }];
  });
  return { survivors, stale };
}
