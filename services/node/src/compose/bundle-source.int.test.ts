// Goal: a node's bundles can be read again and hold up to the auditor.
// Method: a small cycle on a real node, both kinds written and audited in this process.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readBundle } from '@atomicity/auditor/bundle/read-bundle';
import { writeBundle } from '@atomicity/auditor/bundle/write-bundle';
import { runAudit } from '@atomicity/auditor/cli/run-audit';
import { stateHash } from '@atomicity/kernel/book/state-codec';
import { hashFromBytes, partyIdFromKey } from '@atomicity/kernel/units/id';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { assembleTestFleet, type TestFleet } from '../testing/test-fleet.ts';
import { openBundleSource } from './bundle-source.ts';
import { type RunningNode, startNode } from './node.ts';

const folder = mkdtempSync(join(tmpdir(), 'atomicity-bundle-'));
let node: RunningNode;
let fleet: TestFleet;

beforeAll(async () => {
  const onFatal = (error: unknown) => {
    throw error;
  };
  node = await startNode({ dataDir: folder, port: 0, onFatal });
  fleet = await assembleTestFleet(node, 'bundle');
  await fleet.play(6);
  const { size, root } = await node.sequencer.checkpoint();
  const subject = { origin: node.config.origin, size, root: hashFromBytes(root) };
  await node.settler.plan(subject);
  await node.settler.runOnce(AbortSignal.timeout(60_000));
});

afterAll(async () => {
  await node.stop();
  rmSync(folder, { recursive: true });
});

async function bundle(kind: 'full' | 'sealed'): Promise<string> {
  let text = '';
  for await (const line of writeBundle(await openBundleSource(node), kind)) text += line;
  return text;
}

async function recordTypes(text: string): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {};
  for await (const record of readBundle(pieces(text))) {
    counts[record.type] = (counts[record.type] ?? 0) + 1;
  }
  return counts;
}

async function* pieces(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

async function audited(text: string): Promise<Record<string, string>> {
  const trust = JSON.stringify({
    v: 1,
    logs: [{ origin: node.config.origin, key: partyIdFromKey(node.logSigner.publicKey) }],
    principals: [fleet.principal.party.id],
    verificationKeys: [],
    bitcoin: { blocks: {} },
  });
  let out = '';
  await runAudit(['bundle', '--trust', 'trust', '--json'], {
    read: (path) => pieces(path === 'trust' ? trust : text),
    stdout: (written) => {
      out += written;
    },
    stderr: () => undefined,
    interactive: false,
  });
  const report = JSON.parse(out) as { claims: { claim: string; verdict: string }[] };
  return Object.fromEntries(report.claims.map(({ claim, verdict }) => [claim, verdict]));
}

const failing = (verdicts: Readonly<Record<string, string>>) =>
  Object.entries(verdicts).filter(([, verdict]) => verdict === 'fails');

it('writes a full bundle whose replay and balances hold', async () => {
  const text = await bundle('full');
  const { event, book, anchor } = await recordTypes(text);
  const size = node.sequencer.latest()?.size;
  expect({ event, book, anchor }).toEqual({ event: size, book: 1, anchor: 1 });
  const verdicts = await audited(text);
  expect(failing(verdicts)).toEqual([]);
  expect(verdicts).toMatchObject({ replay: 'holds', balances: 'holds' });
});

it('states the book as it was at the checkpoint, however the log grows', async () => {
  const source = await openBundleSource(node);
  const before = stateHash(node.writer.flushedState());
  await fleet.play(1);
  const [book] = await source.books();
  expect(book?.stateHash).toBe(before);
  expect(stateHash(node.writer.flushedState())).not.toBe(before);
});

it('writes a sealed bundle without payloads and book', async () => {
  const text = await bundle('sealed');
  expect(await recordTypes(text)).toMatchObject({ bundle: 1, end: 1 });
  expect(text).not.toMatch(/"(payload|salt|eventId|positions)":/);
  const verdicts = await audited(text);
  expect(failing(verdicts)).toEqual([]);
});
