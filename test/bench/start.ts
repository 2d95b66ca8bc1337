/**
 * Cold and warm start of the main job, as a new user sees them: a fresh clone, `npm ci`, then
 * `npm start -- --exit` twice on one data directory. The control is `npm ci` alone, in the same run.
 * Needs the package registry; everything else of the project does not.
 *
 * Run: node test/bench/start.ts [--json]
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } });
const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'atomicity-start-'));
const clone = join(folder, 'clone');

/** Seconds that a command took; what it printed is dropped. */
function secondsOf(command: string, ...argv: string[]): number {
  const started = performance.now();
  const env = { ...process.env };
  delete env['NX_WORKSPACE_ROOT'];
  execFileSync(command, argv, { cwd: clone, env, stdio: ['ignore', 'ignore', 'inherit'] });
  return (performance.now() - started) / 1000;
}

execFileSync('git', ['clone', '--quiet', root, clone]);
const install = secondsOf('npm', 'ci', '--silent');
const job = [
  'start',
  '--silent',
  '--',
  '--exit',
  '--port',
  '0',
  '--data-dir',
  join(folder, 'data'),
];
const first = secondsOf('npm', ...job);
const second = secondsOf('npm', ...job);
rmSync(folder, { recursive: true });

const figures = {
  machine: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, load ${loadavg()[0]?.toFixed(1)}`,
  installSeconds: install,
  coldSeconds: install + first,
  warmSeconds: second,
};
if (values.json) process.stdout.write(`${JSON.stringify(figures)}\n`);
else {
  process.stdout.write(
    `${figures.machine}\n` +
      `npm ci                    ${install.toFixed(1)} s\n` +
      `npm ci and the first job  ${figures.coldSeconds.toFixed(1)} s\n` +
      `the second job            ${second.toFixed(1)} s\n`,
  );
}
