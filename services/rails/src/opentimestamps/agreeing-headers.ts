/** Block headers on which several independent sources agree. */

import { RailError } from '../port.ts';
import type { BlockHeaders } from './block-headers.ts';

const SOURCES_MAX = 16;

function missed(answered: number, quorum: number, asked: number, cause: unknown): RailError {
  return new RailError({
    code: 'quorum_missed',
    shortMessage: 'too few sources of block headers answered',
    outcome: 'not_applied',
    facts: { answered, quorum, asked },
    cause,
  });
}

function disagreed(height: number, roots: number): RailError {
  return new RailError({
    code: 'rail_answer_unusable',
    shortMessage: 'the sources of block headers disagree',
    outcome: 'not_applied',
    facts: { height, roots },
  });
}

/**
 * Asks all sources at once; a root holds when `quorum` of them give it as final. Only a majority can be a
 * quorum, so two roots never both hold. `undefined` while the block is not final for so many.
 *
 * @param options.quorum more than half of the sources; all of them unless said.
 * @throws {RangeError} if the number of sources (1 … 16) or the quorum is out of range.
 */
export function agreeingHeaders(options: {
  readonly sources: readonly BlockHeaders[];
  readonly quorum?: number;
}): BlockHeaders {
  const { sources, quorum = sources.length } = options;
  if (sources.length < 1 || sources.length > SOURCES_MAX) {
    throw new RangeError(`sources: 1 … ${SOURCES_MAX}`);
  }
  if (!Number.isInteger(quorum) || quorum * 2 <= sources.length || quorum > sources.length) {
    throw new RangeError('quorum: must be more than half of the sources, and at most all');
  }
  const [only] = sources;
  // Its own errors say more than a missed quorum does.
  if (only !== undefined && sources.length === 1) return only;
  return {
    async merkleRootAt(height, signal) {
      const answers = await Promise.allSettled(
        sources.map((source) => source.merkleRootAt(height, signal)),
      );
      const votes = new Map<string, number>();
      let answered = 0;
      let failure: unknown;
      for (const answer of answers) {
        if (answer.status === 'rejected') {
          failure ??= answer.reason;
          continue;
        }
        answered += 1;
        if (answer.value !== undefined) {
          votes.set(answer.value, (votes.get(answer.value) ?? 0) + 1);
        }
      }
      for (const [root, count] of votes) if (count >= quorum) return root;
      if (votes.size > 1) throw disagreed(height, votes.size);
      if (answered < quorum) throw missed(answered, quorum, sources.length, failure);
      return undefined;
    },
  };
}
