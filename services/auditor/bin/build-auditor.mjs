// Bundles the auditor into one file that needs nothing but Node 20 or newer.
import { chmod } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const entry = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url));
const outfile = fileURLToPath(new URL('../release/atomicity-audit.mjs', import.meta.url));

const result = await build({
  entryPoints: [entry],
  outfile,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  conditions: ['source'],
  metafile: true,
  legalComments: 'inline',
  banner: { js: '#!/usr/bin/env node' },
  logLevel: 'warning',
});

const allowed = new Set(['node:crypto', 'node:fs']);
const outside = Object.values(result.metafile.outputs)
  .flatMap(({ imports }) => imports)
  .filter(({ path, external }) => external && !allowed.has(path));
if (outside.length > 0) {
  throw new Error(`the auditor would need ${outside.map(({ path }) => path).join(', ')}`);
}
await chmod(outfile, 0o755);
