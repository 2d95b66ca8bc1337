// Writes the bundle vectors anew: node --conditions=source test/vectors/generate-bundles.ts
// A change of a file is a change of the bundle format: other readers of version 1 stop there.
import { writeFileSync } from 'node:fs';
import { bundleVectors } from '@atomicity/auditor/testing/bundle-vectors';

for (const [name, content] of Object.entries(await bundleVectors())) {
  writeFileSync(new URL(name, import.meta.url), content);
}
