import type { Writable } from 'node:stream';
import { endStory } from '../story/play-story.ts';
import { openStoryFolder } from '../story/story-folder.ts';
import { assembleCast, type Cast, EUR, NAMES, USD } from './cast.ts';
import { crashes } from './crashes.ts';
import { overcharging, probeFlood } from './dishonesty.ts';
import { openEdge } from './market.ts';
import type { DemoOptions } from './options.ts';
import { inParts, silentReceiver, threeHops } from './payments.ts';
import { hopLine, type Stage, showBooks } from './stage.ts';
import { Tale } from './tale.ts';
import { type HopChange, Watch } from './watch.ts';

const SCENES: readonly ((stage: Stage) => Promise<void>)[] = [
  threeHops,
  inParts,
  silentReceiver,
  crashes,
  overcharging,
  probeFlood,
];

/**
 * Plays the story; the exit code says whether everything that it claims was found to be so. With a
 * larger `collectMs` holds last longer, for machines on which nodes take long to come back.
 */
export async function playNetwork(
  options: DemoOptions,
  out: Writable,
  collectMs?: number,
): Promise<0 | 1> {
  const { path: root, sweep } = openStoryFolder(options.keep, 'atomicity-network-');
  const tale = new Tale(out, options.json, Date.now());
  const cast = await assembleCast(root, Date.now(), collectMs);
  const watch = new Watch(cast, (changes) => tellChanges(tale, changes));
  try {
    await raiseCurtain(cast, tale);
    watch.start();
    await playScenes({ cast, tale, watch, folder: root }, options.scenes);
    return endStory(tale);
  } catch (error) {
    tale.check(`the story went on: ${error instanceof Error ? error.message : error}`, false);
    return endStory(tale);
  } finally {
    await watch.stop();
    await Promise.allSettled(NAMES.map((name) => cast[name].stop()));
    sweep();
  }
}

/** A line for each change; equal ones that came together are one line with their number. */
function tellChanges(tale: Tale, changes: readonly HopChange[]): void {
  const groups = new Map<string, HopChange[]>();
  for (const change of changes) {
    const line = hopLine(change);
    groups.set(line, [...(groups.get(line) ?? []), change]);
  }
  for (const [line, group] of groups) {
    const [first] = group;
    if (first === undefined) continue;
    const times = group.length > 1 ? `   × ${group.length}` : '';
    const text = `${tale.seconds(first.at).padStart(9)}  ${line}${times}`;
    tale.showEach(
      text,
      group.map((change) => ({ event: 'hop', ...change })),
    );
  }
}

async function raiseCurtain(cast: Cast, tale: Tale): Promise<void> {
  tale.show(
    'Four nodes, each a process with a book, a clock and keys of its own. Nobody keeps a ledger for all.\n',
    { event: 'opened', parties: NAMES.map((name) => ({ name, party: cast[name].role.party })) },
  );
  await Promise.all(NAMES.map((name) => cast[name].start()));
  for (const name of NAMES) {
    const { url, role } = cast[name];
    tale.say(`${name.padEnd(6)} ${url}  ${role.party.slice(0, 24)}…`, {
      event: 'started',
      name,
      url,
      party: role.party,
    });
  }
}

async function playScenes(stage: Stage, wanted: ReadonlySet<number>): Promise<void> {
  const { cast, tale } = stage;
  // The first scene opens the street that most others walk on.
  if (!wanted.has(1)) {
    await openEdge(cast.Alice, cast.Bob, EUR, 100_000n);
    await openEdge(cast.Bob, cast.Carol, EUR, 100_000n);
    await openEdge(cast.Carol, cast.Dave, EUR, 100_000n);
  }
  for (const [i, scene] of SCENES.entries()) if (wanted.has(i + 1)) await scene(stage);
  tale.scene(7, 'The books', ['Every edge as its two ends have it, each from its own node.']);
  await showBooks(stage, wanted.has(2) ? [EUR, USD] : [EUR]);
}
