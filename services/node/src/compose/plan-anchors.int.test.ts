// Goal: a log that moved is anchored once, and one that rests is left alone.
// Method: a real node and its local calendar; the anchors are counted.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestNode, workFolder } from '../testing/cli-run.ts';
import { assembleTestFleet } from '../testing/test-fleet.ts';
import type { RunningNode } from './node.ts';
import { planAnchor } from './plan-anchors.ts';

const folder = workFolder('anchors');
let node: RunningNode;

beforeAll(async () => {
  node = await startTestNode(folder.path('data'));
});

afterAll(async () => {
  await node.stop();
  folder.remove();
});

it('plans one anchor for each time that the book has moved', async () => {
  const sizes = () => node.settler.status().map(({ subject }) => subject.size);
  const first = await planAnchor(node, undefined);
  await node.settler.runOnce(AbortSignal.timeout(60_000));
  // The anchor's own events are in the log now: nothing that another anchor would be for.
  expect(await planAnchor(node, first)).toBe(first);
  expect(sizes()).toHaveLength(1);
  await assembleTestFleet(node, 'anchors');
  expect(await planAnchor(node, first)).toBeGreaterThan(first);
  const [newest = 0, oldest = 0] = sizes();
  expect([sizes().length, newest > oldest]).toEqual([2, true]);
});
