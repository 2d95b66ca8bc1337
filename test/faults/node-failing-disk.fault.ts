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
import { lastWords, NodeProcess } from '../e2e/node-process.ts';
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
beforeEach(({ onTestFailed }) => {
  dataDir = mkdtempSync(join(tmpdir(), 'atomicity-disk-'));
  onTestFailed(() => console.error(lastWords()));
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

/** Starts a node whose n-th write and all after it fail. How it ended, or that it came up. */
async function startOnFullDisk(after: number): Promise<string> {
  const env = failing('.', 'write', after, ENOSPC);
  return await NodeProcess.start(dataDir, { env }).then(
    async (node) => `up, then ${(await node.stop()).code}`,
    (error: Error) => `${/ended \((\d+)\)/.exec(error.message)?.[1]}`,
  );
}

test.each([
  ['first', 90, 11],
  ['second', 40, 8],
])('a %s start on a full disk ends too, wherever it fails', async (which, writes, step) => {
  const start = async () => {
    const node = await NodeProcess.start(dataDir);
    expect(await node.stop()).toEqual({ code: 0, signal: null });
  };
  if (which === 'second') await start();
  const outcomes: string[] = [];
  for (let after = 0; after < writes; after += 1 + drawn(0, step)) {
    outcomes.push(`${after}: ${await startOnFullDisk(after)}`);
    // What the first start left half done is done by the next, and this is the first again.
    if (which === 'second') continue;
    await start();
    rmSync(dataDir, { recursive: true });
  }
  console.log(`node-failing-disk: ${which} starts ended with ${outcomes.join(', ')}`);
  expect(outcomes.filter((outcome) => !/: (up, then )?[01]$/.test(outcome))).toEqual([]);
  expect(outcomes[0]).toBe('0: 1');
  await start();
});
