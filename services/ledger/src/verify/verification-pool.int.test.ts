// Goal: threads give the verdicts that one thread gives, for good and bad objects, in any chunking.
// Method: the same texts through pools of different shape; then a pool that is closed under load.
import { readFileSync } from 'node:fs';
import { noteCoreOf } from '@atomicity/kernel/book/note-cores';
import { hexToBytes } from '@atomicity/kernel/codec/bytes';
import { canonicalJson } from '@atomicity/kernel/codec/canonical-json';
import { signId } from '@atomicity/kernel/testing/keys';
import { granted, intent, receipt } from '@atomicity/kernel/testing/payments';
import { createFleet } from '@atomicity/kernel/testing/test-book';
import { CLOUD, GPU } from '@atomicity/kernel/testing/world';
import { refuseChecks } from '@atomicity/kernel/wire/signatures';
import { afterAll, describe, expect, it } from 'vitest';
import { verifyWithOpenssl } from './openssl-ed25519.ts';
import { type Verification, VerificationPool } from './verification-pool.ts';

const fleet = createFleet();
const { world, book } = fleet;

/** Intents, vouchers and receipts of four payments, and a text broken in each way that matters. */
function texts(): string[] {
  const good = Array.from({ length: 4 }, () => {
    const asked = intent(world, GPU, 5n);
    book.accept(asked);
    const hold = granted(world, book.state, asked, fleet.gpuEdge, fleet.budget);
    book.accept(hold);
    const paid = receipt(world, book.state, hold);
    book.accept(paid);
    return [asked, hold, paid];
  }).flat();
  const [asked, hold, paid] = good;
  if (!asked || !hold || !paid) throw new Error('no objects');
  const edit = (text: string, change: (object: ReturnType<typeof JSON.parse>) => void) => {
    const object = JSON.parse(text);
    change(object);
    return canonicalJson(object);
  };
  return [
    ...good.map(({ text }) => text),
    '{',
    edit(asked.text, ({ signatures }) => (signatures[0].sig = signId(CLOUD.key, asked.id))),
    edit(hold.text, ({ body }) => (body.grant.coreSig = signId(CLOUD.key, hold.id))),
    edit(paid.text, ({ body }) => (body.notes[0].core = 'ab'.repeat(32))),
  ];
}

const word = (verification: Verification): string =>
  verification.kind === 'verified'
    ? `${verification.object.body.type} ${verification.object.id} ${verification.object.text.length}`
    : `${verification.refusal.reason} ${verification.refusal.field ?? ''}`;

const all = texts();
const pools = {
  inline: new VerificationPool({ threads: 0 }),
  'two threads': new VerificationPool({ threads: 2, inlineMax: 0 }),
  'chunks of two': new VerificationPool({ threads: 2, chunkSize: 2, inlineMax: 0 }),
};

afterAll(async () => {
  await Promise.all(Object.values(pools).map((pool) => pool.close()));
});

const none = () => undefined;

describe('the verdicts', () => {
  it('name the type and id of what is good, and the fault of what is not', async () => {
    const verdicts = (await pools.inline.verify(all, none)).map(word);
    const types = verdicts.slice(0, 12).map((text) => text.split(' ')[0]);
    expect(types).toEqual(
      Array.from({ length: 4 }, () => [
        'PaymentIntent',
        'CapacityVoucher',
        'FinalizeReceipt',
      ]).flat(),
    );
    expect(verdicts.slice(12)).toEqual([
      'not_json ',
      'signature_invalid /signatures/0/sig',
      // The changed body has another id: the first signature over it fails before the note's.
      'signature_invalid /signatures/0/sig',
      'unknown_note_core /body',
    ]);
  });

  it.each(['two threads', 'chunks of two'] as const)('are the same in %s', async (name) => {
    const wanted = (await pools.inline.verify(all, none)).map(word);
    expect((await pools[name].verify(all, none)).map(word)).toEqual(wanted);
    // 4 payments of 5 signatures, and one failed check in each of two changed objects.
    expect(pools[name].signatureCount).toBeGreaterThanOrEqual(22);
    expect(pools[name].pendingCount).toBe(0);
  });

  it('of a receipt alone need the core of its recorded voucher', async () => {
    const [paid] = all.slice(2, 3);
    if (paid === undefined) throw new Error('no receipt');
    const pool = pools['two threads'];
    expect((await pool.verify([paid], none)).map(word)).toEqual(['unknown_note_core /body']);
    const looked = await pool.verify([paid], (voucher) => noteCoreOf(book.state, voucher));
    expect(looked.map(({ kind }) => kind)).toEqual(['verified']);
  });
});

it('rejects what waits when it is closed, as not applied', async () => {
  const pool = new VerificationPool({ threads: 1, chunkSize: 1, inlineMax: 0 });
  const waiting = pool.verify(all, none);
  const outcome = expect(waiting).rejects.toMatchObject({
    code: 'verification_failed',
    outcome: 'not_applied',
  });
  await pool.close();
  await outcome;
});

describe('the vectors that all verifiers share', () => {
  type Vector = {
    readonly name: string;
    readonly publicKey: string;
    readonly message: string;
    readonly signature: string;
    readonly shape: string | null;
    readonly valid: boolean;
  };
  const path = new URL('../../../../test/vectors/ed25519.json', import.meta.url);
  const vectors: readonly Vector[] = JSON.parse(readFileSync(path, 'utf8'));

  it.each(vectors)('$name', ({ publicKey, message, signature, shape, valid }) => {
    const check = {
      publicKey: hexToBytes(publicKey),
      message: hexToBytes(message),
      signature: hexToBytes(signature),
      field: '/sig',
    };
    const refusal = refuseChecks([check], verifyWithOpenssl);
    expect(refusal?.reason).toBe(valid ? undefined : (shape ?? 'signature_invalid'));
  });
});
