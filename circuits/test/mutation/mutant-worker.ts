// Judges mutants in a process of its own: a compiler that does not end, or ends the process, is then only
// one more way to find a mutant. Started by mutant-pool.ts.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CIRCUITS_DIRECTORY } from '@atomicity/prover/artifacts/circuit-paths';
import { type Behaviour, behaviourOf, judge, type Probe, probesOf, type Verdict } from './judge.ts';
import { applyMutant, type Mutant, mutantsOf } from './mutants.ts';
import type { Instance, Subject } from './subject.ts';
import { SUBJECTS } from './subjects.ts';

export type WorkerRequest = { readonly file: string; readonly index: number };
export type WorkerAnswer = WorkerRequest & { readonly verdict: Verdict };

type Baseline = {
  readonly instance: Instance;
  readonly original: Behaviour;
  readonly probes: readonly Probe[];
};

type Known = {
  readonly subject: Subject;
  readonly source: string;
  readonly mutants: readonly Mutant[];
  readonly baselines: readonly Baseline[];
};

const directory = mkdtempSync(join(tmpdir(), 'atomicity-mutants-'));
cpSync(join(CIRCUITS_DIRECTORY, 'src'), join(directory, 'src'), { recursive: true });
process.on('exit', () => {
  rmSync(directory, { recursive: true, force: true });
});
const known = new Map<string, Known>();

function load(file: string): Known {
  const subject = SUBJECTS.find((each) => each.file === file);
  if (subject === undefined) throw new Error(`no subject for ${file}`);
  const source = readFileSync(join(directory, 'src', `${file}.circom`), 'utf8');
  const baselines = subject.instances.map((instance) => {
    const original = behaviourOf(directory, file, instance);
    if (original === undefined) throw new Error(`${instance.component} does not compile`);
    return { instance, original, probes: probesOf(original, instance) };
  });
  return { subject, source, mutants: mutantsOf(source), baselines };
}

function verdictOn({ subject, baselines }: Known): Verdict {
  let isSame = true;
  for (const { instance, original, probes } of baselines) {
    const mutant = behaviourOf(directory, subject.file, instance);
    const verdict = judge(original, mutant, probes);
    if (verdict.kind === 'survived') isSame = false;
    else if (verdict.kind !== 'same-constraints') return verdict;
  }
  for (const component of subject.refused ?? []) {
    const instance = { component, honest: [], forged: [] };
    if (behaviourOf(directory, subject.file, instance) !== undefined) {
      return { kind: 'compiles-out-of-range', detail: component };
    }
  }
  return { kind: isSame ? 'same-constraints' : 'survived' };
}

process.on('message', ({ file, index }: WorkerRequest) => {
  let of = known.get(file);
  if (of === undefined) {
    of = load(file);
    known.set(file, of);
  }
  const mutant = of.mutants[index];
  if (mutant === undefined) throw new Error(`${file} has no mutant ${index}`);
  const path = join(directory, 'src', `${file}.circom`);
  writeFileSync(path, applyMutant(of.source, mutant));
  try {
    const answer: WorkerAnswer = { file, index, verdict: verdictOn(of) };
    process.send?.(answer);
  } finally {
    writeFileSync(path, of.source);
  }
});
process.on('disconnect', () => process.exit(0));
