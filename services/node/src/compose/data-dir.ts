import { createHash, randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { keyPairFromSeed } from '@atomicity/client/key-pair';
import { TREE_FILE } from '@atomicity/event-log/sequencer/sequencer';
import { type PartyId, parsePartyId } from '@atomicity/kernel/units/id';

/** The projection's file inside `projections`. */
export const READ_MODEL_FILE = 'read.db';

/** The attestor's file inside `attestor`. */
export const JOURNAL_FILE = 'journal.db';

/** The fleet desk's file inside `fleet`. */
export const FLEET_FILE = 'fleet.db';

/** The payloads of batches inside `rails`. */
export const PAYLOADS_FOLDER = 'payloads';

/** Where a node keeps what. Everything a node needs to come back is under `root`. */
export type DataDir = {
  readonly root: string;
  /** Event store, vault of salts and sequencer. */
  readonly log: string;
  /** Rebuilt from the log when missing. */
  readonly projections: string;
  /** Statements and openings of the attestor: private, and not derived from the log. */
  readonly attestor: string;
  /** What the router remembers beside the book: payments under way, evidence, mirrored receipts. */
  readonly router: string;
  /** Plans, settlements and the resolution queue of the fleet desk: private, and not derived from the log. */
  readonly fleet: string;
  /** Payloads and blobs of batches, and what the rails remember beside the log. */
  readonly rails: string;
  /** Secrets, mode 0600 in a folder of mode 0700. */
  readonly keys: string;
  readonly bundles: string;
  /** The last checkpoint this node published. Not part of a backup: it is what shows that one is old. */
  readonly lastCheckpoint: string;
  readonly config: string;
  /** Where `serve` looks for a network configuration, unless it is told another place. */
  readonly network: string;
  /** Where `serve` looks for a fleet configuration, unless it is told another place. */
  readonly fleetConfig: string;
  /** Where `serve` looks for a rails configuration, unless it is told another place. */
  readonly railsConfig: string;
  readonly lock: string;
};

/** Names the places under `root`; makes nothing. */
export function dataDirAt(root: string): DataDir {
  return {
    root,
    log: join(root, 'log'),
    projections: join(root, 'projections'),
    attestor: join(root, 'attestor'),
    router: join(root, 'router'),
    fleet: join(root, 'fleet'),
    rails: join(root, 'rails'),
    keys: join(root, 'keys'),
    bundles: join(root, 'bundles'),
    lastCheckpoint: join(root, 'last-checkpoint'),
    config: join(root, 'node.json'),
    network: join(root, 'network.json'),
    fleetConfig: join(root, 'fleet.json'),
    railsConfig: join(root, 'rails.json'),
    lock: join(root, 'node.lock'),
  };
}

/** Names the places under `root` and makes the folders, readable by this user only. */
export function openDataDir(root: string): DataDir {
  const dir = dataDirAt(root);
  const { log, projections, attestor, router, fleet, rails, keys, bundles } = dir;
  for (const folder of [root, log, projections, attestor, router, fleet, rails, keys, bundles]) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }
  chmodSync(dir.keys, 0o700);
  return dir;
}

/** What a node decided about itself once, on its first start. */
export type NodeConfig = {
  readonly v: 1;
  /** Log origin: a name, unique to this log for ever. */
  readonly origin: string;
  /** Stream of the book, 32 hex digits. */
  readonly book: string;
  /** Stream of the anchors, 32 hex digits. */
  readonly anchors: string;
  /** Identity of the operator. */
  readonly operator: PartyId;
};

/** Reads the node's configuration, or makes and keeps one with random stream ids. */
export function nodeConfig(dir: DataDir): NodeConfig {
  if (existsSync(dir.config)) return parseConfig(readFileSync(dir.config, 'utf8'), dir.config);
  const config: NodeConfig = {
    v: 1,
    origin: `atomicity.local/${randomBytes(8).toString('hex')}`,
    book: randomBytes(16).toString('hex'),
    anchors: randomBytes(16).toString('hex'),
    operator: keyPairFromSeed(keySeed(dir, 'operator-identity')).id,
  };
  writeDurably(dir.config, `${JSON.stringify(config, null, 2)}\n`, 0o600);
  return config;
}

function parseConfig(text: string, file: string): NodeConfig {
  const config: Partial<NodeConfig> = JSON.parse(text);
  const stream = /^[0-9a-f]{32}$/;
  if (config.v !== 1) throw new Error(`${file}: v must be 1`);
  if (!/^[a-z0-9./-]{1,128}$/.test(config.origin ?? '')) throw new Error(`${file}: origin`);
  if (!stream.test(config.book ?? '')) throw new Error(`${file}: book must be 32 hex digits`);
  if (!stream.test(config.anchors ?? '')) throw new Error(`${file}: anchors must be 32 hex digits`);
  if (parsePartyId(config.operator ?? '') === undefined) {
    throw new Error(`${file}: operator must be pk:…`);
  }
  return config as NodeConfig;
}

/**
 * The 32-byte seed of one of the node's keys; drawn and kept on the first call.
 * @throws when the file can be read by others or is not 64 hex digits; when the log's key is missing
 * although there is a log, as after a restore without keys.
 */
export function keySeed(dir: DataDir, name: 'log' | 'operator' | 'operator-identity'): Uint8Array {
  const file = join(dir.keys, name);
  if (name === 'log' && !existsSync(file) && existsSync(join(dir.log, TREE_FILE))) {
    // A log goes on under its key or not at all: a new key would make it another log.
    throw new Error(`${file}: this log's key is missing; put it back from where keys are kept`);
  }
  if (!existsSync(file)) writeDurably(file, `${randomBytes(32).toString('hex')}\n`, 0o600);
  if ((statSync(file).mode & 0o077) !== 0)
    throw new Error(`${file}: must not be readable by others`);
  const text = readFileSync(file, 'utf8').trim();
  if (!/^[0-9a-f]{64}$/.test(text)) throw new Error(`${file}: must be 64 hex digits`);
  return new Uint8Array(Buffer.from(text, 'hex'));
}

/** Replaces a file so that a crash leaves either the old text or the new one. Durable when it returns. */
export function writeDurably(file: string, text: string, mode: number): void {
  const temporary = `${file}.${createHash('sha256').update(text).digest('hex').slice(0, 8)}.tmp`;
  const fd = openSync(temporary, 'w', mode);
  writeSync(fd, text);
  fsyncSync(fd);
  closeSync(fd);
  renameSync(temporary, file);
  const folder = openSync(dirname(file), 'r');
  fsyncSync(folder);
  closeSync(folder);
}
