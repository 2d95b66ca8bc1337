import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type KeyPair, keyPairFromSeed } from '@atomicity/client/key-pair';
import { parseAnyJson } from '@atomicity/kernel/codec/canonical-json';
import { hasDuplicateKey } from '@atomicity/kernel/codec/duplicate-keys';
import type { Denomination } from '@atomicity/kernel/units/denomination';
import type { PartyId } from '@atomicity/kernel/units/id';
import {
  type Codec,
  Failure,
  inconsistent,
  integer,
  list,
  nullable,
  object,
  oneOf,
  pattern,
} from '@atomicity/kernel/wire/codec';
import type { FeePolicy } from '@atomicity/kernel/wire/objects';
import { parseObject } from '@atomicity/kernel/wire/parse-object';
import {
  amountValue,
  bpsValue,
  denominationValue,
  marginValue,
  OFFER_TTL_MAX,
  partyValue,
} from '@atomicity/kernel/wire/value-codecs';

/** What a node charges for forwarding in one denomination. */
export type FeeTerms = Omit<FeePolicy, 'hop' | 'marginMs'>;

/** A neighbour: who, where, and the delegation of its router's key, if this node shall record it. */
export type PeerConfig = {
  readonly party: PartyId;
  readonly url: string;
  readonly delegation: string | null;
};

export type NetworkLimits = {
  /** Objects and messages of one peer: a second, and at once after a quiet time. */
  readonly peerPerSecond: number;
  readonly peerBurst: number;
  /** Gives up on a peer's answer after so many ms. */
  readonly peerTimeoutMs: number;
  /** Receipts that one party may leave here. */
  readonly mirroredPerParty: number;
};

/** How the party's own payments are sent. Times in ms. */
export type SendingTerms = {
  /** What every hop may take beyond its margin. */
  readonly hopMs: number;
  /** What the receiver may take to collect all parts and finalize: the longest it can keep us waiting. */
  readonly collectMs: number;
  /** Rounds of planning for one payment. */
  readonly roundsMax: number;
};

/** `network.json` as it is written. File names are relative to the file. */
export type NetworkFile = {
  readonly v: 1;
  readonly party: PartyId;
  /** Seed of the router's delegated key (role party). */
  readonly key: string;
  /** Its KeyDelegation, signed by the party's identity. */
  readonly delegation: string;
  /** Secret that the finalize keys of the party's intents derive from; needed with finalizer auto. */
  readonly wallet: string | null;
  /** `auto`: the node finalizes what it receives for its party. `off`: the party's wallet does. */
  readonly finalizer: 'auto' | 'off';
  /** Time between the party's own deadlines and those of whoever pays it, ms. */
  readonly marginMs: number;
  /** How long an offer of this node counts, ms. */
  readonly offerTtlMs: number;
  readonly fees: readonly FeeTerms[];
  readonly peers: readonly PeerConfig[];
  readonly sending: SendingTerms;
  readonly limits: NetworkLimits;
};

/** The configuration with everything that its files hold. */
export type NetworkConfig = Omit<NetworkFile, 'key' | 'delegation' | 'wallet' | 'peers' | 'v'> & {
  readonly key: KeyPair;
  /** Canonical text. */
  readonly delegation: string;
  readonly wallet: Uint8Array | null;
  readonly peers: readonly PeerConfig[];
};

/** The network configuration can't be used: which file, which member, which rule. */
export class NetworkConfigError extends Error {
  override readonly name = 'NetworkConfigError';
}

export const DEFAULT_SENDING: SendingTerms = { hopMs: 1000, collectMs: 5000, roundsMax: 6 };

export const DEFAULT_NETWORK_LIMITS: NetworkLimits = {
  peerPerSecond: 500,
  peerBurst: 2000,
  peerTimeoutMs: 10_000,
  mirroredPerParty: 10_000,
};

const FILE_BYTES_MAX = 256 * 1024;

const fileName = pattern('a file name of 1 … 512 characters', /^[^\0\n]{1,512}$/);

const url: Codec<string> = pattern(
  'an http or https origin, as https://host:port',
  /^[!-~]{1,512}$/,
);

const fees: Codec<FeeTerms> = object<FeeTerms>(
  {
    denomination: denominationValue,
    feeBps: bpsValue,
    feeFlat: amountValue,
    amountMin: amountValue,
    amountMax: amountValue,
  },
  ({ amountMin, amountMax }) =>
    amountMin > amountMax ? inconsistent('amountMax', 'at least amountMin') : undefined,
);

const peer: Codec<PeerConfig> = object<PeerConfig>(
  { party: partyValue, url, delegation: nullable(fileName) },
  (value) => (isOrigin(value.url) ? undefined : new Failure('out_of_range', URL_RULE).under('url')),
);

const URL_RULE = 'an http or https origin without path, as https://host:port';

const limits: Codec<NetworkLimits> = object<NetworkLimits>({
  peerPerSecond: integer(1, 100_000),
  peerBurst: integer(9, 1_000_000),
  peerTimeoutMs: integer(10, 600_000),
  mirroredPerParty: integer(0, 10_000_000),
});

const sending: Codec<SendingTerms> = object<SendingTerms>({
  hopMs: integer(10, 600_000),
  collectMs: integer(100, 86_400_000),
  roundsMax: integer(1, 100),
});

const networkFile: Codec<NetworkFile> = object<NetworkFile>(
  {
    v: oneOf<1>([1]),
    party: partyValue,
    key: fileName,
    delegation: fileName,
    wallet: nullable(fileName),
    finalizer: oneOf<'auto' | 'off'>(['auto', 'off']),
    marginMs: marginValue,
    offerTtlMs: integer(1000, OFFER_TTL_MAX),
    fees: list(fees, 0, 64),
    peers: list(peer, 0, 1024),
    sending,
    limits,
  },
  refuseTogether,
);

function refuseTogether(file: NetworkFile): Failure | undefined {
  const { finalizer, wallet, fees: all, peers, party } = file;
  if (finalizer === 'auto' && wallet === null) {
    return inconsistent('wallet', 'a wallet, as finalizer auto signs with it');
  }
  const twice = repeated<Denomination>(all.map(({ denomination }) => denomination));
  if (twice !== undefined) return inconsistent('fees', `one entry for ${twice}`);
  const double = repeated<PartyId>(peers.map((each) => each.party));
  if (double !== undefined) return inconsistent('peers', `one entry for ${double}`);
  return peers.some((each) => each.party === party)
    ? inconsistent('peers', 'other parties than the node’s own')
    : undefined;
}

function repeated<T>(values: readonly T[]): T | undefined {
  return values.find((value, i) => values.indexOf(value) !== i);
}

function isOrigin(text: string): boolean {
  const parsed = URL.parse(text);
  const isHttp = parsed?.protocol === 'http:' || parsed?.protocol === 'https:';
  const bare = parsed?.pathname === '/' && parsed.search === '' && parsed.hash === '';
  return isHttp && bare && parsed.username === '' && parsed.password === '';
}

/** Writes the file's members in the form that `readNetworkConfig` takes. */
export function networkFileText(file: NetworkFile): string {
  return `${JSON.stringify(networkFile.write(file), null, 2)}\n`;
}

/**
 * Reads a network configuration and every file that it names.
 * @throws NetworkConfigError naming the file, the member and the rule; nothing is guessed or left out.
 */
export function readNetworkConfig(file: string): NetworkConfig {
  const text = readText(file, 'network configuration');
  const parsed = parseAnyJson(text);
  if (parsed === undefined) throw new NetworkConfigError(`${file}: not JSON`);
  if (hasDuplicateKey(text)) throw new NetworkConfigError(`${file}: duplicate_key`);
  const value = networkFile.read(parsed.value);
  if (value instanceof Failure) throw configError(file, value);
  const at = (name: string) => resolve(dirname(file), name);
  const key = keyPairFromSeed(readSecret(at(value.key), 'key'));
  const delegation = readDelegation(at(value.delegation), value.party);
  if (delegation.key !== key.id) {
    throw new NetworkConfigError(
      `${at(value.delegation)}: delegates another key than ${value.key}`,
    );
  }
  return {
    party: value.party,
    key,
    delegation: delegation.text,
    wallet: value.wallet === null ? null : readSecret(at(value.wallet), 'wallet'),
    finalizer: value.finalizer,
    marginMs: value.marginMs,
    offerTtlMs: value.offerTtlMs,
    fees: value.fees,
    peers: value.peers.map((each) => ({
      ...each,
      url: new URL(each.url).origin,
      delegation:
        each.delegation === null ? null : readDelegation(at(each.delegation), each.party).text,
    })),
    sending: value.sending,
    limits: value.limits,
  };
}

function configError(file: string, failure: Failure): NetworkConfigError {
  const { reason, field, rule } = failure.toRefusal('');
  const where = field === undefined || field === '' ? '' : ` ${field}`;
  return new NetworkConfigError(
    `${file}:${where} ${reason}${rule === undefined ? '' : `: ${rule}`}`,
  );
}

/** The seed of a key or a wallet's secret: 64 hex digits in a file that only its owner reads. */
export function readSecret(file: string, what: string): Uint8Array {
  const text = readText(file, what).trim();
  if ((statSync(file).mode & 0o077) !== 0) {
    throw new NetworkConfigError(`${file}: ${what} must not be readable by others (chmod 600)`);
  }
  if (!/^[0-9a-f]{64}$/.test(text)) {
    throw new NetworkConfigError(`${file}: ${what} must be 64 hex digits`);
  }
  return new Uint8Array(Buffer.from(text, 'hex'));
}

/** The KeyDelegation of a party, without the line end that editors add; its signature is the book's to check. */
function readDelegation(
  file: string,
  party: PartyId,
): { readonly text: string; readonly key: PartyId } {
  const text = readText(file, 'delegation').trimEnd();
  const parsed = parseObject(text);
  if (parsed.kind === 'refused') {
    throw new NetworkConfigError(`${file}: delegation: ${parsed.refusal.reason}`);
  }
  const { body } = parsed.object;
  if (body.type !== 'KeyDelegation' || body.party !== party) {
    throw new NetworkConfigError(`${file}: not a KeyDelegation of ${party}`);
  }
  return { text, key: body.key };
}

function readText(file: string, what: string): string {
  if (!existsSync(file)) throw new NetworkConfigError(`${file}: no such ${what} file`);
  const { size } = statSync(file);
  if (size > FILE_BYTES_MAX) {
    throw new NetworkConfigError(`${file}: ${what} of more than ${FILE_BYTES_MAX} bytes`);
  }
  return readFileSync(file, 'utf8');
}
