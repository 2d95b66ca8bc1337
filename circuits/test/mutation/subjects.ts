import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { CIRCUITS_DIRECTORY } from '@atomicity/prover/artifacts/circuit-paths';
import type { Subject } from './subject.ts';
import { CLAIMS } from './subjects/claims.ts';
import { FLEETS } from './subjects/fleets.ts';
import { PERIODS } from './subjects/periods.ts';
import { POLICIES } from './subjects/policies.ts';
import { PRIMITIVES } from './subjects/primitives.ts';
import { SLOTS } from './subjects/slots.ts';

/** Generated, and compared with the kernel by circuits/test/artifacts.test.ts: nothing to mutate. */
const GENERATED = ['tags'];

/** Every template file; one without a subject fails the tests. */
export const MUTATED_FILES: readonly string[] = readdirSync(join(CIRCUITS_DIRECTORY, 'src'))
  .filter((name) => name.endsWith('.circom'))
  .map((name) => name.slice(0, -'.circom'.length))
  .filter((name) => !GENERATED.includes(name))
  .sort();

const ALL: readonly Subject[] = [
  ...PRIMITIVES,
  ...POLICIES,
  ...SLOTS,
  ...PERIODS,
  ...FLEETS,
  ...CLAIMS,
];

export const SUBJECTS: readonly Subject[] = ALL.filter(({ file }) =>
  existsSync(join(CIRCUITS_DIRECTORY, 'src', `${file}.circom`)),
);
