// `npm run build:prover`: builds the native prover where Rust is present. Nothing else needs it: without it
// the node proves with snarkjs. Exit code 2: there is no Rust here.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('.', import.meta.url));
const suffix = process.platform === 'win32' ? '.exe' : '';
const home = process.env.CARGO_HOME ?? join(homedir(), '.cargo');
const installed = join(home, 'bin', `cargo${suffix}`);
const cargo = existsSync(installed) ? installed : 'cargo';

if (spawnSync(cargo, ['--version'], { stdio: 'ignore' }).status !== 0) {
  process.stderr.write(
    'There is no Rust here (no cargo on the path or in ~/.cargo/bin).\n' +
      'The native prover is optional: without it proofs are made with snarkjs, about five times slower.\n',
  );
  process.exit(2);
}
const built = spawnSync(cargo, ['build', '--release', '--locked'], {
  cwd: folder,
  stdio: 'inherit',
});
if (built.status !== 0) process.exit(built.status ?? 1);
const binary = join(folder, 'target', 'release', `atomicity-prover${suffix}`);
const check = spawnSync(binary, ['self-check'], { stdio: ['ignore', 'inherit', 'inherit'] });
if (check.status !== 0) {
  process.stderr.write(`The native prover does not run here: ${check.signal ?? check.status}\n`);
}
process.exit(check.status ?? 1);
