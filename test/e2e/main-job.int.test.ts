/**
 * Goal: the main job tells the story that the README promises, and tells it again on the same books.
 * Method: `npm start`'s own entry in a process of its own, twice over one data directory, read as JSON.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { takeLock } from '@atomicity/node/compose/process-lock';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const START = fileURLToPath(new URL('../../services/node/src/start.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'atomicity-main-job-'));
const dataDir = join(folder, 'data');
const CYCLE = ['--payments', '20', '--agents', '2'];

type Run = { readonly code: number; readonly stdout: string; readonly stderr: string };

function start(...argv: readonly string[]): Promise<Run> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['--conditions=source', START, '--port', '0', ...argv],
      { cwd: folder, encoding: 'utf8' },
      (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
      },
    );
  });
}

type StoryEvent = Readonly<Record<string, unknown>> & { readonly event: string };

type Claim = { readonly claim: string; readonly verdict: string; readonly reason: string };

type Audited = {
  readonly kind: string;
  readonly exit: number;
  readonly bundle: { readonly size: number; readonly origin: string };
  readonly claims: readonly Claim[];
};

function storyOf({ stdout }: Run): readonly StoryEvent[] {
  const lines = stdout.trim().split('\n');
  return lines.map((line) => JSON.parse(line) as StoryEvent);
}

function told(story: readonly StoryEvent[], event: string): StoryEvent {
  const found = story.find((each) => each.event === event);
  if (found === undefined) throw new Error(`the story has no ${event}: ${JSON.stringify(story)}`);
  return found;
}

const audits = (story: readonly StoryEvent[]): readonly Audited[] =>
  story.filter(({ event }) => event === 'audited') as unknown as readonly Audited[];

const verdictOf = ({ claims }: Audited, claim: string) =>
  claims.find((row) => row.claim === claim)?.verdict;

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the main job', () => {
  let first: Run;
  let second: Run;

  beforeAll(async () => {
    first = await start('--json', '--exit', '--data-dir', dataDir, ...CYCLE);
    second = await start('--json', '--exit', '--data-dir', dataDir, ...CYCLE);
  });

  it('ends well, and again on the same books', () => {
    expect([first.code, first.stderr.includes('Error')]).toEqual([0, false]);
    expect([second.code, second.stderr.includes('Error')]).toEqual([0, false]);
  });

  it('tells its story in this order', () => {
    for (const run of [first, second]) {
      expect(storyOf(run).map(({ event }) => event)).toEqual([
        'planned',
        'keys_ready',
        'node_started',
        'cycle_played',
        'attested',
        'anchored',
        'audited',
        'audited',
      ]);
    }
  });

  it('says first how many proofs it will take, and takes as many', () => {
    const story = storyOf(first);
    expect(told(story, 'planned')).toMatchObject({ purchases: 20, proofs: 2, tier: 16 });
    expect(told(story, 'attested')).toEqual({ event: 'attested', periods: 2 });
  });

  it('lets every purchase end in one of three ways', () => {
    const played = told(storyOf(first), 'cycle_played');
    const { paid, declined, lapsed } = played as unknown as Record<string, number>;
    expect((paid ?? 0) + (declined ?? 0) + (lapsed ?? 0)).toBe(20);
    expect([declined, lapsed]).toEqual([1, 1]);
    expect(played['spent']).toMatch(/^[1-9]\d*$/);
  });

  it('calls the anchor what it is: pending, at a calendar that convinces nobody else', () => {
    expect(told(storyOf(first), 'anchored')).toMatchObject({
      status: 'pending',
      calendar: 'local calendar: proves nothing to outsiders',
    });
  });

  it('has both bundles audited, and no claim fails', () => {
    for (const run of [first, second]) {
      const reports = audits(storyOf(run));
      expect(reports.map(({ kind, exit }) => [kind, exit])).toEqual([
        ['full', 0],
        ['sealed', 0],
      ]);
      const failing = reports.flatMap(({ claims }) =>
        claims.filter(({ verdict }) => verdict === 'fails'),
      );
      expect(failing).toEqual([]);
    }
  });

  it('shows what full and sealed bundles can show, and no proof on development keys', () => {
    const [full, sealed] = audits(storyOf(first));
    if (full === undefined || sealed === undefined) throw new Error('two audits');
    for (const report of [full, sealed]) {
      expect(verdictOf(report, 'log-signature')).toBe('holds');
      expect(verdictOf(report, 'tokens-root')).toBe('holds');
      expect(verdictOf(report, 'spend-proof')).toBe('not shown');
      expect(verdictOf(report, 'within-budget')).toBe('not shown');
      expect(verdictOf(report, 'anchors')).toBe('not shown');
    }
    expect([verdictOf(full, 'replay'), verdictOf(sealed, 'replay')]).toEqual([
      'holds',
      'not shown',
    ]);
    expect(told(storyOf(first), 'keys_ready')).toMatchObject({ tier: 16, unsafe: true });
  });

  it('goes on with the same log in the second run', () => {
    const [before] = audits(storyOf(first));
    const [after] = audits(storyOf(second));
    expect(after?.bundle.origin).toBe(before?.bundle.origin);
    expect(after?.bundle.size).toBeGreaterThan(before?.bundle.size ?? 0);
  });
});

describe('a start that can’t be', () => {
  const header = 'TIMESTAMP,ContextTokens,GeneratedTokens\n';

  it.each([
    [['--payments', '0'], '--payments must be a whole number from 1 to 100000, not "0"'],
    [['--payments', '1e2'], '--payments'],
    [['--agents', '65'], '--agents'],
    [['--tier', '32'], '--tier must be 16 or 64'],
    [['--denomination', 'dollars'], '--denomination must be CODE/SCALE'],
    [['--speed', '9'], '--speed'],
    [['now'], 'now'],
    [['--trace', 'nowhere.csv'], 'nowhere.csv'],
  ])('%j exits with 2 and says why', async (argv, why) => {
    const { code, stdout, stderr } = await start(
      '--exit',
      '--data-dir',
      join(folder, 'none'),
      ...argv,
    );
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(why);
    expect(stderr).not.toContain('    at ');
  });

  it.each([
    ['of another shape', 'a,b\n1,2\n'],
    ['with a number that is none', `${header}2023-11-16 18:17:03,12,many\n`],
    ['without a row', header],
  ])('a trace %s exits with 2', async (name, text) => {
    writeFileSync(join(folder, 'trace.csv'), text);
    const argv = ['--exit', '--data-dir', join(folder, 'none'), '--trace', 'trace.csv'];
    const { code, stderr } = await start(...argv);
    expect([name, code]).toEqual([name, 2]);
    expect(stderr).not.toContain('    at ');
  });

  it('on a data directory that another process has open exits with 2', async () => {
    const lock = takeLock(join(dataDir, 'node.lock'));
    try {
      const { code, stderr } = await start('--exit', '--data-dir', dataDir, ...CYCLE);
      expect(code).toBe(2);
      expect(stderr).toContain(`process ${process.pid} has this data directory open`);
    } finally {
      lock.release();
    }
  });
});
