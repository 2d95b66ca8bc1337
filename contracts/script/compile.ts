// Compiles src/ and writes abi/*.ts. Run: npm run compile -w @atomicity/contracts
import { writeFileSync } from 'node:fs';
import { anchorRegistryAbiSource, registryAbiSource } from './abi-source.ts';
import { compileSources } from './compile-sources.ts';

const contracts = compileSources();
const write = (name: string, text: string): void =>
  writeFileSync(new URL(`../abi/${name}.ts`, import.meta.url), text);
write('spend-registry', registryAbiSource(contracts));
write('anchor-registry', anchorRegistryAbiSource(contracts));
