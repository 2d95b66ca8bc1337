import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { nodeNoteSigner } from '@atomicity/event-log/checkpoint/node-signer';
import { LogReader } from '@atomicity/event-log/sequencer/log-reader';
import { TREE_FILE } from '@atomicity/event-log/sequencer/sequencer';
import { EVENTS_FILE } from '@atomicity/event-log/sqlite/database';
import type { Anchor } from '@atomicity/kernel/anchor/anchor';
import {
  type PartyId,
  parseStreamId,
  partyIdFromKey,
  type StreamId,
} from '@atomicity/kernel/units/id';
import { unixMs } from '@atomicity/kernel/units/time';
import { FileSnapshots } from '@atomicity/ledger/writer/snapshots';
import { AnchorStream } from '@atomicity/settler/anchor-stream';
import { PayloadArchive } from '@atomicity/settler/batch/payload-archive';
import type { BundleParts } from './bundle-source.ts';
import {
  type DataDir,
  dataDirAt,
  keySeed,
  type NodeConfig,
  nodeConfig,
  PAYLOADS_FOLDER,
} from './data-dir.ts';
import { verificationKeysOnDisk } from './verification-keys.ts';

/** The folder holds no node's log. */
export class NoLogHere extends Error {
  override readonly name = 'NoLogHere';
}

/** A node's data directory, read while the node may be running in another process. */
export type OfflineNode = {
  readonly dir: DataDir;
  readonly config: NodeConfig;
  readonly book: StreamId;
  readonly log: LogReader;
  close(): Promise<void>;
};

/**
 * Opens a data directory for reading. Takes no lock and changes nothing.
 * @throws NoLogHere when no node has started there yet.
 */
export function openOffline(root: string): OfflineNode {
  const dir = dataDirAt(root);
  const needed = [dir.config, join(dir.log, EVENTS_FILE), join(dir.log, TREE_FILE)];
  for (const file of needed) {
    if (!existsSync(file)) throw new NoLogHere(`${root}: no node's data directory (no ${file})`);
  }
  const config = nodeConfig(dir);
  const log = new LogReader(dir.log);
  return { dir, config, book: streamOf(config.book), log, close: () => log.close() };
}

/** The public log key. @throws Error when its file is not there. */
export function logKeyOf({
  dir,
  config,
}: Pick<OfflineNode, 'dir'> & { readonly config: Pick<NodeConfig, 'origin'> }): PartyId {
  return partyIdFromKey(nodeNoteSigner(config.origin, keySeed(dir, 'log')).publicKey);
}

/** What a bundle needs, from the files: fixed at the last checkpoint that the node has published. */
export async function offlineBundleParts(node: OfflineNode): Promise<BundleParts> {
  return {
    log: node.log,
    origin: node.config.origin,
    logKey: logKeyOf(node),
    snapshot: () => new FileSnapshots(node.dir.log, 'book').load(),
    book: node.book,
    anchors: await anchorsOf(node),
    verificationKeys: verificationKeysOnDisk,
    payload: (hash) => new PayloadArchive(join(node.dir.rails, PAYLOADS_FOLDER)).read(hash),
  };
}

async function anchorsOf({ log, config }: OfflineNode): Promise<readonly Anchor[]> {
  // The clock is for appending, which nobody does here.
  const anchors = new AnchorStream(log.store, streamOf(config.anchors), () => unixMs(0));
  await anchors.catchUp();
  return [...anchors.anchors.values()];
}

function streamOf(text: string): StreamId {
  const stream = parseStreamId(text);
  if (stream === undefined) throw new Error('invariant: the configuration was checked');
  return stream;
}
