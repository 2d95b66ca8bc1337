// Goal: a node serves the evidence of an intent to those whom it concerns, and keeps what they leave.
// Method: signed objects through the HTTP edge, a fake mirror with room for three.
import { intent } from '@atomicity/kernel/testing/payments';
import { AGENT, GPU, testParty } from '@atomicity/kernel/testing/world';
import { beforeEach, describe, expect, it } from 'vitest';
import { fakeNetwork, memoryMirror, paymentView } from '../testing/fake-network.ts';
import {
  createTestLedger,
  get,
  introduce,
  send,
  signed,
  type TestLedger,
} from '../testing/test-ledger.ts';

const OTHER = testParty('other');

let ledger: TestLedger;
let router: ReturnType<typeof fakeNetwork>;

beforeEach(async () => {
  router = fakeNetwork(AGENT.id, []);
  ledger = await createTestLedger({ network: router.network, mirror: memoryMirror(2) });
  await introduce(ledger, ledger.world, AGENT, GPU, OTHER);
});

const leave = (id: string, objects: readonly string[], party: string = GPU.id) =>
  send(ledger, signed(ledger, 'POST', `/v1/receipts/${id}`, GPU.key, { objects, party }));
const receipts = async (id: string, as: typeof GPU) =>
  (await get(ledger, `/v1/receipts/${id}`, as)).json.receipts;

describe('what a party leaves', () => {
  it('is kept once and served back to that party alone', async () => {
    const { id, text } = intent(ledger.world, GPU, 1n);
    expect((await leave(id, [text])).json).toEqual({ kind: 'kept' });
    expect((await leave(id, [text])).json).toEqual({ kind: 'kept' });
    expect(await receipts(id, GPU)).toEqual([text]);
    expect(await receipts(id, OTHER)).toEqual([]);
  });

  it('must be signed soundly, of this intent and a kind of evidence', async () => {
    const one = intent(ledger.world, GPU, 1n);
    const two = intent(ledger.world, GPU, 2n);
    const forged = one.text.replace(/"sig":"../, '"sig":"00');
    const reasons = [
      await leave(one.id, ['{']),
      await leave(one.id, [forged]),
      await leave(one.id, [one.text, two.text]),
      await leave(one.id, []),
      await leave(one.id, [one.text], OTHER.id),
    ].map(({ status, json }) => `${status} ${json.reason} ${json.field ?? ''}`.trim());
    expect(reasons).toEqual([
      '400 not_json',
      expect.stringMatching(/^400 (signature|public_key)/),
      '400 malformed_request /objects/1',
      '400 malformed_request /objects',
      '403 role_not_allowed /party',
    ]);
    expect(await receipts(one.id, GPU)).toEqual([]);
  });

  it('finds an end where the room for a party ends', async () => {
    const objects = [1n, 2n, 3n].map((value) => intent(ledger.world, GPU, value));
    const small = memoryMirror(0);
    ledger = await createTestLedger({ network: router.network, mirror: small });
    await introduce(ledger, ledger.world, GPU);
    const { status, json } = await leave(objects[0]?.id ?? '', [objects[0]?.text ?? '']);
    expect([status, json.reason]).toEqual([507, 'mirror_full']);
  });
});

describe('what the book recorded', () => {
  it('comes first, to the parties of the payment', async () => {
    const { id, text } = intent(ledger.world, GPU, 1n);
    const hop = { from: AGENT.id, to: GPU.id } as never;
    router.payments.set(id, paymentView(id, { hops: [hop] }));
    router.evidenceOf.set(id, ['held', text]);
    await leave(id, [text]);
    expect(await receipts(id, GPU)).toEqual(['held', text]);
    expect(await receipts(id, AGENT)).toEqual(['held', text]);
    const { json } = await get(ledger, `/v1/receipts/${id}`, AGENT);
    expect(json.delegations).toEqual(['delegation of 4', `delegation of ${text.length}`]);
    expect(await receipts(id, OTHER)).toEqual([]);
  });
});
