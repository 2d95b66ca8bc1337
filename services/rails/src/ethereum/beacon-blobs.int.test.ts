// Goal: blobs of the network count only when they are the archive's. Method: a server that answers as told.
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { bytesToHex } from '@atomicity/kernel/codec/bytes';
import { BLOB_BYTES } from '@atomicity/kernel/state-diff/field-elements';
import { testHash } from '@atomicity/kernel/testing/keys';
import type { Hash } from '@atomicity/kernel/units/id';
import { unixMs } from '@atomicity/kernel/units/time';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { beaconBlobs, compareWithNetwork, readBackPublished } from './beacon-blobs.ts';

const NEVER = new AbortController().signal;
const blob = new Uint8Array(BLOB_BYTES).fill(3);
const hex = `0x${bytesToHex(blob)}`;
const name = `0x01${'a'.repeat(62)}` as const;
const kept = { versionedHash: name, blob, commitment: blob, proof: blob };
const at = {
  chainId: 1,
  blockNumber: 77,
  blockHash: `0x${'b'.repeat(64)}`,
  blockTime: unixMs(1_606_824_023_000 + 24_000),
} as const;

let server: Server;
let url: string;
let answer: { readonly status: number; readonly body: string };
const asked: (string | undefined)[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(request.url);
    response.writeHead(answer.status).end(answer.body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  url = `http://127.0.0.1:${address instanceof Object ? address.port : 0}`;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

const byNumber = { kind: 'block_number' } as const;

describe('blobs of the network', () => {
  it('are asked for by the slot of the block’s time, one by one', async () => {
    answer = { status: 200, body: JSON.stringify({ data: [hex] }) };
    const blockId = { kind: 'slot', genesisTime: 1_606_824_023, slotSeconds: 12 } as const;
    const source = beaconBlobs({ url, blockId });
    await compareWithNetwork(source, at, [kept, kept], NEVER);
    const path = `/eth/v1/beacon/blobs/2?versioned_hashes=${name}`;
    expect(asked.splice(0)).toEqual([path, path]);
    await compareWithNetwork(beaconBlobs({ url, blockId: byNumber }), at, [kept], NEVER);
    expect(asked.splice(0)).toEqual([`/eth/v1/beacon/blobs/77?versioned_hashes=${name}`]);
  });

  it.each<[string, number, string, string]>([
    ['no longer there', 404, '', 'rail_refused'],
    ['no JSON', 200, '<html>', 'rail_answer_unusable'],
    ['no list', 200, '{}', 'rail_answer_unusable'],
    ['missing', 200, '{"data":[]}', 'rail_answer_unusable'],
    ['in no hex', 200, '{"data":["zz"]}', 'rail_answer_unusable'],
    ['too short', 200, '{"data":["0x00"]}', 'rail_answer_unusable'],
    ['endless', 200, ' '.repeat(400_000), 'rail_answer_unusable'],
    ['others', 200, JSON.stringify({ data: [hex.replace('3', '4')] }), 'rail_answer_unusable'],
  ])('are refused when %s', async (_name, status, body, code) => {
    answer = { status, body };
    const source = beaconBlobs({ url, blockId: byNumber });
    await expect(compareWithNetwork(source, at, [kept], NEVER)).rejects.toMatchObject({
      code,
      outcome: 'not_applied',
    });
  });

  it('are compared once, and again after a failure', async () => {
    const batches = [testHash('one'), testHash('two')];
    const open = new Set(batches);
    const archive = {
      uncompared: () =>
        batches.filter((each) => open.has(each)).map((batch) => ({ batch, published: at })),
      readBatch: async () => [kept],
      readBack: async (batch: Hash) => {
        open.delete(batch);
      },
    };
    const source = beaconBlobs({ url, blockId: byNumber });
    const failures: unknown[] = [];
    const compare = (chainId: number) =>
      readBackPublished(archive, chainId, source, (error) => failures.push(error), NEVER);
    answer = { status: 500, body: '' };
    await compare(1);
    expect([open.size, failures.length]).toEqual([2, 2]);
    answer = { status: 200, body: JSON.stringify({ data: [hex] }) };
    await compare(2);
    expect(open.size).toBe(2);
    await compare(1);
    asked.length = 0;
    await compare(1);
    expect([open.size, failures.length, asked]).toEqual([0, 2, []]);
  });

  it('are out of reach when nobody listens', async () => {
    const source = beaconBlobs({ url: 'http://127.0.0.1:1', blockId: byNumber });
    await expect(compareWithNetwork(source, at, [kept], NEVER)).rejects.toMatchObject({
      code: 'rail_unreachable',
    });
  });
});
