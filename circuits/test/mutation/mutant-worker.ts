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
  readonly original: Behaviour;
  readonly probes: readonly Probe[];
};

type Known = {
  readonly subject: Subject;
  readonly source: string;
  readonly mutants: readonly Mutant[];
  /** By instance; learnt when a mutant first comes that far. */
  readonly baselines: Map<Instance, Baseline>;
};

const directory = mkdtempSync(join(tmpdir(), 'atomicity-mutants-'));
cpSync(join(CIRCUITS_DIRECTORY, 'src'), join(directory, 'src'), { recursive: true });
process.on('exit', () => {
  rmSync(directory, { recursive: true, force: true });
});
const known = new Map<string, Known>();

const sourcePath = (file: string): string => join(directory, 'src', `${file}.circom`);

function load(file: string): Known {
  const subject = SUBJECTS.find((each) => each.file === file);
  if (subject === undefined) throw new Error(`no subject for ${file}`);
  const source = readFileSync(sourcePath(file), 'utf8');
  return { subject, source, mutants: mutantsOf(source), baselines: new Map() };
}

/** What the unchanged circuit does; its source is put back for as long as that takes. */
function baselineOf({ subject: { file }, source, baselines }: Known, instance: Instance): Baseline {
  const known = baselines.get(instance);
  if (known !== undefined) return known;
  const path = sourcePath(file);
  const mutated = readFileSync(path);
  writeFileSync(path, source);
  const original = behaviourOf(directory, file, instance);
  writeFileSync(path, mutated);
  if (original === undefined) throw new Error(`${instance.component} does not compile`);
  const baseline = { original, probes: probesOf(original, instance) };
  baselines.set(instance, baseline);
  return baseline;
}

function verdictOn(of: Known): Verdict {
  const { subject } = of;
  let isSame = true;
  for (const instance of subject.instances) {
    const { original, probes } = baselineOf(of, instance);
    const verdict = judge(original, behaviourOf(directory, subject.file, instance), probes);
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
  const path = sourcePath(file);
  writeFileSync(path, applyMutant(of.source, mutant));
  try {
    const answer: WorkerAnswer = { file, index, verdict: verdictOn(of) };
    process.send?.(answer);
  } finally {
    writeFileSync(path, of.source);
  }
});
process.on('disconnect', () => process.exit(0));
