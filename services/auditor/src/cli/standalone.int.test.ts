// Goal: the auditor is one file that runs on any Node from 20, alone. Method: build it, copy it to an empty
// directory, and run it there without environment on every Node of this machine.
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fleetWorld } from '../testing/fleet-world.ts';

const script = fileURLToPath(new URL('../../bin/build-auditor.mjs', import.meta.url));
const built = fileURLToPath(new URL('../../release/atomicity-audit.mjs', import.meta.url));
const nodes = [process.execPath, '/usr/bin/node', '/usr/local/bin/node'].filter(existsSync);

let directory: string;

beforeAll(async () => {
  execFileSync(process.execPath, [script]);
  directory = mkdtempSync(join(tmpdir(), 'atomicity-audit-'));
  const world = await fleetWorld();
  copyFileSync(built, join(directory, 'audit.mjs'));
  writeFileSync(join(directory, 'full.ndjson'), await world.bundle('full'));
  writeFileSync(join(directory, 'trust.json'), world.trustFile());
});

afterAll(() => rmSync(directory, { recursive: true }));

function run(node: string, ...argv: readonly string[]) {
  const options = { cwd: directory, env: {}, encoding: 'utf8' as const };
  return spawnSync(node, ['audit.mjs', ...argv], options);
}

describe.each(nodes)('on %s', (node) => {
  it('audits a bundle', () => {
    const { status, stdout, stderr } = run(node, 'full.ndjson', '--trust', 'trust.json');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('26 hold, 0 fail, 0 are not shown');
  });

  it('takes the name of the command too, and says what is missing', () => {
    const { status, stderr } = run(node, 'audit', 'absent', '--trust', 'trust.json');
    expect(status).toBe(2);
    expect(stderr).toContain('unusable file: ENOENT');
  });
});
