import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { keyPairFromSeed } from '@atomicity/client/key-pair';
import { amount } from '@atomicity/kernel/units/amount';
import { type Denomination, parseDenomination } from '@atomicity/kernel/units/denomination';
import type { PartyId } from '@atomicity/kernel/units/id';
import { makeParty } from '../cli/network/party.ts';
import { DEFAULT_NETWORK_LIMITS, networkFileText } from '../network/network-config.ts';
import { Player } from './player.ts';

export const NAMES = ['Alice', 'Bob', 'Carol', 'Dave'] as const;
export type Name = (typeof NAMES)[number];

/** Every denomination has edges of its own: euros go along one street, dollars over two. */
export const EUR = denominationOf('EUR/2');
export const USD = denominationOf('USD/2');

const DAY_MS = 86_400_000;
const MARGIN_MS = 400;
const OFFER_TTL_MS = 6_000;

/** Flat fee in cents and bps of each forwarder. Alice and Dave forward nothing. */
const FEES: Readonly<Record<Name, { readonly feeFlat: bigint; readonly feeBps: number } | null>> = {
  Alice: null,
  Bob: { feeFlat: 2n, feeBps: 10 },
  Carol: { feeFlat: 1n, feeBps: 20 },
  Dave: null,
};

/** How long a receiver may take, ms: no hold of a payment lasts much longer. */
export const COLLECT_MS = 10_000;

export type Cast = Readonly<Record<Name, Player>> & { readonly collectMs: number };

/** Everybody's files under `root`, each in a folder of its own; no node runs yet. */
export async function assembleCast(
  root: string,
  now: number,
  collectMs = COLLECT_MS,
): Promise<Cast> {
  const ports = await freePorts(NAMES.length);
  const players = NAMES.map((name, i) => {
    const folder = join(root, name.toLowerCase());
    mkdirSync(root, { recursive: true });
    const { id } = makeParty(folder, now, DAY_MS);
    const seed = Buffer.from(readFileSync(join(folder, 'router'), 'utf8').trim(), 'hex');
    const key = keyPairFromSeed(new Uint8Array(seed));
    return new Player({ name, party: id, key, folder, port: ports[i] ?? 0 });
  });
  const [Alice, Bob, Carol, Dave] = players;
  if (!Alice || !Bob || !Carol || !Dave) throw new Error('four players');
  const cast = { Alice, Bob, Carol, Dave, collectMs };
  for (const name of NAMES) writeNetworkFile(cast, name, 'auto');
  return cast;
}

/** Everybody else is a peer: who has an edge with whom is up to them. */
export function writeNetworkFile(cast: Cast, name: Name, finalizer: 'auto' | 'off'): void {
  const player = cast[name];
  const others = NAMES.filter((other) => other !== name);
  const price = FEES[name];
  const text = networkFileText({
    v: 1,
    party: player.role.party,
    key: 'router',
    delegation: 'delegation.json',
    wallet: 'wallet',
    finalizer,
    marginMs: MARGIN_MS,
    offerTtlMs: OFFER_TTL_MS,
    fees:
      price === null
        ? []
        : [EUR, USD].map((denomination) => ({
            denomination,
            feeBps: price.feeBps,
            feeFlat: amount(price.feeFlat),
            amountMin: amount(1n),
            amountMax: amount(10_000_000n),
          })),
    peers: others.map((other) => ({
      party: cast[other].role.party,
      url: cast[other].url,
      delegation: join('..', other.toLowerCase(), 'delegation.json'),
    })),
    sending: { hopMs: 600, collectMs: cast.collectMs, roundsMax: 3 },
    limits: { ...DEFAULT_NETWORK_LIMITS, peerTimeoutMs: 2_000 },
  });
  writeFileSync(player.networkFile, text, { mode: 0o600 });
}

/** The name behind a party, or the start of its key. */
export function nameOf(cast: Cast, party: string): string {
  const known = NAMES.find((name) => cast[name].role.party === party);
  return known ?? party.slice(0, 11);
}

export function partyOf(cast: Cast, name: Name): PartyId {
  return cast[name].role.party;
}

/** Ports that were free a moment ago, all different. */
async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve) => {
          server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
        }),
    ),
  );
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

function denominationOf(text: string): Denomination {
  const denomination = parseDenomination(text);
  if (denomination === undefined) throw new Error(`${text} is no denomination`);
  return denomination;
}
