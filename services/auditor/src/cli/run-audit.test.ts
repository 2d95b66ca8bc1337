// Goal: the command's arguments, output and exit codes. Method: files in memory.
import { beforeAll, describe, expect, it } from 'vitest';
import { type FleetWorld, fleetWorld } from '../testing/fleet-world.ts';
import { disclosing, rewritten } from '../testing/rewritten-log.ts';
import { USAGE } from './arguments.ts';
import { runAudit } from './run-audit.ts';

let world: FleetWorld;
const files = new Map<string, string>();

beforeAll(async () => {
  world = await fleetWorld();
  files.set('full', await world.bundle('full'));
  files.set('sealed', await world.bundle('sealed'));
  files.set('cut', (await world.bundle('full')).slice(0, 5_000));
  const sig = '11'.repeat(32) + '00'.repeat(32);
  const edit = disclosing('HoldPlaced', (shown) => ({ ...shown, sig }));
  files.set('forged', await rewritten(world, edit));
  files.set('trust', world.trustFile());
  files.set('nobody', world.trustFile({ logs: [] }));
  files.set('strict', world.trustFile({ require: ['replay'] }));
  files.set('broken', '{}');
});

async function run(...argv: readonly string[]) {
  const written = { stdout: '', stderr: '' };
  const exit = await runAudit(argv, {
    async *read(path) {
      const text = files.get(path);
      if (text === undefined) {
        throw Object.assign(new Error(`no such file: ${path}`), {
          code: 'ENOENT',
          syscall: 'open',
        });
      }
      yield Buffer.from(text);
    },
    stdout: (text) => {
      written.stdout += text;
    },
    stderr: (text) => {
      written.stderr += text;
    },
    interactive: false,
  });
  return { exit, ...written };
}

const EXITS: readonly [number, string, readonly string[]][] = [
  [0, 'everything holds', ['full', '--trust', 'trust']],
  [0, 'nothing fails in a sealed bundle', ['sealed', '--trust', 'trust']],
  [0, 'a required claim holds', ['sealed', '--trust', 'trust', '--require', 'spend-proof,anchors']],
  [1, 'a claim fails', ['forged', '--trust', 'trust']],
  [1, 'the log is not trusted', ['full', '--trust', 'nobody']],
  [1, 'a required claim is not shown', ['sealed', '--trust', 'trust', '--require', 'replay']],
  [1, 'a claim that the trust file requires is not shown', ['sealed', '--trust', 'strict']],
  [2, 'the bundle is cut short', ['cut', '--trust', 'trust']],
  [2, 'the bundle is no bundle', ['trust', '--trust', 'trust']],
  [2, 'the trust file is none', ['full', '--trust', 'broken']],
  [2, 'a file is missing', ['absent', '--trust', 'trust']],
  [2, 'no bundle is named', ['--trust', 'trust']],
  [2, 'no trust file is named', ['full']],
  [2, 'two bundles are named', ['full', 'sealed', '--trust', 'trust']],
  [2, 'an option is unknown', ['full', '--trust', 'trust', '--quiet']],
  [2, 'a value is missing', ['full', '--trust']],
  [2, 'a required claim is unknown', ['full', '--trust', 'trust', '--require', 'honesty']],
  [0, 'help is asked for', ['--help']],
];

describe('the exit code', () => {
  it.each(EXITS)('is %i when %s', async (exit, _when, argv) => {
    expect((await run(...argv)).exit).toBe(exit);
  });
});

describe('the report', () => {
  it('is a table for people: one row a claim, aligned', async () => {
    const { stdout, stderr } = await run('full', '--trust', 'trust');
    expect(stderr).toBe('');
    expect(stdout.split('\n')[0]).toBe(`full bundle of log.example/test, ${world.size} events`);
    expect(stdout).toMatch(/^spend-proof {7}holds {6}2 proofs verify/m);
    expect(stdout).toMatch(/\n27 hold, 0 fail, 0 are not shown\n$/);
  });

  it('names the reason and the place of what fails', async () => {
    const { stdout } = await run('forged', '--trust', 'trust');
    expect(stdout).toMatch(/^note-signatures {3}fails {6}the payer’s signature is invalid/m);
    expect(stdout).toContain('[log index');
  });

  it('is one JSON object with --json', async () => {
    const { stdout } = await run('sealed', '--trust', 'trust', '--json');
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({
      v: 1,
      exit: 0,
      bundle: { kind: 'sealed', origin: 'log.example/test', size: world.size },
    });
    expect(report.claims).toHaveLength(27);
    expect(report.claims[1]).toEqual({
      claim: 'log-signature',
      verdict: 'holds',
      reason: `log.example/test signed size ${world.size}`,
    });
  });

  it('says why a file is unusable, on standard error and in JSON', async () => {
    const { stdout, stderr } = await run('cut', '--trust', 'trust', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ v: 1, exit: 2, unusable: 'bundle' });
    expect(stderr).toMatch(/^unusable bundle: line \d+: truncated\n$/);
  });

  it('names the field of a bad trust file', async () => {
    expect((await run('full', '--trust', 'broken')).stderr).toBe(
      'unusable trust file: trust_file_missing_field at /bitcoin\n',
    );
  });

  it('prints its usage', async () => {
    expect((await run('--help')).stdout).toBe(USAGE);
    expect((await run()).stderr).toContain(USAGE);
  });
});
