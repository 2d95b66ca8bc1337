// `npm run test:mutants [-- --file NAME …] [--processes N] [--json FILE]`: every mutant of every template. Ends with
// an error if a mutant survives that is not listed as equivalent, or one that is listed does not survive.
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { CIRCUITS_DIRECTORY } from '@atomicity/prover/artifacts/circuit-paths';
import { findings } from './findings.ts';
import { judgeAll, type Outcome } from './mutant-pool.ts';
import { type Mutant, mutantsOf } from './mutants.ts';
import { mutationTable } from './mutation-table.ts';
import { MUTATED_FILES, SUBJECTS } from './subjects.ts';

const { values: options } = parseArgs({
  options: {
    file: { type: 'string', multiple: true },
    processes: { type: 'string' },
    json: { type: 'string' },
  },
});
const processes = Number(options.processes ?? availableParallelism());
const asked = options.file ?? MUTATED_FILES;
const missing = asked.filter((file) => !SUBJECTS.some((subject) => subject.file === file));
if (missing.length > 0)
  throw new Error(`no subject for ${missing.join(', ')}: add it to subjects/`);

const mutants = new Map<string, readonly Mutant[]>(
  asked.map((file) => [
    file,
    mutantsOf(readFileSync(join(CIRCUITS_DIRECTORY, 'src', `${file}.circom`), 'utf8')),
  ]),
);
const requests = asked.flatMap((file) =>
  (mutants.get(file) ?? []).map((_, index) => ({ file, index })),
);

const startedMs = performance.now();
let done = 0;
const outcomes = await judgeAll(requests, processes, ({ file, index, verdict }: Outcome) => {
  done++;
  if (verdict.kind === 'survived') {
    process.stderr.write(`survived: ${file}: ${mutants.get(file)?.[index]?.id}\n`);
  }
  if (done % 50 === 0 || done === requests.length) {
    const seconds = ((performance.now() - startedMs) / 1_000).toFixed(0);
    process.stderr.write(`${done}/${requests.length} mutants, ${seconds} s, at ${file}\n`);
  }
});
const judged = outcomes.map(({ file, index, verdict }) => {
  const mutant = mutants.get(file)?.[index];
  if (mutant === undefined) throw new Error(`no mutant ${index} of ${file}`);
  return { file, mutant, verdict };
});

console.log(mutationTable(judged));
const { survivors, stale } = findings(judged, true);
for (const { file, mutant } of survivors) {
  console.log(`SURVIVED ${file}.circom:${mutant.line} (${mutant.operator})\n  ${mutant.id}`);
}
for (const { file, id, found } of stale) {
  console.log(`LISTED AS EQUIVALENT, BUT ${found} ${file}.circom\n  ${id}`);
}
if (options.json !== undefined) {
  const rows = judged.map(({ file, mutant: { id, line, operator, template }, verdict }) => ({
    file,
    line,
    template,
    operator,
    id,
    verdict,
  }));
  writeFileSync(options.json, `${JSON.stringify(rows, null, 1)}\n`);
}
process.exitCode = survivors.length + stale.length > 0 ? 1 : 0;
