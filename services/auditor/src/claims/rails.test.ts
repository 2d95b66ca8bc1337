// Goal: what left the node by three rails is checked against the log, and every change of a root, a blob or a
// preimage is caught by name. Method: one true world; for each row one change of the file, the trust or the log.
import { bytesToHex, hexToBytes, textFromUtf8, utf8 } from '@atomicity/kernel/codec/bytes';
import { testHash } from '@atomicity/kernel/testing/keys';
import { CLOUD, GPU } from '@atomicity/kernel/testing/world';
import { beforeAll, describe, expect, it } from 'vitest';
import { bytesHash } from '../crypto/bytes-hash.ts';
import { auditText } from '../testing/audit-text.ts';
import { editLine } from '../testing/claim-cases.ts';
import { type ClosedBatch, flippedHex, RailsWorld } from '../testing/rails-world.ts';
import { resealed } from '../testing/rewritten-log.ts';
import type { ClaimName } from './names.ts';

let world: RailsWorld;
let full: string;
let trust: string;
let published: ClosedBatch;

async function railsWorld(
  edit?: Parameters<RailsWorld['closeBatch']>[2],
): Promise<{ readonly world: RailsWorld; readonly published: ClosedBatch }> {
  const fresh = new RailsWorld();
  fresh.pay(GPU, 11n);
  fresh.pay(CLOUD, 12n, 'spent', 1n);
  const first = await fresh.closeBatch(['ethereum'], null, edit);
  await fresh.publish(first);
  fresh.pay(GPU, 16n);
  const paid = await fresh.closeBatch(['lightning'], fresh.settlement());
  await fresh.settle(paid);
  await fresh.checkpoint();
  return { world: fresh, published: first };
}

beforeAll(async () => {
  ({ world, published } = await railsWorld());
  full = await world.bundle('full');
  trust = world.trustFile();
});

type Row = { readonly claim: string; readonly verdict: string; readonly reason: string };

async function rowOf(claim: ClaimName, bundle: string, file = trust): Promise<Row | undefined> {
  const rows = await auditText(bundle, file);
  if (typeof rows === 'string') throw new Error(rows);
  return rows.get(claim);
}

/** The bundle with the evidence of one rail changed, as text. */
function evidence(rail: string, change: (text: string) => string): string {
  return resealed(full, (lines) =>
    lines.map((line) => {
      if (!line.endsWith('"type":"anchor"}') || !line.includes(`"rail":"${rail}"`)) return line;
      const { proof } = JSON.parse(line) as { readonly proof: string };
      const text = change(textFromUtf8(hexToBytes(proof)) ?? '');
      return line.replace(proof, bytesToHex(utf8(text)));
    }),
  );
}

describe('a log with a blob and a paid invoice', () => {
  it('is anchored as far as the last batch, and both carry what the log has', async () => {
    expect(await rowOf('bundle', full)).toMatchObject({ verdict: 'holds' });
    expect(await rowOf('state-diffs', full)).toMatchObject({
      verdict: 'holds',
      reason: '2 batches, each as the log has it',
    });
    expect(await rowOf('anchors', full)).toMatchObject({
      verdict: 'holds',
      reason: expect.stringMatching(
        /^Lightning node 0[23]\w+… was paid 11000 msat of regtest for the root: the/,
      ),
    });
  });

  it('rests on the blob alone when the payee is not known', async () => {
    const stranger = JSON.stringify({ ...JSON.parse(trust), lightning: { nodes: [] } });
    expect(await rowOf('anchors', full, stranger)).toMatchObject({
      verdict: 'holds',
      reason: expect.stringMatching(
        /^block \d+ of chain 31337 holds the root, 1 blob holds the state diffs: the first \d+ events/,
      ),
    });
  });

  it('shows no creditor and no amount of an invoice in a sealed bundle', async () => {
    const sealed = await world.bundle('sealed');
    expect(sealed).not.toContain('"rail":"lightning"');
    expect(await rowOf('anchors', sealed)).toMatchObject({
      verdict: 'holds',
      reason: expect.stringContaining('1 blob holds the state diffs'),
    });
    expect(await rowOf('state-diffs', sealed)).toMatchObject({ verdict: 'not shown' });
  });
});

const withChain = (change: object): string => {
  const file = JSON.parse(trust) as { readonly ethereum: Record<string, object> };
  const chain = { ...file.ethereum['31337'], ...change };
  return JSON.stringify({ ...file, ethereum: { '31337': chain }, lightning: { nodes: [] } });
};

describe('is not shown', () => {
  it.each([
    ['the block is not listed', { blocks: {} }, /does not list block \d+ of chain 31337/],
    ['the registry is not listed', { registries: [] }, /does not list registry 0xaaaa/],
    ['the publisher is not listed', { publishers: [] }, /does not list publisher 0x/],
  ])('when %s', async (_why, change, reason) => {
    const bundle = resealed(full, (lines) =>
      lines.filter((line) => !line.includes('"rail":"lightning"')),
    );
    const row = await rowOf('anchors', bundle, withChain(change));
    expect(row).toMatchObject({ verdict: 'not shown', reason: expect.stringMatching(reason) });
  });

  it('when it was paid on a network whose coins are free', async () => {
    const file = JSON.parse(trust) as { readonly lightning: { readonly nodes: readonly string[] } };
    const { nodes } = file.lightning;
    const row = await rowOf(
      'anchors',
      full,
      JSON.stringify({ ...file, lightning: { nodes }, ethereum: {} }),
    );
    expect(row).toMatchObject({
      verdict: 'not shown',
      reason: expect.stringContaining('the trust file does not count payments on regtest'),
    });
  });

  it('when the node is not listed and nothing else anchors the log', async () => {
    const row = await rowOf('anchors', full, withChain({ blocks: {} }));
    expect(row).toMatchObject({
      verdict: 'not shown',
      reason: expect.stringContaining('does not list Lightning node'),
    });
  });
});

describe('is caught', () => {
  it.each([
    ['a preimage', 'lightning', /"preimage":"(\w+)"/, 'preimage_mismatch'],
    [
      'a root that was paid for',
      'lightning',
      /\\"root\\":\\"(\w+)\\"/,
      'description_not_committed',
    ],
    ['a block header', 'ethereum', /"header":"0x(\w+)"/, 'other|block|transaction|receipt|header'],
    ['a receipt', 'ethereum', /"receiptProof":\["0x(\w+)"/, 'receipt_not_in_block'],
    ['a commitment', 'ethereum', /"commitments":\["0x(\w+)"/, 'blobs_mismatch'],
  ])('%s that was changed', async (_what, rail, where, reason) => {
    const changed = evidence(rail, (text) =>
      text.replace(where, (all, hex: string) => all.replace(hex, flippedHex(hex, 20))),
    );
    const row = await rowOf('anchors', changed);
    expect(row).toMatchObject({ verdict: 'fails', reason: expect.stringMatching(reason) });
  });

  it('a blob’s proof that was changed', async () => {
    const changed = evidence('ethereum', (text) =>
      text.replace(/"blobProofs":\["0x(\w+)"/, (all, hex: string) =>
        all.replace(hex, flippedHex(hex, 47)),
      ),
    );
    expect(await rowOf('anchors', changed)).toMatchObject({
      verdict: 'fails',
      reason: 'the payload is not what the blobs hold',
    });
  });

  it('a payload that was changed, under its old hash and under its own', async () => {
    const hex = bytesToHex(published.payload);
    const other = flippedHex(hex, 5);
    const hash = bytesHash(hexToBytes(other));
    const old = editLine(full, 'payload', (line) => line.replace(hex, other));
    const own = editLine(full, 'payload', (line) =>
      line.replace(hex, other).replace(published.batch.payload, hash),
    );
    expect(await rowOf('bundle', old)).toMatchObject({
      verdict: 'fails',
      reason: 'a payload that is not the one of its hash',
    });
    expect(await rowOf('bundle', own)).toMatchObject({
      verdict: 'fails',
      reason: 'a payload that no anchor published in blobs',
    });
  });

  it('a chain whose block is another one', async () => {
    const file = JSON.parse(trust) as { readonly ethereum: { '31337': { blocks: object } } };
    const blocks = Object.fromEntries(
      Object.keys(file.ethereum['31337'].blocks).map((number) => [
        number,
        `0x${testHash('other block')}`,
      ]),
    );
    expect(await rowOf('anchors', full, withChain({ blocks }))).toMatchObject({
      verdict: 'fails',
      reason: expect.stringContaining('of the trust file is another one'),
    });
  });

  it('diffs that are not those of the log', async () => {
    const forged = await railsWorld((batch) => ({ ...batch, payload: testHash('other diffs') }));
    const row = await rowOf(
      'state-diffs',
      await forged.world.bundle('full'),
      forged.world.trustFile(),
    );
    expect(row).toMatchObject({
      verdict: 'fails',
      reason: 'its state diffs are not those of the log',
    });
  });

  it('a payment for another debt than the batch settles', async () => {
    const fresh = new RailsWorld();
    fresh.pay(GPU, 11n);
    const closed = await fresh.closeBatch(['lightning'], fresh.settlement());
    const settles = { ...fresh.settlement(), edge: testHash('another edge') };
    await fresh.settle(closed, { ...closed.batch, settles });
    await fresh.checkpoint();
    expect(await rowOf('state-diffs', await fresh.bundle('full'), fresh.trustFile())).toMatchObject(
      {
        verdict: 'fails',
        reason: 'paid another debt than the batch of the log settles',
      },
    );
  });

  it('a batch that the log never closed', async () => {
    const fresh = new RailsWorld();
    fresh.pay(GPU, 11n);
    const closed = await fresh.closeBatch(['lightning'], fresh.settlement());
    await fresh.settle(closed, { ...closed.batch, batch: testHash('no batch') });
    await fresh.checkpoint();
    expect(await rowOf('state-diffs', await fresh.bundle('full'), fresh.trustFile())).toMatchObject(
      {
        verdict: 'fails',
        reason: 'paid for a batch that the log does not know',
      },
    );
  });
});
