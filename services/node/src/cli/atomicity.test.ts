// Goal: a command line that can't be used is refused by name, and help is where it is looked for.
// Method: a table of command lines; none of them reaches a data directory.
import { describe, expect, it } from 'vitest';
import { atomicity } from '../testing/cli-run.ts';
import { COMMANDS } from './atomicity.ts';

it('lists every command, with its exit codes', async () => {
  const { code, stdout } = await atomicity(['--help']);
  expect(code).toBe(0);
  for (const { name, summary } of COMMANDS)
    expect(stdout).toContain(`${name.padEnd(10)}  ${summary}`);
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
