// Goal: a disclosed note, total or proof holds, fails or is not shown as the bundle and the trust file have
// it, with its exit code. Method: files in memory; proofs by a setup whose trapdoor is known, so that the
// real verifier runs.
import { fieldToHex } from '@atomicity/kernel/codec/field';
import { hashField } from '@atomicity/kernel/codec/field-encodings';
import { type Disclosure, encodeDisclosure } from '@atomicity/kernel/disclosure/disclosure-file';
import { discloseNote } from '@atomicity/kernel/disclosure/note-opening';
import { claimText, type ProofDisclosure } from '@atomicity/kernel/disclosure/proof-disclosure';
import { amount } from '@atomicity/kernel/units/amount';
import { beforeAll, describe, expect, it } from 'vitest';
import { type FleetWorld, fleetWorld } from '../testing/fleet-world.ts';
import { type ForgedSetup, forgedSetup } from '../testing/forged-setup.ts';
import { notesOf } from '../testing/period-records.ts';
import { runAudit } from './run-audit.ts';
import { DISCLOSURE_USAGE } from './run-disclosure.ts';

const two = forgedSetup('bounds', 2);
const three = forgedSetup('claims', 3);
const window = forgedSetup('window', 3);
const unnamed = forgedSetup('unnamed', 3);
let world: FleetWorld;
const files = new Map<string, string>();

const attestationOf = (index: number) => {
  const event = world.book.events.find(
    ({ type, data }) => type === 'PeriodAttested' && data.periodIndex === index,
  );
  if (event?.type !== 'PeriodAttested') throw new Error('not attested');
  return event.data;
};

const placeOf = (periodIndex: number) => ({
  origin: world.source().origin,
  budget: world.budget,
  period: world.period(periodIndex),
  periodIndex,
});

function noteDisclosure(index: number): Disclosure {
  const notes = notesOf(world, 0);
  const note = notes[index];
  if (note === undefined) throw new Error('no note');
  const made = discloseNote({ ...placeOf(0), tier: 16 }, notes, index, note);
  if (made.kind === 'refused') throw new Error(made.refusal.reason);
  return made.disclosure;
}

function summaryDisclosure(index: number): Extract<Disclosure, { kind: 'summary' }> {
  const summary = world.openings.get(index);
  if (summary === undefined) throw new Error('no opening');
  return { v: 1, kind: 'summary', ...placeOf(index), summary };
}

function proofDisclosure(
  circuit: ProofDisclosure['circuit'],
  publicSignals: ProofDisclosure['publicSignals'],
  setup: ForgedSetup,
): ProofDisclosure {
  return {
    v: 1,
    kind: 'proof',
    ...placeOf(0),
    circuit,
    publicSignals,
    proof: setup.prove(publicSignals),
    verificationKeyHash: setup.hash,
    verificationKey: setup.key,
    claim: claimText({ circuit, publicSignals, periodIndex: 0 }),
  };
}

beforeAll(async () => {
  world = await fleetWorld();
  files.set('full', await world.bundle('full'));
  files.set('sealed', await world.bundle('sealed'));
  const keys = (ceremony: string) => [
    { hash: world.setup.hash, ceremony: 'production' },
    { hash: two.hash, ceremony, circuit: 'spent-at-most' },
    { hash: three.hash, ceremony, circuit: 'remaining-at-least' },
    { hash: window.hash, ceremony, circuit: 'claim-window-16' },
    { hash: unnamed.hash, ceremony },
  ];
  files.set('trust', world.trustFile({ verificationKeys: keys('production') }));
  files.set('development', world.trustFile({ verificationKeys: keys('development') }));
  files.set('no ceremony', world.trustFile({ verificationKeys: [] }));
  const add = (name: string, disclosure: Disclosure) =>
    files.set(name, encodeDisclosure(disclosure));

  const [leaves, , summary, policy] = attestationOf(0).publicSignals;
  const note = noteDisclosure(0);
  add('note', note);
  if (note.kind === 'note' && note.note.kind === 'single') {
    add('another spend', { ...note, note: { ...note.note, spend: amount(12n) } });
  }
  add('totals', summaryDisclosure(0));
  add('the totals of another period', { ...summaryDisclosure(1), ...placeOf(0) });
  const spent = proofDisclosure('spent-at-most', [summary, fieldToHex(100n)], two);
  add('spent', spent);
  add('a forged proof', { ...spent, proof: two.prove([summary, fieldToHex(99n)]) });
  add('under another key', { ...spent, verificationKey: forgedSetup('other', 2).key });
  add('a key of six signals', {
    ...spent,
    verificationKey: world.setup.key,
    verificationKeyHash: world.setup.hash,
  });
  const floor = fieldToHex(5n);
  add('remaining', proofDisclosure('remaining-at-least', [summary, policy, floor], three));
  const period = fieldToHex(hashField(world.period(0)));
  add('claim', proofDisclosure('claim-window-16', [leaves, policy, period], window));
  // The circuits of the claims have the same signals: a proof of one must not pass for the other.
  add(
    'one claim as another',
    proofDisclosure('claim-aggregate-16', [leaves, policy, period], window),
  );
  add(
    'of an unnamed circuit',
    proofDisclosure('claim-window-16', [leaves, policy, period], unnamed),
  );
  add('another log', { ...note, origin: 'log.example/other' });
  files.set('broken', '{}');
});

async function run(...argv: readonly string[]) {
  const written = { stdout: '', stderr: '' };
  const exit = await runAudit(['disclosure', ...argv], {
    async *read(path) {
      const text = files.get(path);
      if (text === undefined) {
        throw Object.assign(new Error(`no such file: ${path}`), {
          code: 'ENOENT',
          syscall: 'open',
        });
      }
      yield Buffer.from(text);
    },
    stdout: (text) => {
      written.stdout += text;
    },
    stderr: (text) => {
      written.stderr += text;
    },
    interactive: false,
  });
  return { exit, ...written };
}

const report = async (file: string, trust = 'trust', bundle = 'sealed') => {
  const { exit, stdout } = await run(file, '--bundle', bundle, '--trust', trust, '--json');
  const { verdict, reason, contents } = JSON.parse(stdout);
  return { exit, verdict, reason, contents };
};

describe('what a true disclosure shows', () => {
  it.each([
    ['note', 'note 0 is as it was opened, and counted in the attestation'],
    ['totals', 'these are the totals that the attestation hides'],
    ['spent', 'the budget spent at most 100 units up to the end of period 0'],
    ['remaining', 'the budget had at least 5 units left at the end of period 0'],
    ['claim', 'every note of the period lies in the window of the budget'],
  ])('%s: holds, by a sealed bundle', async (file, reason) => {
    expect(await report(file)).toMatchObject({ exit: 0, verdict: 'holds', reason });
  });

  it('the note’s own fields are printed, by a full bundle too', async () => {
    const { contents } = await report('note', 'trust', 'full');
    expect(contents[0]).toBe('spend 11');
    const { stdout } = await run('note', '--bundle', 'full', '--trust', 'trust');
    expect(stdout).toContain('  spend 11\n');
    expect(
      stdout.endsWith('holds: note 0 is as it was opened, and counted in the attestation\n'),
    ).toBe(true);
  });
});

describe('what a false disclosure gets', () => {
  it.each([
    ['another spend', 'commitment_mismatch at /note'],
    ['the totals of another period', 'summary_mismatch at /summary'],
    ['a forged proof', 'the proof is invalid'],
    ['under another key', 'the verification key is malformed or has another hash'],
    ['a key of six signals', 'the verification key is malformed or has another hash'],
    ['another log', 'origin_mismatch at /origin'],
  ])('%s: fails', async (file, reason) => {
    const judged = await report(file);
    expect(judged).toMatchObject({ exit: 1, verdict: 'fails' });
    expect(judged.reason).toContain(reason);
  });
});

describe('what rests on keys that the trust file does not list', () => {
  it.each([
    ['one claim as another', 'the trust file lists it for claim-window-16'],
    ['of an unnamed circuit', 'the trust file does not say of which circuit it is'],
  ])('is not shown: a proof %s', async (file, reason) => {
    const judged = await report(file);
    expect(judged).toMatchObject({ exit: 1, verdict: 'not shown' });
    expect(judged.reason).toContain(reason);
  });

  it('a proof under a development key is never shown', async () => {
    const judged = await report('spent', 'development');
    expect(judged).toMatchObject({ exit: 1, verdict: 'not shown' });
    expect(judged.reason).toContain('a development key');
  });

  it('totals rest on the spend proof; a note rests on the log and its signatures', async () => {
    const totals = await report('totals', 'no ceremony');
    expect(totals).toMatchObject({ exit: 1, verdict: 'not shown' });
    expect(totals.reason).toContain('rests on spend-proof');
    expect(await report('note', 'no ceremony')).toMatchObject({ exit: 0, verdict: 'holds' });
  });
});

describe('the command', () => {
  const all = ['note', '--bundle', 'sealed', '--trust', 'trust'];
  it.each<[string, readonly string[], string]>([
    ['no file', [], 'which disclosure?'],
    ['no bundle', ['note', '--trust', 'trust'], '--bundle BUNDLE is needed'],
    ['no trust file', ['note', '--bundle', 'sealed'], '--trust FILE is needed'],
    ['a second file', [...all, 'totals'], 'a second FILE: totals'],
    ['an option without its value', ['note', '--bundle'], '--bundle needs a value'],
    ['an unknown option', [...all, '--quiet'], 'unknown option: --quiet'],
    ['an absent file', ['absent', ...all.slice(1)], 'unusable file: no such file: absent'],
    ['a file that is no disclosure', ['broken', ...all.slice(1)], 'disclosure_malformed'],
    [
      'a bundle that is none',
      ['note', '--bundle', 'broken', '--trust', 'trust'],
      'unusable bundle',
    ],
    ['a trust file that is none', ['note', '--bundle', 'full', '--trust', 'broken'], 'trust_file'],
  ])('is unusable with %s', async (_, argv, said) => {
    const { exit, stdout, stderr } = await run(...argv);
    expect({ exit, stdout }).toEqual({ exit: 2, stdout: '' });
    expect(stderr).toContain(said);
  });

  it('explains itself', async () => {
    expect(await run('--help')).toEqual({ exit: 0, stdout: DISCLOSURE_USAGE, stderr: '' });
  });
});
