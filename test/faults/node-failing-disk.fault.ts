/**
 * Goal: whichever file a disk fails under, the whole node ends by itself, says so, and loses nothing. Method:
 * the node runs under shim.c of the power-loss tests, which lets writes or syncs below one folder fail from
 * the n-th on; n is drawn from the seed. Then the next node starts without the fault.
 *
 * Needs Linux and a C compiler: `npm run test:faults`, not part of `npm test`.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { NodeProcess } from '../e2e/node-process.ts';
import { seeded } from './acknowledged.ts';
import { expectRecovery, NodeUnderLoad } from './node-under-load.ts';
import { compileShim } from './power-loss/shim.ts';

const SEED = Number(process.env['SEED'] ?? 20261121);
const random = seeded(SEED);
const drawn = (from: number, to: number): number => from + Math.floor(random() * (to - from));

console.log(`node-failing-disk: seed ${SEED}`);

let library: string;
let dataDir: string;
beforeAll(() => {
  library = compileShim();
});
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'atomicity-disk-'));
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

/** The environment in which calls below a folder fail from the n-th on. */
function failing(folder: string, call: 'write' | 'sync', after: number, errno: number) {
  const watched = join(dataDir, folder);
  mkdirSync(watched, { recursive: true, mode: 0o700 });
  return {
    LD_PRELOAD: library,
    POWER_LOSS_DIR: watched,
    FAULT_CALL: call,
    FAULT_AFTER: String(after),
    FAULT_ERRNO: String(errno),
  };
}

const { ENOSPC, EIO } = constants.errno;

const FAULTS = [
  ['the disk is full', '.', 'write', drawn(700, 1100), ENOSPC],
  ['the disk is full, later', '.', 'write', drawn(1100, 3000), ENOSPC],
  ['syncs fail', '.', 'sync', drawn(150, 500), EIO],
  ['the log’s disk is full', 'log', 'write', drawn(500, 2000), ENOSPC],
  ['syncs of the log fail', 'log', 'sync', drawn(120, 400), EIO],
  ['the projections’ disk is full', 'projections', 'write', drawn(200, 1000), ENOSPC],
  ['the projections’ disk fails', 'projections', 'write', drawn(200, 1000), EIO],
] as const;

test.each(FAULTS)('%s (%s: %s %i)', async (_what, folder, call, after, errno) => {
  const env = failing(folder, call, after, errno);
  const node = await NodeProcess.start(dataDir, { env });
  const under = await NodeUnderLoad.begin(node, dataDir);
  expect(await under.ended()).toEqual({ code: 1, signal: null });
  expect(node.said.map((line) => JSON.parse(line).message)).toContain('the node ends itself');
  await expectRecovery(under);
});

test('a start on a full disk ends too, wherever it fails', async () => {
  const first = await NodeProcess.start(dataDir);
  await first.stop();
  const outcomes: string[] = [];
  for (let after = 0; after < 40; after += 1 + drawn(0, 8)) {
    const env = failing('.', 'write', after, ENOSPC);
    const started = NodeProcess.start(dataDir, { env });
    const outcome = await started.then(
      async (node) => `up, then ${(await node.stop()).code}`,
      (error: Error) => `${/ended \((\d+)\)/.exec(error.message)?.[1]}`,
    );
    outcomes.push(outcome);
  }
  console.log(`node-failing-disk: starts ended with ${outcomes.join(' ')}`);
  expect(outcomes.filter((outcome) => !/^(up, then )?[01]$/.test(outcome))).toEqual([]);
  expect(outcomes[0]).toBe('1');
  const last = await NodeProcess.start(dataDir);
  expect(await last.stop()).toEqual({ code: 0, signal: null });
});
