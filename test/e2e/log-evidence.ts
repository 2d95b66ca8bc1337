/** What an outsider checks of a node's log over HTTP, and what its owner finds in its files. */
import { openCheckpoint } from '@atomicity/event-log/checkpoint/checkpoint';
import { nodeVerifyEd25519 } from '@atomicity/event-log/checkpoint/node-signer';
import { merkleRoot } from '@atomicity/event-log/merkle/compact-range';
import { nodeTreeHasher } from '@atomicity/event-log/merkle/node-tree-hasher';
import {
  decodeEntryBundle,
  TILE_WIDTH,
  tilePath,
  tileWidthAt,
} from '@atomicity/event-log/merkle/tiles';
import { verifyConsistency } from '@atomicity/event-log/merkle/verify';
import { bytesToHex, hexToBytes } from '@atomicity/kernel/codec/bytes';
import {
  canonicalJson,
  isJsonObject,
  type JsonValue,
} from '@atomicity/kernel/codec/canonical-json';
import { keyOfPartyId } from '@atomicity/kernel/units/id';
import { parseObject } from '@atomicity/kernel/wire/parse-object';
import { logKeyOf, openOffline } from '@atomicity/node/compose/offline-node';
import type { Acknowledgement } from './enduring-client.ts';

export type SeenCheckpoint = { readonly size: number; readonly root: Uint8Array };

/** Of a log that has published nothing yet. */
const NO_CHECKPOINT: SeenCheckpoint = { size: 0, root: nodeTreeHasher.empty() };

/** The newest checkpoint of a node, signed by the key in its data directory. @throws Error otherwise. */
export async function seenCheckpoint(url: string, dataDir: string): Promise<SeenCheckpoint> {
  const node = openOffline(dataDir);
  try {
    const key = { name: node.config.origin, publicKey: keyOfPartyId(logKeyOf(node)) };
    const answer = await fetch(new URL('/v1/checkpoint', url));
    if (answer.status === 404) return NO_CHECKPOINT;
    const note = await answer.text();
    const checkpoint = openCheckpoint(note, key, nodeVerifyEd25519);
    if (checkpoint === undefined) throw new Error(`not signed by the log: ${note}`);
    return checkpoint;
  } finally {
    await node.close();
  }
}

/**
 * Everything wrong with what a node publishes: entries that do not give the root of its checkpoint, a
 * tree that does not extend the one that was seen earlier.
 */
export async function publicationFaults(
  url: string,
  now: SeenCheckpoint,
  earlier: SeenCheckpoint,
): Promise<readonly string[]> {
  const faults: string[] = [];
  const root = merkleRoot(await entries(url, now.size), nodeTreeHasher);
  if (bytesToHex(root) !== bytesToHex(now.root)) faults.push('the entries give another root');
  if (now.size < earlier.size) return [...faults, `the tree shrank: ${earlier.size} → ${now.size}`];
  const { size: from, root: fromRoot } = earlier;
  if (from === 0) return faults;
  const answer = await bytesAt(url, `/v1/proof/consistency?from=${from}&to=${now.size}`);
  const { path }: { path: string[] } = JSON.parse(Buffer.from(answer).toString('utf8'));
  const proof = path.map(hexToBytes);
  const extended = verifyConsistency({ from, to: now.size, fromRoot, toRoot: now.root, proof });
  if (!extended) faults.push(`no tree over ${now.size} that extends the one over ${from}`);
  return faults;
}

async function entries(url: string, size: number): Promise<Uint8Array[]> {
  const all: Uint8Array[] = [];
  for (let n = 0; n * TILE_WIDTH < size; n += 1) {
    const width = tileWidthAt('entries', n, size);
    const bundle = await bytesAt(url, `/v1/${tilePath({ level: 'entries', n, width })}`);
    const decoded = decodeEntryBundle(bundle);
    if (decoded?.length !== width) throw new Error(`entry bundle ${n} is cut off`);
    all.push(...decoded);
  }
  return all;
}

async function bytesAt(url: string, path: string): Promise<Uint8Array> {
  const response = await fetch(new URL(path, url));
  if (response.status !== 200) throw new Error(`${path}: ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

/**
 * Everything wrong with the log in a data directory, whether a node runs there or not: an acknowledged
 * event that is missing or is another one, an object that had its effect twice.
 */
export async function logFaults(
  dataDir: string,
  acknowledged: ReadonlyMap<string, Acknowledgement>,
): Promise<readonly string[]> {
  const faults: string[] = [];
  const missing = new Map(acknowledged);
  const effects = new Map<string, number>();
  const node = openOffline(dataDir);
  try {
    await node.log.catchUp();
    for await (const { eventId, revision, payload, index } of node.log.events(0)) {
      const object = payload === null ? undefined : causeOf(payload);
      if (object !== undefined) effects.set(object, (effects.get(object) ?? 0) + 1);
      const told = acknowledged.get(eventId);
      if (told === undefined) continue;
      missing.delete(eventId);
      const place = told.events.find((event) => event.eventId === eventId);
      const isFirst = told.events[0]?.eventId === eventId;
      if (place?.revision !== revision) faults.push(`${index}: acknowledged at ${place?.revision}`);
      if (isFirst && object !== told.object) faults.push(`${index}: not of ${told.object}`);
    }
  } finally {
    await node.close();
  }
  for (const eventId of missing.keys()) faults.push(`acknowledged and missing: ${eventId}`);
  for (const [object, count] of effects)
    if (count !== 1) faults.push(`${object}: ${count} effects`);
  return faults;
}

/** The id of the object that caused an event; undefined when another event did, or nobody. */
function causeOf(payload: string): string | undefined {
  const value: JsonValue = JSON.parse(payload);
  const cause = isJsonObject(value) ? value['cause'] : undefined;
  const object = isJsonObject(cause) ? cause['object'] : undefined;
  if (object === undefined) return undefined;
  const parsed = parseObject(canonicalJson(object));
  return parsed.kind === 'parsed' ? parsed.object.id : 'unreadable';
}
