// Goal: nobody can take a command id away from somebody else. Method: a stranger uses, beforehand, the id
// that another party or a part of the node itself is about to use.
import { delegation } from '@atomicity/kernel/testing/accounts';
import { intent } from '@atomicity/kernel/testing/payments';
import { GPU, testParty } from '@atomicity/kernel/testing/world';
import { verified } from '@atomicity/kernel/wire/verified';
import { expect, it } from 'vitest';
import { createTestLedger, introduce, post } from '../testing/test-ledger.ts';

const STRANGER = testParty('stranger');
const evidence = { signatures: 'all_verified', opening: 'checked' } as const;

it('a command id belongs to the key that signs the request', async () => {
  const ledger = await createTestLedger();
  await introduce(ledger, ledger.world, GPU);
  const squat = await post(ledger, delegation(ledger.world, STRANGER), STRANGER.identity, 'pay-1');
  expect(squat.status).toBe(200);
  const asked = intent(ledger.world, GPU, 5n);
  const answer = await post(ledger, asked, GPU.key, 'pay-1');
  expect([answer.status, answer.json.commandId]).toEqual([200, 'pay-1']);
  const again = await post(ledger, asked, GPU.key, 'pay-1');
  expect(again.json).toEqual({ ...answer.json, duplicate: true });
  const other = await post(ledger, intent(ledger.world, GPU, 6n), GPU.key, 'pay-1');
  expect(other.json.reason).toBe('exists_with_different_payload');
});

it('no request uses up an id under which the node itself submits', async () => {
  const ledger = await createTestLedger();
  await introduce(ledger, ledger.world, GPU);
  const id = `attest.${'0'.repeat(57)}`;
  const squat = await post(ledger, delegation(ledger.world, STRANGER), STRANGER.identity, id);
  expect(squat.status).toBe(200);
  const own = await ledger.writer.submit(id, verified(intent(ledger.world, GPU, 5n), evidence));
  expect(own).toMatchObject({ kind: 'accepted', duplicate: false });
});
