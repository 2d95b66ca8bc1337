// Goal: the fleet's story is true from the first payment to the audit. Method: play it with the smallest
// fleet, on a node, a chain and proofs that are real, and read what it says.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterAll, expect, it } from 'vitest';
import { parseFleetDemoOptions } from './options.ts';
import { playFleet } from './play.ts';

const folder = mkdtempSync(join(tmpdir(), 'atomicity-fleet-demo-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

class Kept extends Writable {
  text = '';
  override _write(piece: Buffer, _encoding: string, done: () => void): void {
    this.text += piece;
    done();
  }
}

it('holds in every claim, and leaves the books where it was told', async () => {
  const keep = join(folder, 'kept');
  const argv = ['--agents', '5', '--payments', '2', '--providers', '2', '--json', '--keep', keep];
  const [out, err] = [new Kept(), new Kept()];
  const signal = new AbortController().signal;
  const code = await playFleet(parseFleetDemoOptions(argv), { out, err }, signal);
  const events = out.text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const failed = events.filter(({ event, holds }) => event === 'checked' && !holds);
  expect(failed).toEqual([]);
  expect(code).toBe(0);
  const named = (name: string) => events.filter(({ event }) => event === name);
  const [atFirst, released] = named('totals');
  expect(BigInt(atFirst.reserved)).toBe(3n * (BigInt(released.reserved) / 2n));
  expect(named('queue')[0].queue).toHaveLength(3);
  expect(named('phases')[0].phases.map(({ name }: { name: string }) => name)).toEqual(
    expect.arrayContaining([
      'trade',
      'close',
      'agents’ proofs',
      'fleet proof',
      'transaction',
      'audit',
    ]),
  );
  expect(named('ended')).toMatchObject([{ failed: 0 }]);
  expect(existsSync(join(keep, 'node', 'fleet', 'fleet.db'))).toBe(true);
});
