// Goal: a command line that can't be used is refused by name, and help is where it is looked for.
// Method: a table of command lines; none of them reaches a data directory.
import { describe, expect, it } from 'vitest';
import { atomicity } from '../testing/cli-run.ts';
import { COMMANDS } from './atomicity.ts';

it('lists every command, with its exit codes', async () => {
  const { code, stdout } = await atomicity(['--help']);
  expect(code).toBe(0);
  const width = Math.max(...COMMANDS.map(({ name }) => name.length));
  for (const { name, summary } of COMMANDS)
    expect(stdout).toContain(`${name.padEnd(width)}  ${summary}`);
  expect(stdout).toContain('Exit code:');
});

it.each(COMMANDS.map(({ name }) => name))('%s --help explains itself', async (name) => {
  const { code, stdout, stderr } = await atomicity([name, '--help']);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toContain(`atomicity ${name}`);
  expect(stdout.toLowerCase()).toMatch(/exit (code|status):/);
  expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(110);
});

describe('is refused', () => {
  it.each([
    [[], 'atomicity COMMAND'],
    [['frobnicate'], 'unknown command frobnicate'],
    [['--data-dir', 'x'], 'unknown option --data-dir'],
    [['serve'], '--data-dir is required'],
    [['serve', '--data-dir', 'x', '--port', '70000'], '--port: a whole number from 0 to 65535'],
    [['serve', '--data-dir', 'x', '--port', '1e3'], '--port'],
    [['serve', '--data-dir', 'x', '--log-level', 'loud'], '--log-level: info or warn or error'],
    [['serve', '--data-dir', 'x', '--calendar', 'ftp://a'], '--calendar: an http or https address'],
    [['serve', '--data-dir', 'x', '--anchor-every', '0'], '--anchor-every: a whole number from 1'],
    [['serve', '--data-dir'], "--data-dir <value>' argument missing"],
    [['serve', 'now'], "Unexpected argument 'now'"],
    [['serve', '--data-dir', 'x', '--host', '0.0.0.0'], '--authority: needed with --host 0.0.0.0'],
    [['backup', '--data-dir', 'x'], '--to is required'],
    [['backup', '--to', 'x'], '--data-dir is required'],
    [['backup', '--data-dir', 'x', '--to', 'y', '--with-keys=yes'], '--with-keys'],
    [['restore', '--data-dir', 'x'], '--from is required'],
    [['restore', '--from', 'x'], '--data-dir is required'],
    [
      ['restore', '--from', 'x', '--data-dir', 'y', '--last-checkpoint', '/nonexistent'],
      '--last-checkpoint: no file /nonexistent',
    ],
    [['reconcile'], '--data-dir is required'],
    [['reconcile', '--data-dir', 'x', '--xml'], "Unknown option '--xml'"],
    [['erase', '--url', 'localhost', '--reason', 'r', '--data-dir', 'x'], '--url: the http'],
    [['erase', '--url', 'http://a', '--data-dir', 'x'], '--reason is required'],
    [['audit', '--frob'], 'unknown option: --frob'],
    [['party'], '--out is required'],
    [['party', '--out', 'x', '--valid-days', '0'], '--valid-days: a whole number from 1 to 3650'],
    [['edge'], '--edge: propose or show or accept'],
    [['edge', 'show'], 'FILE is required'],
    [['edge', 'show', 'a', 'b'], 'unexpected argument b'],
    [['edge', 'show', '/nonexistent'], '/nonexistent: can not be read (ENOENT)'],
    [['edge', 'propose'], '--network or --data-dir: exactly one of them'],
    [['submit'], 'FILE… is required'],
    [['invoice', '--amount', '1.5'], '--amount: units of the denomination, 0 … 2^63−1, not 1.5'],
    [['invoice', '--amount', '0'], '--min: 1 … --amount'],
    [['invoice', '--amount', '5', '--min', '6'], '--min: 1 … --amount'],
    [['pay', '--max-fee', '1'], 'INVOICE is required'],
    [['pay', 'x'], '--max-fee is required'],
    [['payment', 'x'], 'INTENT: 64 lower-case hex digits, not x'],
    [['payment', 'a'.repeat(64)], '--network or --data-dir: exactly one of them'],
    [['hops', '--intent', 'x'], '--intent: 64 lower-case hex digits, not x'],
    [['hops', '--network', 'x', '--url', 'ftp://x'], '--url'],
    [['verify-evidence'], 'FILE… is required'],
  ])('%j', async (argv, message) => {
    const { code, stdout, stderr } = await atomicity(argv);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
  });
});

it.each(['backup', 'reconcile', 'statement'])('%s says when there is no log', async (name) => {
  const more = {
    backup: ['--to', '/nonexistent/to'],
    reconcile: [],
    statement: ['--party', `pk:${'y'.repeat(52)}`, '--period', '2026-01'],
  }[name];
  const { code, stderr } = await atomicity([
    name,
    '--data-dir',
    '/nonexistent/data',
    ...(more ?? []),
  ]);
  expect([code, stderr]).toEqual([1, expect.stringContaining("no node's data directory")]);
});
