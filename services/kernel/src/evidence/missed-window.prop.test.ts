// Goal: evidence names hops that lied or were away, and nobody else. Method: the model of one part
// with clocks hours apart, late and lost messages, crashes and liars, whose ground truth is known;
// any subset of what was signed, in any order.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LIES, type Lie, type ModelRun, type Plan, runModel } from '../testing/hop-model.ts';
import type { VerifiedObject } from '../wire/verified.ts';
import { describeVerdict } from './describe-verdict.ts';
import { PRESENCE_TOLERANCE_MS } from './faults.ts';
import { type MissedWindowVerdict, nameMissedWindow } from './missed-window.ts';

const HOURS = 3_600_000;

const crash = fc.option(
  fc
    .record({
      from: fc.integer({ min: 1, max: 60_000 }),
      lasts: fc.integer({ min: 1, max: 120_000 }),
    })
    .map(({ from, lasts }) => ({ from, to: from + lasts })),
  { freq: 3 },
);
const party = (lies: readonly (Lie | 'none')[]) =>
  fc.record({
    offsetMs: fc.integer({ min: -8 * HOURS, max: 8 * HOURS }),
    marginMs: fc.integer({ min: 0, max: 3_000 }),
    lie: fc.constantFrom<Lie | 'none'>(...lies),
    crash,
  });
const fate = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 90 }) },
  { weight: 1, arbitrary: fc.integer({ min: 100, max: 20_000 }) },
  { weight: 1, arbitrary: fc.constant('lost' as const) },
);
const plan = (lies: readonly (Lie | 'none')[]): fc.Arbitrary<Plan> =>
  fc.record({
    parties: fc.array(party(lies), { minLength: 2, maxLength: 5 }),
    ttlMs: fc.integer({ min: 100, max: 60_000 }),
    fates: fc.array(fate, { minLength: 1, maxLength: 24 }),
  });
/** Most parties are honest, or no lie would get far. */
const anybody = plan([
  ...LIES,
  ...LIES.map(() => 'none' as const),
  ...LIES.map(() => 'none' as const),
]);
const honest = plan(['none']);

function verdictOf(run: ModelRun, objects: readonly VerifiedObject[] = run.signed) {
  return nameMissedWindow({ intent: run.intent.id, part: run.part, objects });
}

const indexOf = (run: ModelRun, hop: string) => run.parties.findIndex(({ id }) => id === hop);

/** The named hops, each with whether it deserves it. */
function judged(run: ModelRun, verdict: MissedWindowVerdict) {
  if (verdict.kind !== 'named') return [];
  return verdict.named.map(({ hop, fault }) => {
    const who = indexOf(run, hop);
    const away = fault === 'absent_at_deadline' || fault === 'window_let_pass';
    return { hop: who, fault, deserved: run.lied.has(who) || (away && run.absent.has(who)) };
  });
}

const subsetOf = (run: ModelRun, picks: readonly number[]) =>
  picks.flatMap((pick) => run.signed[pick % run.signed.length] ?? []);

describe('Whitepaper §7, attributable failure: a named hop', () => {
  it('lied or was away when its window ended, whoever shows what', () => {
    fc.assert(
      fc.property(anybody, fc.array(fc.nat(), { maxLength: 40 }), (drawn, picks) => {
        const run = runModel(drawn);
        for (const objects of [run.signed, subsetOf(run, picks)]) {
          const verdict = verdictOf(run, objects);
          expect(judged(run, verdict).filter(({ deserved }) => !deserved)).toEqual([]);
          expect(describeVerdict(verdict).length).toBeGreaterThan(0);
        }
      }),
      { numRuns: 600 },
    );
  });

  it('stays named whatever else is shown, in any order', () => {
    fc.assert(
      fc.property(anybody, fc.array(fc.nat(), { maxLength: 40 }), (drawn, picks) => {
        const run = runModel(drawn);
        const [some, all] = [verdictOf(run, subsetOf(run, picks)), verdictOf(run)];
        const keys = (verdict: MissedWindowVerdict) =>
          judged(run, verdict).map(({ hop, fault }) => `${hop} ${fault}`);
        expect(keys(all)).toEqual(expect.arrayContaining(keys(some)));
        expect(verdictOf(run, [...run.signed].reverse())).toEqual(all);
        expect(verdictOf(run, [...run.signed, ...run.signed])).toEqual(all);
      }),
      { numRuns: 300 },
    );
  });
});

describe('where nobody lies', () => {
  it('two ends are named together only if one was away or their link failed', () => {
    fc.assert(
      fc.property(honest, (drawn) => {
        const run = runModel(drawn);
        const verdict = verdictOf(run);
        expect(judged(run, verdict).filter(({ deserved }) => !deserved)).toEqual([]);
        if (verdict.kind !== 'between') return;
        const [payer, payee] = verdict.hops.map((hop) => indexOf(run, hop));
        const down = [payer, payee].some((who) => who !== undefined && drawn.parties[who]?.crash);
        expect(down || run.troubled.has(payer ?? -1)).toBe(true);
      }),
      { numRuns: 400 },
    );
  });

  it('a part that is paid is finalized, and one that is not never is', () => {
    fc.assert(
      fc.property(honest, (drawn) => {
        const run = runModel(drawn);
        const verdict = verdictOf(run);
        if (run.paid) expect(verdict.kind).toBe('finalized');
        else expect(verdict.kind).not.toBe('finalized');
      }),
      { numRuns: 400 },
    );
  });

  it('with time, prompt messages and nobody away, every part is paid', () => {
    fc.assert(
      fc.property(honest, (drawn) => {
        const parties = drawn.parties.map((one) => ({ ...one, crash: null, marginMs: 1_000 }));
        const run = runModel({ parties, ttlMs: 30_000, fates: drawn.fates.map(() => 20) });
        expect(verdictOf(run)).toMatchObject({ kind: 'finalized', amount: 100n });
      }),
      { numRuns: 100 },
    );
  });
});

/** Runs of one lie by one party of four, all else well: in how many is exactly the liar named? */
function sharePerLie(lie: Lie, who: number, runs: number): number {
  const drawn = fc.sample(honest, { seed: 7, numRuns: runs });
  const named = drawn.filter(({ parties: [first] }) => {
    const parties = [0, 1, 2, 3].map((i) => ({
      offsetMs: (first?.offsetMs ?? 0) * (i - 1),
      marginMs: first?.marginMs ?? 0,
      lie: i === who ? lie : ('none' as const),
      crash: null,
    }));
    const run = runModel({ parties, ttlMs: 60_000, fates: [20, 50] });
    const hops = new Set(judged(run, verdictOf(run)).map(({ hop }) => hop));
    return hops.size === 1 && hops.has(who);
  });
  return named.length / runs;
}

describe('the property is not empty:', () => {
  it.each(
    LIES.filter((lie) => lie !== 'deny').map(
      (lie) => [lie, lie === 'finalize_twice' || lie === 'ignore' ? 3 : 1] as const,
    ),
  )('%s names the liar, and only it, every time', (lie, who) => {
    expect(sharePerLie(lie, who, 10)).toBe(1);
  });

  it('a payer that denies and claims nothing gains nothing, and cannot be told from its link', () => {
    const calm = { offsetMs: 0, marginMs: 1_000, lie: 'none' as const, crash: null };
    const run = runModel({
      parties: [calm, { ...calm, lie: 'deny' }, calm, calm],
      ttlMs: 30_000,
      fates: [20],
    });
    expect([...run.lied]).toEqual([1]);
    expect(verdictOf(run)).toMatchObject({ kind: 'unanswered', asked: 'release' });
  });

  it('over all drawn faults, most runs with a lie or an absence that mattered name somebody', () => {
    const drawn = fc.sample(anybody, { seed: 11, numRuns: 400 });
    const counts = { lied: 0, liarsNamed: 0, away: 0, awayNamed: 0 };
    for (const one of drawn) {
      const run = runModel(one);
      const hops = new Set(judged(run, verdictOf(run)).map(({ hop }) => hop));
      const telling = [...run.lied].filter((who) => one.parties[who]?.lie !== 'deny');
      if (telling.length > 0) counts.lied += 1;
      if (telling.some((who) => hops.has(who))) counts.liarsNamed += 1;
      if (run.lied.size === 0 && run.absent.size > 0) counts.away += 1;
      if (run.lied.size === 0 && hops.size > 0) counts.awayNamed += 1;
    }
    expect(counts.lied).toBeGreaterThan(100);
    expect(counts.liarsNamed / counts.lied).toBeGreaterThan(0.8);
    expect(counts.awayNamed).toBeGreaterThan(5);
    expect(PRESENCE_TOLERANCE_MS).toBe(10_000);
  });
});
