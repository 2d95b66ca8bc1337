// Goal: the auditor is one file that runs on any Node from 20, alone. Method: build it, copy it to an empty
// directory, and run it there without environment on every Node of this machine.
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encodeDisclosure } from '@atomicity/kernel/disclosure/disclosure-file';
import { discloseNote } from '@atomicity/kernel/disclosure/note-opening';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FleetWorld, fleetWorld } from '../testing/fleet-world.ts';
import { notesOf } from '../testing/period-records.ts';

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
  writeFileSync(join(directory, 'note.json'), noteDisclosure(world));
});

afterAll(() => rmSync(directory, { recursive: true }));

/** The first note of the first period, opened. */
function noteDisclosure(world: FleetWorld): string {
  const notes = notesOf(world, 0);
  const [note] = notes;
  if (note === undefined) throw new Error('no note');
  const { origin } = world.source();
  const place = { origin, budget: world.budget, period: world.period(0), periodIndex: 0 };
  const made = discloseNote({ ...place, tier: 16 }, notes, 0, note);
  if (made.kind === 'refused') throw new Error(made.refusal.reason);
  return encodeDisclosure(made.disclosure);
}

function run(node: string, ...argv: readonly string[]) {
  const options = { cwd: directory, env: {}, encoding: 'utf8' as const };
  return spawnSync(node, ['audit.mjs', ...argv], options);
}

describe.each(nodes)('on %s', (node) => {
  it('audits a bundle', () => {
    const { status, stdout, stderr } = run(node, 'full.ndjson', '--trust', 'trust.json');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('27 hold, 0 fail, 0 are not shown');
  });

  it('judges a disclosure', () => {
    const named = ['--bundle', 'full.ndjson', '--trust', 'trust.json'];
    const { status, stdout, stderr } = run(node, 'disclosure', 'note.json', ...named);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('holds: note 0 is as it was opened');
  });

  it('takes the name of the command too, and says what is missing', () => {
    const { status, stderr } = run(node, 'audit', 'absent', '--trust', 'trust.json');
    expect(status).toBe(2);
    expect(stderr).toContain('unusable file: ENOENT');
  });
});
