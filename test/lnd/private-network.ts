/**
 * A Bitcoin chain and two Lightning nodes of this machine alone: btcd on regtest, and lnd twice, with a
 * channel between them and money on both of its sides. Real programs, worthless money.
 */

import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JsonObject, JsonValue } from '@atomicity/kernel/codec/canonical-json';
import { isJsonObject } from '@atomicity/kernel/codec/canonical-json';
import { LndConnection } from '@atomicity/rails/lightning/lnd-connection';
import { programPath } from './binaries.ts';
import { ChildProgram, freePorts } from './child-program.ts';

const signal = new AbortController().signal;
/** Segregated witness is active, coinbases are ripe. */
const BLOCKS = 450;
const CHANNEL_SAT = 10_000_000;
const CONFIRMATIONS = 6;

/** What stands at a path of keys; undefined where there is nothing. */
export function at(json: JsonValue | undefined, ...path: readonly string[]): JsonValue | undefined {
  return path.reduce<JsonValue | undefined>(
    (value, key) => (isJsonObject(value) ? value[key] : undefined),
    json,
  );
}

export class Btcd {
  readonly user = 'test';
  readonly password = 'test';
  readonly certificateFile: string;
  readonly #folder: string;
  readonly #ports: readonly [number, number];
  #program: ChildProgram | undefined;

  constructor(folder: string, ports: readonly [number, number]) {
    mkdirSync(folder, { recursive: true });
    this.#folder = folder;
    this.#ports = ports;
    this.certificateFile = join(folder, 'rpc.cert');
  }

  get host(): string {
    return `127.0.0.1:${this.#ports[0]}`;
  }

  async start(miningAddress?: string): Promise<void> {
    const [rpc, peers] = this.#ports;
    const argv = ['--regtest', `--datadir=${this.#folder}`, `--logdir=${this.#folder}/logs`];
    argv.push(`--configfile=${this.#folder}/none.conf`, '--txindex', '--nobanning');
    argv.push(`--rpcuser=${this.user}`, `--rpcpass=${this.password}`);
    argv.push(`--rpclisten=127.0.0.1:${rpc}`, `--listen=127.0.0.1:${peers}`);
    argv.push(`--rpccert=${this.certificateFile}`, `--rpckey=${this.#folder}/rpc.key`);
    if (miningAddress !== undefined) argv.push(`--miningaddr=${miningAddress}`);
    const logFile = join(this.#folder, 'btcd.log');
    const ready = /RPC server listening on/;
    this.#program = await ChildProgram.start(programPath('btcd'), argv, { logFile, ready });
  }

  async stop(): Promise<void> {
    await this.#program?.end('SIGTERM');
  }

  /** One JSON-RPC call, as to any Bitcoin node. @throws Error with the node's own. */
  async rpc(method: string, ...params: readonly JsonValue[]): Promise<JsonValue> {
    const sent = request({
      host: '127.0.0.1',
      port: this.#ports[0],
      method: 'POST',
      ca: readFileSync(this.certificateFile),
      auth: `${this.user}:${this.password}`,
      agent: false,
    });
    sent.end(JSON.stringify({ jsonrpc: '1.0', id: 1, method, params }));
    const [response] = await once(sent, 'response');
    let text = '';
    for await (const chunk of response) text += chunk;
    const answer: JsonObject = JSON.parse(text);
    if (!isJsonObject(answer['error'])) return answer['result'] ?? null;
    throw new Error(`btcd: ${method}: ${String(answer['error']['message'])}`);
  }

  async mine(blocks: number): Promise<void> {
    await this.rpc('generate', blocks);
  }
}

export class Lnd {
  readonly folder: string;
  readonly #btcd: Btcd;
  readonly #ports: readonly [number, number, number];
  #program: ChildProgram | undefined;

  constructor(folder: string, btcd: Btcd, ports: readonly [number, number, number]) {
    mkdirSync(folder, { recursive: true });
    this.folder = folder;
    this.#btcd = btcd;
    this.#ports = ports;
  }

  get url(): string {
    return `https://127.0.0.1:${this.restPort}`;
  }

  get restPort(): number {
    return this.#ports[2];
  }

  get peerHost(): string {
    return `127.0.0.1:${this.#ports[0]}`;
  }

  get certificateFile(): string {
    return join(this.folder, 'tls.cert');
  }

  get adminMacaroonFile(): string {
    return join(this.folder, 'data/chain/bitcoin/regtest/admin.macaroon');
  }

  /** As somebody who may do everything. */
  get admin(): LndConnection {
    const { url, certificateFile, adminMacaroonFile: macaroonFile } = this;
    return new LndConnection({ url, certificateFile, macaroonFile });
  }

  /** Starts it and waits until it says of itself that it is there. */
  async start(state: 'RPC_ACTIVE' | 'SERVER_ACTIVE' = 'SERVER_ACTIVE'): Promise<void> {
    await this.startProcess();
    await this.reaches(state);
  }

  /** Starts it and waits only until something listens at its REST address. */
  async startProcess(): Promise<void> {
    const btcd = this.#btcd;
    const [peers, grpc, rest] = this.#ports;
    const argv = [`--lnddir=${this.folder}`, `--configfile=${this.folder}/none.conf`];
    argv.push('--noseedbackup', '--nobootstrap', '--bitcoin.regtest', '--bitcoin.node=btcd');
    argv.push(`--btcd.rpchost=${btcd.host}`, `--btcd.rpccert=${btcd.certificateFile}`);
    argv.push(`--btcd.rpcuser=${btcd.user}`, `--btcd.rpcpass=${btcd.password}`);
    argv.push(`--listen=127.0.0.1:${peers}`, `--rpclisten=127.0.0.1:${grpc}`);
    argv.push(`--restlisten=127.0.0.1:${rest}`, '--trickledelay=50', '--minbackoff=100ms');
    writeFileSync(`${this.folder}/none.conf`, '');
    const logFile = join(this.folder, 'lnd.log');
    const ready = /gRPC proxy started at/;
    this.#program = await ChildProgram.start(programPath('lnd'), argv, { logFile, ready });
  }

  async reaches(state: 'RPC_ACTIVE' | 'SERVER_ACTIVE'): Promise<void> {
    const { url, certificateFile } = this;
    // Asking for the state needs no macaroon, and at first there is none.
    const macaroonFile = join(this.folder, 'none.macaroon');
    writeFileSync(macaroonFile, Uint8Array.of(2));
    const anybody = new LndConnection({ url, certificateFile, macaroonFile });
    const call = { method: 'GET', path: '/v1/state/subscribe', changes: false } as const;
    for await (const { json } of anybody.stream({ ...call, timeoutMs: 120_000 }, signal)) {
      const now = at(json, 'result', 'state');
      if (now === state || now === 'SERVER_ACTIVE') return;
    }
    throw new Error(`lnd ended its answer before it was ${state}`);
  }

  async stop(how: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    await this.#program?.end(how);
  }

  async get(path: string): Promise<JsonValue> {
    const call = { method: 'GET', path, changes: false, timeoutMs: 60_000 } as const;
    return ok((await this.admin.ask(call, signal)).json, path);
  }

  async post(path: string, body: JsonObject): Promise<JsonValue> {
    const call = { method: 'POST', path, body, changes: true, timeoutMs: 60_000 } as const;
    return ok((await this.admin.ask(call, signal)).json, path);
  }

  async publicKey(): Promise<string> {
    return String(at(await this.get('/v1/getinfo'), 'identity_pubkey'));
  }

  /** What it owns in channels, less what is under way. */
  async balanceMsat(): Promise<bigint> {
    return BigInt(String(at(await this.get('/v1/balance/channels'), 'local_balance', 'msat')));
  }

  /**
   * Resolves when both ends have announced their channel, after which it carries payments: an active one
   * may still wait for its peer's word. To be called before that happens.
   */
  async channelAnnounced(): Promise<void> {
    const call = { method: 'GET', path: '/v1/graph/subscribe', changes: false } as const;
    const ends = new Set<string>();
    for await (const { json } of this.admin.stream({ ...call, timeoutMs: 120_000 }, signal)) {
      const updates = at(json, 'result', 'channel_updates');
      for (const update of Array.isArray(updates) ? updates : []) {
        ends.add(String(at(update, 'advertising_node')));
      }
      if (ends.size === 2) return;
    }
  }

  /** True if its channel works and no payment is under way in it. */
  async hasIdleChannel(): Promise<boolean> {
    const channels = at(await this.get('/v1/channels'), 'channels');
    const [channel] = Array.isArray(channels) ? channels : [];
    const pending = at(channel, 'pending_htlcs');
    return at(channel, 'active') === true && Array.isArray(pending) && pending.length === 0;
  }

  /** A macaroon for these calls alone, as a file. */
  async bake(name: string, uris: readonly string[]): Promise<string> {
    const permissions = uris.map((action) => ({ entity: 'uri', action }));
    const hex = at(await this.post('/v1/macaroon', { permissions }), 'macaroon');
    const file = join(this.folder, `${name}.macaroon`);
    writeFileSync(file, Buffer.from(String(hex), 'hex'));
    return file;
  }
}

function ok(json: JsonValue, path: string): JsonValue {
  if (at(json, 'code') === undefined || at(json, 'message') === undefined) return json;
  throw new Error(`lnd: ${path}: ${JSON.stringify(json)}`);
}

export type PrivateNetwork = {
  readonly btcd: Btcd;
  readonly alice: Lnd;
  readonly bob: Lnd;
  readonly stop: () => Promise<void>;
};

/** Blocks whose coins are Alice's: her address must be known before btcd may mine to it. */
async function mineForAlice(btcd: Btcd, alice: Lnd): Promise<void> {
  await btcd.start();
  await alice.start('RPC_ACTIVE');
  const address = at(await alice.get('/v1/newaddress?type=WITNESS_PUBKEY_HASH'), 'address');
  await alice.stop();
  await btcd.stop();
  await btcd.start(String(address));
  await btcd.mine(BLOCKS);
}

async function openChannel({ btcd, alice, bob }: Omit<PrivateNetwork, 'stop'>): Promise<void> {
  const pubkey = await bob.publicKey();
  await alice.post('/v1/peers', { addr: { pubkey, host: bob.peerHost }, timeout: '30' });
  const announced = Promise.all([alice.channelAnnounced(), bob.channelAnnounced()]);
  await alice.post('/v1/channels', {
    node_pubkey: Buffer.from(pubkey, 'hex').toString('base64'),
    local_funding_amount: String(CHANNEL_SAT),
    push_sat: String(CHANNEL_SAT / 2),
    sat_per_vbyte: '2',
  });
  await btcd.mine(CONFIRMATIONS);
  await announced;
}

/** Brings all of it up in a folder of its own, which `stop` deletes. Takes some ten seconds. */
export async function startPrivateNetwork(): Promise<PrivateNetwork> {
  const folder = mkdtempSync(join(tmpdir(), 'atomicity-lnd-'));
  const [p0 = 0, p1 = 0, p2 = 0, p3 = 0, p4 = 0, p5 = 0, p6 = 0, p7 = 0] = await freePorts(8);
  const btcd = new Btcd(join(folder, 'btcd'), [p0, p1]);
  const alice = new Lnd(join(folder, 'alice'), btcd, [p2, p3, p4]);
  const bob = new Lnd(join(folder, 'bob'), btcd, [p5, p6, p7]);
  const stop = async () => {
    await Promise.all([alice.stop(), bob.stop()]);
    await btcd.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await mineForAlice(btcd, alice);
    await Promise.all([alice.start(), bob.start()]);
    await openChannel({ btcd, alice, bob });
    return { btcd, alice, bob, stop };
  } catch (error) {
    await Promise.allSettled([alice.stop('SIGKILL'), bob.stop('SIGKILL'), btcd.stop()]);
    throw new Error(`the private network did not come up; its logs are in ${folder}`, {
      cause: error,
    });
  }
}
