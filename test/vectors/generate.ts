// Writes the vector files anew: node --conditions=source test/vectors/generate.ts
// A change of a file is a change of the protocol: it breaks every signature and proof made before.
import { writeFileSync } from 'node:fs';
import { buildVectors } from './build-vectors.ts';

for (const [name, content] of Object.entries(buildVectors())) {
  writeFileSync(new URL(name, import.meta.url), `${JSON.stringify(content, null, 2)}\n`);
}
