import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { keyPairFromSeed } from '@atomicity/client/key-pair';
import { delegateKey } from '@atomicity/client/party';
import { randomNonce } from '@atomicity/client/signer';
import type { PartyId } from '@atomicity/kernel/units/id';
import { writeDurably } from '../../compose/data-dir.ts';
import {
  DEFAULT_NETWORK_LIMITS,
  DEFAULT_SENDING,
  networkFileText,
} from '../../network/network-config.ts';
import type { Command, ExitCode } from '../command.ts';
import { parseOptions, required, wholeNumber } from '../options.ts';
import { UsageError } from '../usage-error.ts';

const HELP = `atomicity party --out DIR [--valid-days N]

Makes a party: an identity and its successor, a router's key that the identity delegates, a wallet's
secret, and a network configuration to fill in. Nothing leaves the machine.

  identity, next-identity   seeds: move both away and keep them cold. The node never needs them
  router                    seed of the delegated key that the node signs hops with
  wallet                    secret of the keys that finalize what the party receives
  delegation.json           signed: give it to neighbours, they record it
  network.json              for the node: add peers and fees; see docs/operating/network.md

  --out DIR         a folder that is not there or empty
  --valid-days N    how long the router's key is delegated, 1 … 3650              (365)
  --json            one JSON object instead of text
  --help

Exit code: 0 made; 1 it could not be written; 2 a bad option.
`;

const SPEC = {
  out: { type: 'string' },
  'valid-days': { type: 'string', default: '365' },
  json: { type: 'boolean', default: false },
} as const;

const DAY_MS = 86_400_000;
const MARGIN_MS = 2_000;
const OFFER_TTL_MS = 60_000;

export const party: Command = {
  name: 'party',
  summary: 'make a party that a node can route for',
  help: HELP,
  async run(argv, io): Promise<ExitCode> {
    const values = parseOptions(argv, SPEC);
    const days = wholeNumber(values['valid-days'], 'valid-days', { min: 1, max: 3650 });
    const out = required(values.out, 'out');
    const { id, key } = makeParty(out, io.now(), days * DAY_MS);
    io.stdout(
      values.json
        ? `${JSON.stringify({ party: id, key, folder: out })}\n`
        : `${id}\n\nIts files are in ${out}. Move identity and next-identity to where nobody signs by accident.\n`,
    );
    return 0;
  },
};

/** Writes the files of a new party. @throws UsageError for a folder that holds something. */
export function makeParty(
  folder: string,
  now: number,
  validMs: number,
): { readonly id: PartyId; readonly key: PartyId } {
  if (existsSync(folder) && readdirSync(folder).length > 0) {
    throw new UsageError(`--out: ${folder} is there and not empty`);
  }
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const seed = (name: string) => {
    const bytes = new Uint8Array(randomBytes(32));
    writeDurably(join(folder, name), `${Buffer.from(bytes).toString('hex')}\n`, 0o600);
    return bytes;
  };
  const identity = keyPairFromSeed(seed('identity'));
  const nextIdentity = keyPairFromSeed(seed('next-identity')).id;
  const key = keyPairFromSeed(seed('router'));
  seed('wallet');
  const window = { notBefore: now - 60_000, expiresAt: now + validMs };
  const parts = { id: identity.id, identity, nextIdentity, key };
  const delegation = delegateKey(parts, ['party'], window, randomNonce);
  writeDurably(join(folder, 'delegation.json'), `${delegation.text}\n`, 0o644);
  const text = networkFileText({
    v: 1,
    party: identity.id,
    key: 'router',
    delegation: 'delegation.json',
    wallet: 'wallet',
    finalizer: 'auto',
    marginMs: MARGIN_MS,
    offerTtlMs: OFFER_TTL_MS,
    fees: [],
    peers: [],
    sending: DEFAULT_SENDING,
    limits: DEFAULT_NETWORK_LIMITS,
  });
  writeDurably(join(folder, 'network.json'), text, 0o600);
  return { id: identity.id, key: key.id };
}
