// `npm run bench -- [name …] [--json]`: runs the benchmarks one after another, each in a process of its own.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('.', import.meta.url));
// Files beside these are parts of them.
const NAMES =
  /^(audit|blobs|compile-levels|event-log|fleet|hops|ingest|lightning|network|opentimestamps|postgres|prover|start|state-diff)\.ts$/;
const all = readdirSync(folder)
  .filter((file) => file.endsWith('.ts') && NAMES.test(file))
  .map((file) => file.slice(0, -'.ts'.length));

const names = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const options = process.argv.slice(2).filter((argument) => argument.startsWith('--'));
const unknown = names.find((name) => !all.includes(name));
if (unknown !== undefined) {
  process.stderr.write(`No benchmark "${unknown}". There are: ${all.join(', ')}\n`);
  process.exit(2);
}
for (const name of names.length > 0 ? names : all) {
  process.stdout.write(`\n${name}\n`);
  const { status } = spawnSync(
    process.execPath,
    ['--conditions=source', `${folder}${name}.ts`, ...options],
    {
      stdio: 'inherit',
    },
  );
  if (status !== 0) process.exit(status ?? 1);
}
