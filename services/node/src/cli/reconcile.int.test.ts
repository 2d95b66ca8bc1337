// Goal: a difference between the log and what is shown of it is found and named.
// Method: a real node's projection, compared as it is and after rows were changed behind its back.
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { dataDirAt, READ_MODEL_FILE } from '../compose/data-dir.ts';
import type { RunningNode } from '../compose/node.ts';
import { atomicity, settled, startTestNode, workFolder } from '../testing/cli-run.ts';
import { assembleTestFleet, type TestFleet } from '../testing/test-fleet.ts';

const folder = workFolder('reconcile');
const data = folder.path('data');
let node: RunningNode;
let fleet: TestFleet;

beforeAll(async () => {
  node = await startTestNode(data);
  fleet = await assembleTestFleet(node, 'reconcile');
  await fleet.play(4);
  await settled(node);
});

afterAll(async () => {
  await node.stop();
  folder.remove();
});

const reconcile = (...more: string[]) => atomicity(['reconcile', '--data-dir', data, ...more]);

/** Changes a row while the node runs; gives what undoes it. */
function tamper(change: string, undo: string): () => void {
  const database = new Database(join(dataDirAt(data).projections, READ_MODEL_FILE));
  expect(database.prepare(change).run().changes).toBe(1);
  return () => {
    database.prepare(undo).run();
    database.close();
  };
}

it('finds that a running node agrees with its log', async () => {
  const { code, stdout, stderr } = await reconcile();
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toBe(
    `${node.sequencer.size} events of ${node.config.origin} replayed. ` +
      `State hash ${node.projector.projection.stateHash()}\n` +
      'Projection, replay and ledger agree.\n',
  );
});

it('names the row that was changed, and the law that it breaks', async () => {
  const party = fleet.provider.party.id;
  const set = (net: string) => `UPDATE balances SET net = '${net}' WHERE party = '${party}'`;
  const undo = tamper(set('4000011'), set('4000010'));
  const text = await reconcile();
  const json = await reconcile('--json');
  undo();
  expect([text.code, json.code]).toEqual([1, 1]);
  expect(text.stdout).toMatch(/row +balances .*net +4000011 +4000010/);
  expect(text.stdout).toContain('USD/6: 1');
  const { differences } = JSON.parse(json.stdout) as { differences: { kind: string }[] };
  expect(differences.map(({ kind }) => kind).sort()).toEqual(['row', 'sum', 'sum']);
  expect((await reconcile()).code).toBe(0);
});

it('names a row that is missing', async () => {
  const undo = tamper(
    'DELETE FROM entries WHERE leg = 0 AND log_index = (SELECT max(log_index) FROM entries)',
    'SELECT 1',
  );
  const { code, stdout } = await reconcile();
  expect(code).toBe(1);
  expect(stdout).toMatch(/row +entries +missing/);
  expect(undo).toBeTypeOf('function');
  await node.projector.rebuild();
  expect((await reconcile()).code).toBe(0);
});
