#!/usr/bin/env node
// `atomicity`: checks that this Node can run it and that it has been built, then hands over.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const [major, minor] = process.versions.node.split('.').map(Number);
const isNewEnough = major > 22 || (major === 22 && minor >= 13);
const entry = new URL('../dist/cli/main.js', import.meta.url);

if (!isNewEnough) {
  process.stderr.write(
    `atomicity needs Node 22.13 or newer, best 24; this is ${process.version}. On Linux and Windows ` +
      '`npm ci` brings 24: use `npm run atomicity -- COMMAND`. Elsewhere install Node 24.\n',
  );
  process.exitCode = 2;
} else if (!existsSync(fileURLToPath(entry))) {
  process.stderr.write(
    'atomicity has not been built yet: run `npm run build` in its folder first.\n',
  );
  process.exitCode = 2;
} else {
  await import(entry.href);
}
