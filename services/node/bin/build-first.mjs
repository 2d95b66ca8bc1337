import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const NODE_MAJOR_MIN = 24;

/** Ends the process unless this is a Node that can run the product and all of it is built. */
export function buildFirst(command) {
  if (Number(process.versions.node.split('.')[0]) < NODE_MAJOR_MIN) {
    process.stderr.write(
      `Atomicity runs on Node ${NODE_MAJOR_MIN}; this is ${process.version}. On Linux and Windows \`npm ci\` ` +
        `brings it: start with \`${command}\`. Elsewhere install Node 24.\n`,
    );
    process.exit(2);
  }
  const root = fileURLToPath(new URL('../../..', import.meta.url));
  const nx = fileURLToPath(new URL('../../../node_modules/nx/dist/bin/nx.js', import.meta.url));
  const arguments_ = [nx, 'run-many', '-t', 'build', '--outputStyle=static'];
  const build = spawnSync(process.execPath, arguments_, { cwd: root, encoding: 'utf8' });
  if (build.status === 0) return;
  process.stderr.write(`The build failed:\n${build.stdout}${build.stderr}\n`);
  process.exit(1);
}
