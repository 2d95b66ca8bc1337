// Goal: separate processes pay one another through a middle that is killed in every state and are
// not flooded by probes. Method: scenes of the demonstration, from the sources, with patience for slow machines.
import { Writable } from 'node:stream';
import { afterAll, expect, it } from 'vitest';
import { parseDemoOptions } from './options.ts';
import { playNetwork } from './play.ts';

const lines: string[] = [];
const out = new Writable({
  write(piece, _encoding, done) {
    lines.push(...String(piece).split('\n').filter(Boolean));
    done();
  },
});

afterAll(() => out.destroy());

type Line = Readonly<Record<string, unknown>> & { readonly event: string };

it('a story of four processes in which every claim holds', async () => {
  const options = parseDemoOptions(['--json', '--scenes', '1,4,6']);
  const code = await playNetwork(options, out, 60_000);
  const events: Line[] = lines.map((line) => JSON.parse(line));
  const claims = events.filter(({ event }) => event === 'checked');
  expect(claims.filter(({ holds }) => holds !== true)).toEqual([]);
  expect(code).toBe(0);
  const killed = events.filter(({ event }) => event === 'killed').map(({ state }) => state);
  expect(killed).toEqual(['held', 'active*', 'claimed', 'active']);
  const hops = events.filter(({ event }) => event === 'hop');
  expect(new Set(hops.map(({ after }) => after))).toEqual(
    new Set(['held', 'active*', 'claimed', 'active', 'lapsed']),
  );
  expect(events.at(-1)).toMatchObject({ event: 'ended', failed: 0, checked: claims.length });
});
