// One mutant against everything that is known about its template.
import { fileURLToPath } from 'node:url';
import { inverse, reduce } from '@atomicity/prover/ceremony/field-arithmetic';
import { readR1cs } from '@atomicity/prover/ceremony/r1cs-file';
import {
  type Constraint,
  type ConstraintSystem,
  constraintSystem,
  isSatisfied,
  type LinearForm,
  SYSTEM_ONE,
  signalNames,
} from '../determinacy/constraint-system.ts';
import { determinacy } from '../determinacy/determinacy.ts';
import { type Inputs, witnessProgram } from '../witness-program.ts';
import { compileComponent } from './circom-compiler.ts';
import { perturbed } from './perturbations.ts';
import type { Instance } from './subject.ts';

export const MODEL_LIBRARY = fileURLToPath(new URL('model-library', import.meta.url));

const PERTURBATIONS = 400;
const PERTURBATION_SEED = 20_261_121;

/** How a mutant was found, or why it needs not be. */
export type Verdict =
  | { readonly kind: 'does-not-compile' }
  | { readonly kind: 'compiles-out-of-range'; readonly detail: string }
  | { readonly kind: 'undetermined'; readonly detail: string }
  | { readonly kind: 'unused-public-signal'; readonly detail: string }
  | { readonly kind: 'honest-refused'; readonly detail: string }
  | { readonly kind: 'other-outputs'; readonly detail: string }
  | { readonly kind: 'forged-accepted'; readonly detail: string }
  | { readonly kind: 'other-interface'; readonly detail: string }
  | { readonly kind: 'same-constraints' }
  | { readonly kind: 'survived' };

export type Probe = {
  readonly name: string;
  readonly inputs: Inputs;
  /** The outputs of the circuit, or undefined where it refuses. */
  readonly outputs: readonly bigint[] | undefined;
};

/** A compiled instance: what it does to inputs, and which signals it leaves open. */
export type Behaviour = {
  readonly system: ConstraintSystem;
  readonly undetermined: readonly string[];
  /** Public signals that no constraint of the simplified circuit has; looked for if any is an input. */
  readonly unusedPublic: readonly number[];
  /** @throws Error if the inputs are not those of the circuit. */
  readonly outputs: (inputs: Inputs) => readonly bigint[] | undefined;
};

/** Public signals that occur in no constraint: in a finished proof they could be replaced. */
export function unusedPublicSignals(bytes: Uint8Array): readonly number[] {
  const r1cs = readR1cs(bytes);
  const used = new Set<number>();
  r1cs.forEachTerm((_, __, signal) => used.add(signal));
  return Array.from({ length: r1cs.publicCount }, (_, i) => i + 1).filter((s) => !used.has(s));
}

/** Compiles an instance from a folder with src/; undefined if the compiler refuses it. */
export function behaviourOf(
  directory: string,
  file: string,
  instance: Instance,
): Behaviour | undefined {
  const { component, publicInputs = [], booleanInputs = [] } = instance;
  const library = instance.isRealHash ? {} : { libraryOverride: MODEL_LIBRARY };
  const compiled = compileComponent({ directory, file, component, publicInputs, ...library });
  if (compiled.kind === 'refused') return undefined;
  const system = constraintSystem(compiled.r1cs);
  const names = signalNames(compiled.symbols);
  const booleans = [...names].flatMap(([s, name]) => {
    return booleanInputs.includes(name.replace(/\[.*/, '')) ? [s] : [];
  });
  const program = witnessProgram(compiled.wasm);
  const simplified =
    publicInputs.length > 0
      ? compileComponent({
          directory,
          file,
          component,
          publicInputs,
          isSimplified: true,
          ...library,
        })
      : undefined;
  return {
    system,
    unusedPublic: simplified?.kind === 'compiled' ? unusedPublicSignals(simplified.r1cs) : [],
    undetermined: determinacy(system, booleans).undetermined.map((s) => names.get(s) ?? `#${s}`),
    outputs: (inputs) => {
      const witness = program.run(inputs);
      return isSatisfied(system, witness) ? witness.slice(1, 1 + system.outputCount) : undefined;
    },
  };
}

/**
 * What the unchanged circuit does with the true, the false and the perturbed inputs.
 * @throws Error if it refuses a true input or accepts a false one: the corpus is wrong then, or the circuit.
 */
export function probesOf(original: Behaviour, instance: Instance): readonly Probe[] {
  const { component, honest, forged, perturbations = PERTURBATIONS } = instance;
  const probe = (name: string, inputs: Inputs): Probe => ({
    name,
    inputs,
    outputs: original.outputs(inputs),
  });
  const probes = [
    ...honest.map((inputs, i) => probe(`true inputs ${i}`, inputs)),
    ...forged.map(([reason, inputs]) => probe(reason, inputs)),
    ...perturbed(honest, instance.booleanInputs ?? [], perturbations, PERTURBATION_SEED).map(
      (inputs, i) => probe(`perturbed inputs ${i}`, inputs),
    ),
  ];
  if (original.unusedPublic.length > 0) throw new Error(`${component} has unused public signals`);
  probes.forEach(({ name, outputs }, i) => {
    if (i < honest.length && outputs === undefined) throw new Error(`${component} refuses ${name}`);
    const isForged = i >= honest.length && i < honest.length + forged.length;
    if (isForged && outputs !== undefined) throw new Error(`${component} accepts ${name}`);
  });
  return probes;
}

function scaled(form: LinearForm, scale: bigint): string {
  return [...form]
    .sort(([a], [b]) => a - b)
    .map(([signal, value]) => `${signal}:${reduce(value * scale)}`)
    .join();
}

function leading(form: LinearForm): bigint {
  const [first] = [...form].sort(([a], [b]) => a - b);
  return first === undefined ? 1n : first[1];
}

/** A constraint written so that equal texts mean the same equation: factors and sides in one order. */
function canonical({ A, B, C }: Constraint): string {
  if (A.size === 0 || B.size === 0) return `0=${scaled(C, inverse(leading(C)))}`;
  const constant = [A, B].find((form) => form.size === 1 && form.has(SYSTEM_ONE));
  if (constant !== undefined) {
    const other = constant === A ? B : A;
    const form = new Map<number, bigint>();
    for (const [s, value] of other) form.set(s, reduce(value * (constant.get(SYSTEM_ONE) ?? 0n)));
    for (const [s, value] of C) form.set(s, reduce((form.get(s) ?? 0n) - value));
    const rest = new Map([...form].filter(([, value]) => value !== 0n));
    return `0=${scaled(rest, inverse(leading(rest)))}`;
  }
  const [a, b] = [inverse(leading(A)), inverse(leading(B))];
  const factors = [scaled(A, a), scaled(B, b)].sort();
  return `${factors.join('*')}=${scaled(C, reduce(a * b))}`;
}

function isSameSystem(a: ConstraintSystem, b: ConstraintSystem): boolean {
  if (a.signalCount !== b.signalCount || a.constraints.length !== b.constraints.length)
    return false;
  const [one, two] = [a, b].map((system) => system.constraints.map(canonical).sort());
  return one?.every((text, i) => text === two?.[i]) ?? false;
}

/** Compares a mutant of an instance with the unchanged one. */
export function judge(
  original: Behaviour,
  mutant: Behaviour | undefined,
  probes: readonly Probe[],
): Verdict {
  if (mutant === undefined) return { kind: 'does-not-compile' };
  const open = mutant.undetermined.find((name) => !original.undetermined.includes(name));
  if (open !== undefined) return { kind: 'undetermined', detail: open };
  const [unused] = mutant.unusedPublic;
  if (unused !== undefined) return { kind: 'unused-public-signal', detail: `signal ${unused}` };
  for (const { name, inputs, outputs } of probes) {
    let found: readonly bigint[] | undefined;
    try {
      found = mutant.outputs(inputs);
    } catch (error) {
      return { kind: 'other-interface', detail: error instanceof Error ? error.message : name };
    }
    if (outputs === undefined && found !== undefined)
      return { kind: 'forged-accepted', detail: name };
    if (outputs !== undefined && found === undefined)
      return { kind: 'honest-refused', detail: name };
    if (outputs?.join() !== found?.join()) return { kind: 'other-outputs', detail: name };
  }
  return { kind: isSameSystem(original.system, mutant.system) ? 'same-constraints' : 'survived' };
}
