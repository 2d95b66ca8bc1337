// Goal: what a node exports, the auditor takes. Method: both kinds of bundle of a running node.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunningNode } from '../compose/node.ts';
import { atomicity, startTestNode, workFolder } from '../testing/cli-run.ts';
import { assembleTestFleet, type TestFleet } from '../testing/test-fleet.ts';

const folder = workFolder('export');
const data = folder.path('data');
const trust = folder.path('trust.json');
let node: RunningNode;
let fleet: TestFleet;

beforeAll(async () => {
  node = await startTestNode(data);
  fleet = await assembleTestFleet(node, 'export');
  await fleet.play(3);
  await node.sequencer.checkpoint();
});

afterAll(async () => {
  await node.stop();
  folder.remove();
});

it('writes a trust file and says that an auditor must not take it from here', async () => {
  const principal = ['--principal', fleet.principal.party.id];
  const argv = ['trust-file', '--data-dir', data, ...principal, ...principal, '--out', trust];
  const { code, stdout, stderr } = await atomicity(argv);
  expect([code, stdout]).toEqual([0, `${trust}\n`]);
  expect(stderr).toContain('gets these keys from elsewhere');
  const { logs, principals } = JSON.parse(readFileSync(trust, 'utf8'));
  expect(logs).toMatchObject([{ origin: node.config.origin }]);
  expect(principals).toEqual([fleet.principal.party.id]);
});

describe.each(['full', 'sealed'] as const)('a %s bundle', (kind) => {
  const out = folder.path(`${kind}.ndjson`);

  it('is written over the last checkpoint, for this user only', async () => {
    const argv = ['export', '--data-dir', data, '--kind', kind, '--out', out, '--json'];
    const { code, stdout } = await atomicity(argv);
    expect(code).toBe(0);
    const { size, bytes } = JSON.parse(stdout) as { size: number; bytes: number };
    expect(size).toBe(node.sequencer.latest()?.size);
    expect(statSync(out).size).toBe(bytes);
    expect(statSync(out).mode & 0o077).toBe(0);
  });

  it('passes the audit', async () => {
    const { code, stdout } = await atomicity(['audit', out, '--trust', trust, '--json']);
    expect(code).toBe(0);
    const { claims } = JSON.parse(stdout) as { claims: { claim: string; verdict: string }[] };
    expect(claims.filter(({ verdict }) => verdict === 'fails')).toEqual([]);
  });

  it('is never written over', async () => {
    const before = readFileSync(out, 'utf8');
    const argv = ['export', '--data-dir', data, '--kind', kind, '--out', out];
    const { code, stderr } = await atomicity(argv);
    expect([code, stderr]).toEqual([2, expect.stringContaining('is there already')]);
    expect(readFileSync(out, 'utf8')).toBe(before);
  });
});

describe('refuses', () => {
  it.each([
    ['--kind: full or sealed, not open', 2, ['--kind', 'open', '--out', 'x']],
    ['--kind is required', 2, ['--out', 'x']],
    ['--out is required', 2, ['--kind', 'full']],
  ])('%s', async (message, expected, argv) => {
    const { code, stderr } = await atomicity(['export', '--data-dir', data, ...argv]);
    expect([code, stderr]).toEqual([expected, expect.stringContaining(message)]);
  });

  it('a folder without a log, and makes nothing in it', async () => {
    const nowhere = folder.path('nowhere');
    const out = folder.path('nothing.ndjson');
    const argv = ['export', '--data-dir', nowhere, '--kind', 'full', '--out', out];
    const { code, stderr } = await atomicity(argv);
    expect([code, stderr]).toEqual([1, expect.stringContaining("no node's data directory")]);
    expect([existsSync(nowhere), existsSync(out)]).toEqual([false, false]);
  });

  it('a trust file without a principal, and an audit without a trust file', async () => {
    const noPrincipal = await atomicity(['trust-file', '--data-dir', data, '--out', 'x']);
    expect([noPrincipal.code, noPrincipal.stderr]).toEqual([
      2,
      expect.stringContaining('--principal is required'),
    ]);
    const noTrust = await atomicity(['audit', folder.path('full.ndjson')]);
    expect([noTrust.code, noTrust.stderr]).toEqual([2, expect.stringContaining('--trust')]);
  });
});
