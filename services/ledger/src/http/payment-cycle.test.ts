// Goal: a payment goes through the HTTP edge, once. Method: inject signed requests, read the views.
import { granted, intent, receipt } from '@atomicity/kernel/testing/payments';
import { AGENT, GPU, PRINCIPAL } from '@atomicity/kernel/testing/world';
import { describe, expect, it } from 'vitest';
import { setUpFleet } from '../testing/test-fleet.ts';
import { accept, createTestLedger, get, post, postBatch } from '../testing/test-ledger.ts';

describe('given a fleet with a budget', () => {
  it('when hold and receipt are submitted, then balances move once both are in', async () => {
    const ledger = await createTestLedger();
    const { world, writer } = ledger;
    const fleet = await setUpFleet(ledger);
    const asked = intent(world, GPU, 120n);
    await accept(ledger, GPU, asked);
    const hold = granted(world, writer.flushedState(), asked, fleet.gpuEdge, fleet.budget);
    const answer = await post(ledger, hold, AGENT.key);
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({ kind: 'accepted', object: hold.id, duplicate: false });
    const held = await get(ledger, `/v1/budgets/${fleet.budget}`, PRINCIPAL);
    expect(held.json.value).toMatchObject({ available: '880', committed: '120', spent: '0' });

    const paid = receipt(world, writer.flushedState(), hold);
    expect((await post(ledger, paid, GPU.key)).status).toBe(200);
    const spent = await get(ledger, `/v1/budgets/${fleet.budget}`, AGENT);
    expect(spent.json.value).toMatchObject({ available: '880', committed: '0', spent: '120' });
    const balances = await get(ledger, `/v1/parties/${GPU.id}/balances`, GPU);
    expect(balances.json.value).toMatchObject([{ denomination: 'USD/6', net: '120' }]);

    const again = await post(ledger, paid, GPU.key);
    expect(again.json).toMatchObject({ duplicate: true, object: paid.id });
    expect(again.json.events).toHaveLength(1);
  });

  it('when one batch carries intent, voucher and receipt, then each is decided after the one before', async () => {
    const ledger = await createTestLedger();
    const { world, writer } = ledger;
    const fleet = await setUpFleet(ledger);
    const asked = intent(world, GPU, 7n);
    const hold = granted(world, writer.flushedState(), asked, fleet.gpuEdge, fleet.budget);
    const paid = receipt(world, writer.flushedState(), hold);
    const answer = await postBatch(ledger, [asked, hold, paid], AGENT.key);
    expect(answer.json.outcomes.map(({ kind }: { kind: string }) => kind)).toEqual([
      'accepted',
      'accepted',
      'accepted',
    ]);
  });
});
