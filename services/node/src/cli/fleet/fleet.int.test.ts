// Goal: an operator sees the cycles and the queue, and ends entries, from the files alone. Method: the
// journal of a desk over a scripted registry, and the command line as people call it.
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keyPairFromSeed } from '@atomicity/client/key-pair';
import type { Party } from '@atomicity/client/party';
import { delegateBudget } from '@atomicity/client/principal-session';
import { randomNonce } from '@atomicity/client/signer';
import { amount } from '@atomicity/kernel/units/amount';
import type { Denomination } from '@atomicity/kernel/units/denomination';
import { unixMs } from '@atomicity/kernel/units/time';
import { FleetWorld, NEVER } from '@atomicity/settler/fleet/testing/fleet-world';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { atomicity } from '../../testing/cli-run.ts';

const root = mkdtempSync(join(tmpdir(), 'atomicity-fleet-cli-'));
const world = new FleetWorld();
const KEY = `0x${'1f'.repeat(32)}`;
const config = {
  v: 1,
  rpc: 'http://127.0.0.1:9',
  chainId: 31337,
  registry: world.chain.place.registry,
  fromBlock: 0,
  confirmations: 1,
  settleAfterMs: null,
  releaseLate: true,
  aggregatorKey: 'aggregator.key',
  principalKey: null,
};

const write = (change: object, mode = 0o600) => {
  writeFileSync(join(root, 'aggregator.key'), `${KEY}\n`, { mode: 0o600 });
  writeFileSync(join(root, 'fleet.json'), JSON.stringify({ ...config, ...change }), { mode });
};

beforeAll(async () => {
  world.troubles.set(1, { openDisputes: [world.plan.fleet] });
  world.troubles.set(2, { missingCloses: 1 });
  const desk = world.start();
  desk.plan(world.plan);
  await desk.open(world.ref, NEVER);
  world.chain.nowMs = world.plan.windowEnd + 1_000;
  await desk.settle(world.ref, NEVER);
  world.journal.close();
  mkdirSync(join(root, 'fleet'));
  copyFileSync(join(world.directory, 'fleet.db'), join(root, 'fleet', 'fleet.db'));
  write({});
});

afterAll(() => {
  world.close();
  rmSync(root, { recursive: true, force: true });
});

const run = (...argv: string[]) => atomicity(['fleet', ...argv, '--data-dir', root]);

describe('atomicity fleet', () => {
  it('shows the cycles', async () => {
    const { code, stdout } = await run('status', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      fleet: world.plan.fleet,
      cycle: 1,
      stage: 'settled',
      includedCount: 2,
      totals: { consumed: '1200', reserved: '2000', remaining: '1800' },
    });
    expect((await run('status')).stdout).toMatch(/settled +2 of 4 +1200 +2000 +1800 +5000/);
  });

  it('shows the queue with code and reserve, and ends an entry by decision', async () => {
    const { stdout } = await run('queue');
    expect(stdout).toContain('1 pending_dispute');
    expect(stdout).toContain('2 stale_state');
    const place = ['--fleet-id', world.plan.fleet, '--cycle', '1'];
    const resolve = (slot: string) =>
      run('resolve', ...place, '--slot', slot, '--note', 'paid outside', '--json');
    const { code, stdout: ended } = await resolve('1');
    expect(code).toBe(0);
    expect(JSON.parse(ended)).toMatchObject({
      slot: 1,
      status: 'written_off',
      note: 'paid outside',
      subCap: '1000',
      codeNumber: 1,
    });
    expect((await run('queue')).stdout).not.toContain('pending_dispute');
    expect((await run('queue', '--all')).stdout).toContain('pending_dispute');
    expect(await resolve('0')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('slot 0 of cycle 1 is not in the queue'),
    });
  });

  it('says when the chain does not answer, and never shows the key', async () => {
    const { code, stdout, stderr } = await run('answer');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain('outcome: not_applied');
    expect(stderr).not.toContain(KEY.slice(2));
  });

  it.each([
    [{ v: 2 }, '/v'],
    [{ chainId: 0 }, '/chainId'],
    [{ registry: '0xAB' }, '/registry'],
    [{ rpc: 'ws://x' }, '/rpc'],
    [{ confirmations: 0 }, '/confirmations'],
    [{ settleAfterMs: -1 }, '/settleAfterMs'],
    [{ more: 1 }, 'unknown_field'],
    [{ aggregatorKey: 'nowhere' }, 'no such key'],
  ])('refuses a configuration with %j', async (change, message) => {
    write(change);
    const { code, stderr } = await run('status');
    expect([code, stderr]).toEqual([1, expect.stringContaining(message)]);
    write({});
  });

  it.each([
    [['status'], '--data-dir is required'],
    [['frob', '--data-dir', root], '--fleet: plan or open or status or queue or resolve or answer'],
    [['resolve', '--data-dir', root], '--note is required'],
    [['resolve', '--data-dir', root, '--note', 'x'.repeat(513)], '--note: 1 … 512 characters'],
    [
      ['resolve', '--data-dir', root, '--note', 'x', '--slot', '0', '--fleet-id', 'y'],
      '--fleet-id: 64',
    ],
    [['open', '--data-dir', root], '--fleet-id is required'],
    [
      ['plan', '--data-dir', root, '--fleet-id', 'a'.repeat(64), '--cycle', '0'],
      '--cycle: a whole',
    ],
  ])('%j is refused', async (argv, message) => {
    const { code, stderr } = await atomicity(['fleet', ...argv]);
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
  });

  it('plans a cycle from the budgets of its principal, once', async () => {
    const member = (seed: number): Party => {
      const identity = keyPairFromSeed(new Uint8Array(32).fill(seed));
      return {
        id: identity.id,
        identity,
        nextIdentity: identity.id,
        key: keyPairFromSeed(new Uint8Array(32).fill(seed + 1)),
        noteSecret: new Uint8Array(32),
      };
    };
    const budget = (agent: number) =>
      delegateBudget(
        member(1),
        member(agent).id,
        {
          denomination: 'USD/6' as Denomination,
          cap: amount(700n),
          windowStart: unixMs(1_000),
          windowEnd: unixMs(2_000),
          categories: [{ name: 'all', ceiling: amount(700n), cap: amount(700n) }],
          payees: [],
          defaultCategory: 0,
          tier: 16,
          parent: null,
        },
        randomNonce,
      ).text;
    const file = join(root, 'budgets.ndjson');
    writeFileSync(file, `${budget(3)}\n${budget(5)}\n`);
    writeFileSync(join(root, 'node.json'), '{}');
    const plan = (cap: string) =>
      run('plan', '--fleet-id', world.plan.fleet, '--cycle', '2', '--cap', cap, '--budgets', file);
    expect(await plan('1399')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no policy of a fleet'),
    });
    expect((await plan('1500')).stdout).toBe('cycle 2 is planned: 2 slots, cap 1500\n');
    expect((await plan('1500')).code).toBe(0);
    expect((await plan('1600')).stderr).toContain('another plan');
    const shown = (await run('status', '--json')).stdout.trimEnd().split('\n').at(-1) ?? '';
    expect(JSON.parse(shown)).toMatchObject({
      cycle: 2,
      stage: 'planned',
      windowStart: 1_000,
      windowEnd: 2_000,
      totals: null,
    });
    writeFileSync(file, 'no object\n');
    expect(await plan('1500')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('budgets.ndjson, line 1: '),
    });
    expect((await run('open', '--fleet-id', world.plan.fleet, '--cycle', '2')).stderr).toContain(
      'names no principalKey',
    );
  });

  it('says when no desk has worked there', async () => {
    const { code, stderr } = await atomicity(['fleet', 'queue', '--data-dir', '/nonexistent']);
    expect([code, stderr]).toEqual([1, expect.stringContaining('no fleet desk has worked here')]);
  });
});
