// Goal: a proof that is withheld costs the cycle its settlement and nothing else, on the real contract.
// Method: the story up to its transaction; then the desk loses an agent's proof, a stranger asks for it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { FleetJournal } from '@atomicity/settler/fleet/fleet-journal';
import { afterAll, expect, it } from 'vitest';
import { Tale } from '../network-demo/tale.ts';
import type { Closing } from '../story/play-story.ts';
import { required } from './cast.ts';
import { parseFleetDemoOptions } from './options.ts';
import { prepareStage } from './prepare.ts';
import { FIRST, openFirstCycle, proveAgents, settleFleet, tradeAndFail } from './settle-cycle.ts';
import { skipTo } from './stage.ts';

const folder = mkdtempSync(join(tmpdir(), 'atomicity-withheld-'));
const closing: Closing = [];
afterAll(async () => {
  for (const close of closing.reverse()) await close();
  rmSync(folder, { recursive: true, force: true });
});

const silent = new Writable({ write: (_piece, _encoding, done) => done() });

it('is rolled back for a withheld proof, and settles again without the slot', async () => {
  const options = parseFleetDemoOptions(['--agents', '6', '--payments', '2', '--providers', '2']);
  const { signal } = new AbortController();
  const tale = new Tale(silent, true, Date.now());
  const progress = () => undefined;
  const stage = await prepareStage({ options, tale, progress, folder, signal, closing });
  await openFirstCycle(stage);
  const trades = await tradeAndFail(stage);
  await proveAgents(stage, trades);
  await settleFleet(stage, trades);
  const { desk, registry, fleet, orders, cast, node } = stage;
  const ref = { fleet, cycle: FIRST };
  const failed = [orders.disputed, orders.stale, orders.expiring];
  const slot = required(cast.agents.find((agent) => !failed.includes(agent.slot))).slot;

  // The proof is lost, as after a restore of the wrong files.
  const journal = new FleetJournal(join(node.dir.fleet, 'fleet.db'));
  const { settlement } = required(journal.cycle(ref));
  if (settlement === null) throw new Error('the cycle is settled');
  const attestations = settlement.attestations.map((each, i) => (i === slot ? undefined : each));
  // What is fixed stays fixed: it has to be gone first.
  journal.rolledBack(ref, 0, []);
  journal.settles(ref, { ...settlement, attestations });
  journal.settled(ref, []);

  const act = async (kind: 'demand_proof' | 'rollback') =>
    registry.send(await registry.prepare({ kind, ...ref, slot, revision: 0 }, signal), signal);
  await act('demand_proof');
  const [demand] = await desk.openDemands(ref, signal);
  expect(demand).toMatchObject({ slot, revision: 0 });
  await expect(act('rollback')).rejects.toMatchObject({
    facts: { revert: 'ResponseWindowOpen' },
  });
  await expect(desk.answer(required(demand), signal)).rejects.toMatchObject({
    code: 'proof_not_kept',
  });
  await skipTo(stage, required(demand).deadline * 1_000 + 2_000, 'the end of the response window');
  await act('rollback');
  expect(await registry.cycle(ref, signal)).toMatchObject({ state: 'open', revision: 1 });
  expect(await registry.rolledBack(ref, signal)).toEqual([{ ...ref, slot }]);

  await desk.observe(ref, signal);
  await desk.settle(ref, signal);
  const view = await registry.cycle(ref, signal);
  expect(view).toMatchObject({ state: 'pending', revision: 1, includedCount: 2 });
  expect(view.excluded).toContainEqual({ slot, code: 4 });
  expect(view.consumed + view.reserved + view.remaining).toBe(view.cap);
  expect(desk.queue()).toHaveLength(4);
  journal.close();
  expect(tale.failed).toBe(0);
});
