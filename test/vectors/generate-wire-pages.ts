// Writes the reference pages and schemas of the wire objects anew:
// node --conditions=source test/vectors/generate-wire-pages.ts
import { mkdirSync, writeFileSync } from 'node:fs';
import { buildWirePages } from './wire-pages/build-wire-pages.ts';

const reference = new URL('../../docs/reference/', import.meta.url);
for (const folder of ['wire', 'schemas'])
  mkdirSync(new URL(folder, reference), { recursive: true });
for (const [path, text] of buildWirePages()) writeFileSync(new URL(path, reference), text);
