/** Two nodes on loopback, each with its party's router, that stop and start on their own ports. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type KeyPair, randomKeyPair } from '@atomicity/client/key-pair';
import { NodeClient } from '@atomicity/client/node-client';
import { delegateKey } from '@atomicity/client/party';
import { coSign, proposeEdge } from '@atomicity/client/proposal';
import { randomNonce, type SignedObject, type Signer, signObject } from '@atomicity/client/signer';
import { isJsonObject, parseAnyJson } from '@atomicity/kernel/codec/canonical-json';
import { amount } from '@atomicity/kernel/units/amount';
import { parseDenomination } from '@atomicity/kernel/units/denomination';
import type { Hash } from '@atomicity/kernel/units/id';
import { unixMs } from '@atomicity/kernel/units/time';
import type { KeyRevocation } from '@atomicity/kernel/wire/objects';
import { type RunningNode, startNode } from '../compose/node.ts';
import {
  DEFAULT_NETWORK_LIMITS,
  DEFAULT_SENDING,
  type NetworkConfig,
} from '../network/network-config.ts';

const HOUR_MS = 3_600_000;
const usd = parseDenomination('USD/6');
if (usd === undefined) throw new Error('a denomination');
export const USD = usd;

type Identity = { readonly identity: KeyPair; readonly next: KeyPair; readonly wallet: Uint8Array };

/** One end of the edge. `key` is the router's and, here, the user's as well. */
export class Neighbour {
  readonly #who: Identity = {
    identity: randomKeyPair(),
    next: randomKeyPair(),
    wallet: crypto.getRandomValues(new Uint8Array(32)),
  };
  readonly #folder: string;
  readonly #port: number;
  key = randomKeyPair();
  delegation = this.delegate(this.key);
  node: RunningNode | undefined;

  constructor(folder: string, port: number) {
    this.#folder = folder;
    this.#port = port;
  }

  get party() {
    return this.#who.identity.id;
  }

  get wallet(): Uint8Array {
    return this.#who.wallet;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get signer(): Signer {
    return { by: this.party, key: this.key };
  }

  get running(): RunningNode {
    if (this.node === undefined) throw new Error('the node is down');
    return this.node;
  }

  /** The identity lets a key speak. */
  delegate(key: KeyPair): SignedObject {
    const { identity, next } = this.#who;
    const party = { id: identity.id, identity, nextIdentity: next.id, key };
    const window = { notBefore: Date.now() - HOUR_MS, expiresAt: Date.now() + 24 * HOUR_MS };
    return delegateKey(party, ['party'], window, randomNonce);
  }

  revoke(key: KeyPair): SignedObject<KeyRevocation> {
    const { identity } = this.#who;
    const nonce = randomNonce();
    const body = { v: 1, type: 'KeyRevocation', party: identity.id, key: key.id, nonce } as const;
    return signObject(body, [{ by: identity.id, key: identity }]);
  }

  /** Another key speaks for the party, and its node calls with it from the next start on. */
  changeKey(): void {
    this.key = randomKeyPair();
    this.delegation = this.delegate(this.key);
  }

  /** @param known the neighbour's delegation if this node's configuration names it. */
  async start(other: Neighbour, known: string | null): Promise<RunningNode> {
    const network: NetworkConfig = {
      party: this.party,
      key: this.key,
      delegation: this.delegation.text,
      wallet: this.wallet,
      finalizer: 'auto',
      marginMs: 500,
      offerTtlMs: 60_000,
      fees: [],
      peers: [{ party: other.party, url: other.url, delegation: known }],
      sending: DEFAULT_SENDING,
      limits: DEFAULT_NETWORK_LIMITS,
    };
    const onFatal = (error: unknown) => {
      throw error;
    };
    this.node = await startNode({ dataDir: this.#folder, port: this.#port, network, onFatal });
    return this.node;
  }

  async stop(): Promise<void> {
    await this.node?.stop();
    this.node = undefined;
  }

  /** Hands signed objects to the party's own node. @throws RefusedByNode. */
  async submit(...objects: readonly Pick<SignedObject, 'id' | 'text'>[]): Promise<void> {
    const client = new NodeClient({ baseUrl: this.url, key: this.key });
    for (const { id, text } of objects) await client.submitOne({ commandId: id, text });
  }
}

/** Resolves when the node's book has an event that names each of these, as ids or types. */
export async function untilRecorded(node: RunningNode, names: readonly string[]): Promise<void> {
  const missing = new Set(names);
  const end = new AbortController();
  const see = async (batch: readonly { envelope: Uint8Array; payload: string | null }[]) => {
    for (const { envelope, payload } of batch) {
      const { type } = objectOf(Buffer.from(envelope).toString());
      for (const name of missing) {
        if (type === name || payload?.includes(name)) missing.delete(name);
      }
    }
    if (missing.size === 0) end.abort();
  };
  await node.store.subscribe('start', see, end.signal);
}

function objectOf(text: string) {
  const value = parseAnyJson(text)?.value;
  return isJsonObject(value) ? value : {};
}

export type Neighbours = {
  readonly alice: Neighbour;
  readonly bob: Neighbour;
  readonly edge: Hash;
  stop(): Promise<void>;
};

/** Both up, with an edge on which either may owe the other. Only alice's book is given the edge. */
export async function meetNeighbours(): Promise<Neighbours> {
  const folder = mkdtempSync(join(tmpdir(), 'atomicity-neighbours-'));
  const [one, other] = await freePorts();
  const alice = new Neighbour(join(folder, 'alice'), one);
  const bob = new Neighbour(join(folder, 'bob'), other);
  await alice.start(bob, bob.delegation.text);
  await bob.start(alice, null);
  const edge = agreement(alice, bob);
  await alice.submit(edge);
  await untilRecorded(bob.running, [edge.id]);
  const stop = async () => {
    await Promise.all([alice.stop(), bob.stop()]);
    rmSync(folder, { recursive: true });
  };
  return { alice, bob, edge: edge.id, stop };
}

function agreement(one: Neighbour, other: Neighbour): Pick<SignedObject, 'id' | 'text'> {
  const limits = { theyMayOwe: amount(1_000_000n), weMayOwe: amount(1_000_000n) };
  const more = { rateBps: 0, graceMs: HOUR_MS, haircutBps: 0 };
  const terms = { counterparty: other.party, denomination: USD, ...limits, ...more };
  const expiresAt = unixMs(Date.now() + 12 * HOUR_MS);
  const { id, text } = proposeEdge(one.signer, { ...terms, expiresAt }, randomNonce);
  return { id, text: coSign(text, other.signer) };
}

/** Two ports that nobody listens at now. */
async function freePorts(): Promise<readonly [number, number]> {
  const servers = [createServer(), createServer()] as const;
  const [one, other] = await Promise.all(
    servers.map(async (server) => {
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const address = server.address();
      return typeof address === 'object' && address !== null ? address.port : 0;
    }),
  );
  await Promise.all(servers.map((server) => new Promise((closed) => server.close(closed))));
  return [one ?? 0, other ?? 0];
}
