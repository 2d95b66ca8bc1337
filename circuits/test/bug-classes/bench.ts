// A compiled circuit on the bench: any assignment of its signals can be tried, not only what its generator
// makes. That is what a dishonest prover does.
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CIRCUITS_DIRECTORY } from '@atomicity/prover/artifacts/circuit-paths';
import {
  type ConstraintSystem,
  constraintSystem,
  isSatisfied,
  signalNames,
} from '../determinacy/constraint-system.ts';
import { determinacy } from '../determinacy/determinacy.ts';
import { compileComponent } from '../mutation/circom-compiler.ts';
import { MODEL_LIBRARY, unusedPublicSignals } from '../mutation/judge.ts';
import { type Inputs, witnessProgram } from '../witness-program.ts';

const FIXTURES = fileURLToPath(new URL('fixtures', import.meta.url));

export type Bench = {
  readonly system: ConstraintSystem;
  /** Every signal, by name without `main.`. */
  readonly signals: ReadonlyMap<string, number>;
  /** What the generator makes of inputs, true or not. */
  readonly witness: (inputs: Inputs) => readonly bigint[];
  /** True if the constraints hold, after the named signals were given other values. */
  readonly accepts: (inputs: Inputs, overrides?: Readonly<Record<string, bigint>>) => boolean;
  readonly undetermined: readonly string[];
};

export type BenchOptions = {
  readonly file: string;
  readonly component: string;
  readonly publicInputs?: readonly string[];
  /** With circomlib's Poseidon instead of the stand-in. */
  readonly isRealHash?: boolean;
};

/** A folder in which fixtures (`wrong`) or the project's templates (`ours`) are compiled. */
function sourceFolder(from: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'atomicity-bench-'));
  cpSync(from, join(directory, 'src'), { recursive: true });
  process.on('exit', () => {
    rmSync(directory, { recursive: true, force: true });
  });
  return directory;
}

const folders = {
  wrong: sourceFolder(FIXTURES),
  ours: sourceFolder(join(CIRCUITS_DIRECTORY, 'src')),
};

/** Compiles a component. @throws Error if it does not compile. */
export function bench(whose: keyof typeof folders, options: BenchOptions): Bench {
  const compiled = compileComponent({
    ...options,
    directory: folders[whose],
    ...(options.isRealHash ? {} : { libraryOverride: MODEL_LIBRARY }),
  });
  if (compiled.kind === 'refused') throw new Error(`${options.component}: ${compiled.output}`);
  const system = constraintSystem(compiled.r1cs);
  const names = signalNames(compiled.symbols);
  const signals = new Map([...names].map(([signal, name]) => [name, signal]));
  const program = witnessProgram(compiled.wasm);
  return {
    system,
    signals,
    witness: program.run,
    accepts: (inputs, overrides = {}) => {
      const witness = program.run(inputs);
      for (const [name, value] of Object.entries(overrides)) {
        const signal = signals.get(name);
        if (signal === undefined) throw new Error(`${options.component} has no signal ${name}`);
        witness[signal] = value;
      }
      return isSatisfied(system, witness);
    },
    undetermined: determinacy(system).undetermined.map((signal) => names.get(signal) ?? ''),
  };
}

/** True if the compiler takes a component. */
export function compiles(whose: keyof typeof folders, options: BenchOptions): boolean {
  return compileComponent({ ...options, directory: folders[whose] }).kind === 'compiled';
}

/** Public signals that no constraint has once the compiler has simplified, as it does for proving. */
export function unusedPublic(
  whose: keyof typeof folders,
  options: BenchOptions,
): readonly number[] {
  const compiled = compileComponent({
    ...options,
    directory: folders[whose],
    isSimplified: true,
    libraryOverride: MODEL_LIBRARY,
  });
  if (compiled.kind === 'refused') throw new Error(`${options.component}: ${compiled.output}`);
  return unusedPublicSignals(compiled.r1cs);
}
