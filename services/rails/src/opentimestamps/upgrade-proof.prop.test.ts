// Goal: whatever calendars and headers say, nothing that was promised is lost, and no block stays of which the
// node knows better. Method: random proofs, random answers, random headers.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RailError } from '../port.ts';
import { rootToDisplay, verifyBitcoin } from './bitcoin.ts';
import { type BlockHeaders, fixedBlockHeaders } from './block-headers.ts';
import type { Calendar } from './calendar.ts';
import { encodeProof } from './encode.ts';
import { type Attested, evaluate } from './evaluate.ts';
import { chainOf } from './merkle-steps.ts';
import { normalForm } from './normal-form.ts';
import type { Attestation, DetachedProof } from './proof.ts';
import { proofArbitrary, timestampArbitrary } from './proof-arbitrary.ts';
import { askCalendars, checkBlocks, isSameProof, openQuestions } from './upgrade-proof.ts';

const SEED = 20261121;
const RUNS = 200;
console.log(`opentimestamps upgrade-proof.prop: seed ${SEED}, ${RUNS} runs a law`);
const settings = { seed: SEED, numRuns: RUNS };
const never = new AbortController().signal;

const words = (attested: readonly Attested[]) =>
  attested.map(({ message, attestation }) => JSON.stringify([[...message], attestation]));
const normal = (proof: DetachedProof) => ({ ...proof, timestamp: normalForm(proof.timestamp) });

function calendarSaying(timestamp: Parameters<typeof chainOf>[1]): Calendar {
  return {
    url: 'double',
    answersFor: () => true,
    submit: () => Promise.resolve(timestamp),
    lookUp: () => Promise.resolve({ kind: 'unknown' }),
    timestampOf: () => Promise.resolve({ kind: 'found', timestamp }),
  };
}

describe('asking', () => {
  it('only adds: every attestation is still there, and the file can be written', async () => {
    await fc.assert(
      fc.asyncProperty(proofArbitrary, timestampArbitrary(3), async (drawn, answer) => {
        const before = normal(drawn);
        const asked = await askCalendars(before, [calendarSaying(answer)], never);
        expect(words(evaluate(asked.proof))).toEqual(
          expect.arrayContaining([...words(evaluate(before))]),
        );
        expect(encodeProof(asked.proof).length).toBeLessThanOrEqual(65_536);
        if (openQuestions(before).length === 0) expect(isSameProof(asked.proof, before)).toBe(true);
      }),
      settings,
    );
  });

  it('takes no answer that names blocks by the dozen', async () => {
    const blocks: Attestation[] = [1, 2, 3, 4, 5].map((height) => ({ kind: 'bitcoin', height }));
    const before: DetachedProof = {
      hashOperation: 'sha256',
      digest: new Uint8Array(32),
      timestamp: { attestations: [{ kind: 'pending', uri: 'a' }], branches: [] },
    };
    const ask = (attestations: readonly Attestation[]) =>
      askCalendars(before, [calendarSaying({ attestations, branches: [] })], never);
    const refused = await ask(blocks);
    expect(refused.proof).toBe(before);
    expect(refused.failures).toMatchObject([{ code: 'rail_answer_unusable' }]);
    expect(openQuestions((await ask(blocks.slice(1))).proof)).toEqual([]);
  });
});

describe('headers', () => {
  const root = new Uint8Array(32).fill(3);

  it('take out exactly the blocks that they contradict', async () => {
    await fc.assert(
      fc.asyncProperty(proofArbitrary, fc.nat(), async (drawn, salt) => {
        const before = normal(drawn);
        const attested = evaluate(before);
        const roots: Record<string, string> = {};
        for (const [index, { message, attestation }] of attested.entries()) {
          if (attestation.kind !== 'bitcoin') continue;
          const choice = (salt + index) % 3;
          if (choice === 0) roots[attestation.height] = rootToDisplay(root);
          if (choice === 1 && message.length === 32) {
            roots[attestation.height] = rootToDisplay(message);
          }
        }
        const checked = await checkBlocks(before, fixedBlockHeaders(roots), never);
        const kept = attested.filter((one) =>
          verifyBitcoin([one], roots).every(({ kind }) => kind !== 'other_root'),
        );
        const expected = kept.length === 0 ? attested : kept;
        expect(words(evaluate(checked.proof)).toSorted()).toEqual(words(expected).toSorted());
        expect(checked.height !== undefined).toBe(
          verifyBitcoin(attested, roots).some(({ kind }) => kind === 'matches'),
        );
      }),
      settings,
    );
  });

  it('that are away are not asked for every height', async () => {
    const attestations: Attestation[] = [1, 2, 3].map((height) => ({ kind: 'bitcoin', height }));
    const proof: DetachedProof = {
      hashOperation: 'sha256',
      digest: root,
      timestamp: { attestations, branches: [] },
    };
    let asked = 0;
    const failing = (code: 'rail_timeout' | 'rail_answer_unusable'): BlockHeaders => ({
      merkleRootAt() {
        asked += 1;
        return Promise.reject(new RailError({ code, shortMessage: '', outcome: 'not_applied' }));
      },
    });
    const { failure, proof: left } = await checkBlocks(proof, failing('rail_timeout'), never);
    expect(failure).toMatchObject({ code: 'rail_timeout' });
    expect(left).toBe(proof);
    expect(asked).toBe(1);
    await checkBlocks(proof, failing('rail_answer_unusable'), never);
    expect(asked).toBe(4);
  });
});
