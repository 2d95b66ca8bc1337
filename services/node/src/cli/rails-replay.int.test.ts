// Goal: a fee history is replayed from a file. Method: the command itself, on files in a folder of its own.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { rails } from './rails.ts';
import { railsReplay } from './rails-replay.ts';
import { UsageError } from './usage-error.ts';

const folder = mkdtempSync(join(tmpdir(), 'atomicity-replay-'));
afterAll(() => rmSync(folder, { recursive: true }));

const HEAD = `atomicity fee history v1
at baseFeePerGas priorityFeePerGas blobBaseFee externalPerUnit
`;
// A gwei of gas throughout; blobs at their least, then dear, then cheap again.
const HISTORY = `${HEAD}1000 1000000000 0 1 5000000000000
2000 1000000000 0 90000000000 5000000000000
3000 1000000000 0 2 -
`;

function fileOf(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

async function run(...argv: string[]) {
  let out = '';
  let err = '';
  const code = await rails.run(['replay', ...argv], {
    stdout: (text) => {
      out += text;
    },
    stderr: (text) => {
      err += text;
    },
    interrupted: () => new Promise(() => undefined),
    now: () => 0,
  });
  return { code, out, err };
}

test('a spike is left and returned from, and the saving shown', async () => {
  const file = fileOf('history', HISTORY);
  const { code, out } = await run(file);
  expect(code).toBe(0);
  expect(out).toBe(`3 batches: 2 as blobs, 0 as calldata, 1 outside
  choice                      ether     saved by price  switches  missed
  ──────────────────────────  ────────  ──────────────  ────────  ──────
  by price                    0.000383                  2         0
  by price, switching freely  0.000383                  2         0
  always blob                 0.011947  96.78 %         0         0
  always calldata             0.002479  84.53 %         0         0
  always external             -         -               0         1
`);
});

test('a payload can be read, and the answer be JSON', async () => {
  const file = fileOf('history', HISTORY);
  const payload = fileOf('payload', Uint8Array.of(0, 1, 2, 3));
  const { code, out } = await run(file, '--payload', payload, '--json');
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({
    batches: 3,
    router: { wei: expect.stringMatching(/^\d+$/), missed: 0 },
    statics: [{ route: 'blob' }, { route: 'calldata' }, { route: 'external', wei: null }],
  });
});

test('a batch that no route takes is counted, and the exit code says so', async () => {
  const file = fileOf('gap', `${HEAD}1000 1 0 - -\n`);
  const { code, out } = await run(file, '--bytes', '900000');
  expect(code).toBe(1);
  expect(out).toContain('by price                    0.000000                  0         1');
});

test('a file that is no history is refused with its line', async () => {
  const file = fileOf('broken', `${HEAD}1000 1 0 0x1 -\n`);
  expect(await run(file)).toEqual({
    code: 1,
    out: '',
    err: `${file}, line 3, blobBaseFee: a price in wei: decimal digits without leading zeros, below 2^128; or -\n`,
  });
});

test.each([
  [[], 'FILE is required'],
  [['x', 'y'], 'unexpected argument y'],
  [['x', '--band-bps', '10001'], '--band-bps'],
  [['x', '--batches', '0'], '--batches'],
  [['x', '--bytes', '0'], '--bytes'],
  [['x', '--payload', fileOf('empty', '')], '--payload'],
])('%s can’t be used: %s', async (argv, message) => {
  const attempt = run(...argv);
  await expect(attempt).rejects.toThrow(UsageError);
  await expect(attempt).rejects.toThrow(message);
});

test('its help stands behind its word, and rails names it', () => {
  expect(rails.helpOf?.(['replay'])).toBe(railsReplay.help);
  expect(rails.helpOf?.([])).toBe(rails.help);
  expect(rails.help).toContain('atomicity rails replay  FILE');
});
