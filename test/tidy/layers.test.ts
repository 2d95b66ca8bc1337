// Goal: the import rules fail the build when broken. Method: lint a copy of the rules over files that
// break each of them, and over files that keep them.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { root } from './source-files.ts';

const broken = [
  ['services/kernel/src', 'node:fs'],
  ['services/kernel/src', 'node:crypto'],
  ['services/kernel/src', '@nestjs/common'],
  ['services/kernel/src', '@atomicity/event-log/port'],
  ['services/event-log/src', '@atomicity/ledger/app'],
  ['services/prover/src', '@atomicity/event-log/port'],
  ['services/rails/src', '@atomicity/settler/settler'],
  ['services/client/src', '@atomicity/event-log/port'],
  ['services/ledger/src', '@atomicity/projector/projector'],
  ['services/projector/src', '@atomicity/ledger/app'],
  ['services/attestor/src', '@atomicity/node/main'],
  ['services/settler/src', '@atomicity/prover/port'],
  ['services/router/src', '@atomicity/ledger/app'],
  ['services/ledger/src', '@atomicity/router/hop-agent'],
  ['services/auditor/src', '@atomicity/ledger/app'],
  ['contracts/script', '@atomicity/ledger/app'],
] as const;

const kept = [
  ['services/kernel/src', '@noble/hashes/sha2.js'],
  ['services/kernel/src/deep', '../units/amount.ts'],
  ['services/event-log/src', '@atomicity/kernel/units/id'],
  ['services/auditor/src', '@atomicity/prover/verify/verify-spend-proof'],
  ['services/node/src', '@atomicity/ledger/app'],
  ['contracts/script', '@atomicity/prover/artifacts/circuits'],
] as const;

const folder = mkdtempSync(join(tmpdir(), 'atomicity-layers-'));
afterAll(() => rmSync(folder, { recursive: true }));

const fileOf = ([place, specifier]: readonly [string, string]) =>
  `${place}/imports-${specifier.replaceAll(/[^a-z0-9]+/g, '-')}.ts`;

function lint(): string {
  const rules = JSON.parse(readFileSync(join(root, 'biome.json'), 'utf8'));
  delete rules.$schema;
  delete rules.vcs;
  writeFileSync(join(folder, 'biome.json'), JSON.stringify(rules));
  for (const probe of [...broken, ...kept]) {
    const path = join(folder, fileOf(probe));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `import { x } from '${probe[1]}';\n\nx();\n`);
  }
  const { stdout, stderr } = spawnSync(
    join(root, 'node_modules/.bin/biome'),
    ['lint', '--max-diagnostics=none', '--colors=off', '.'],
    { cwd: folder, encoding: 'utf8' },
  );
  return stdout + stderr;
}

const report = lint();
const refuses = (probe: readonly [string, string]) =>
  new RegExp(
    `${fileOf(probe).replaceAll('.', '\\.')}:\\d+:\\d+ lint/style/noRestrictedImports`,
  ).test(report);

describe('the linter refuses', () => {
  it.each(broken)('%s importing %s', (place, specifier) => {
    expect(refuses([place, specifier])).toBe(true);
  });
});

describe('the linter allows', () => {
  it.each(kept)('%s importing %s', (place, specifier) => {
    expect(report).toContain('Checked');
    expect(refuses([place, specifier])).toBe(false);
  });
});
