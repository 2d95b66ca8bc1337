/**
 * The auditor's own file: everything that is believed without evidence. A root that is not in it makes
 * whatever rests on it read `not shown`.
 */
import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
  parseAnyJson,
} from '@atomicity/kernel/codec/canonical-json';
import { hasDuplicateKey } from '@atomicity/kernel/codec/duplicate-keys';
import { type Hash, type PartyId, parseHash, parsePartyId } from '@atomicity/kernel/units/id';
import { CIRCUITS, type CircuitName } from '@atomicity/prover/artifacts/circuits';
import { type ClaimName, parseClaimName } from '../claims/names.ts';

export const TRUST_FILE_BYTES_MAX = 4_194_304;

export type TrustedLog = { readonly origin: string; readonly key: PartyId };

export type Ceremony = 'production' | 'development';

/** What the trust file says of a verification key; all but the ceremony may be left out. */
export type TrustedKey = {
  /** `development` keys are known, and never make a claim hold. */
  readonly ceremony: Ceremony;
  readonly circuit?: CircuitName;
  /** The hash of the ceremony's transcript. */
  readonly transcript?: Hash;
  /** Who contributed to the ceremony, the beacon not counted. */
  readonly contributors?: number;
};

/** Addresses and hashes are `0x` and lower-case hex. */
export type TrustedChain = {
  /** Contracts that are known to be an AnchorRegistry. */
  readonly registries: ReadonlySet<string>;
  /** Accounts that are known to be the operator's. */
  readonly publishers: ReadonlySet<string>;
  /** Block number → block hash. */
  readonly blocks: Readonly<Record<string, string>>;
};

export type TrustFile = {
  readonly logs: readonly TrustedLog[];
  readonly principals: ReadonlySet<PartyId>;
  /** By hash. */
  readonly verificationKeys: ReadonlyMap<Hash, TrustedKey>;
  /** Block height → Merkle root as block explorers print it. */
  readonly blocks: Readonly<Record<string, string>>;
  /** By EIP-155 chain id in decimal. */
  readonly ethereum: Readonly<Record<string, TrustedChain>>;
  readonly lightning: {
    /** Public keys of nodes, 33 bytes as 66 lower-case hex digits. */
    readonly nodes: ReadonlySet<string>;
    /** Where a payment counts: nodes keep their key from network to network, and most coins are free. */
    readonly networks: ReadonlySet<string>;
  };
  /** State hashes from which a replay may start: what an earlier audit of one's own printed. */
  readonly snapshots: ReadonlySet<Hash>;
  readonly require: readonly ClaimName[];
};

/** Why a text is no trust file, in order of precedence. */
export const TRUST_REFUSALS = [
  'trust_file_too_large',
  'trust_file_not_json',
  'trust_file_duplicate_key',
  'trust_file_not_an_object',
  'trust_file_unknown_version',
  'trust_file_missing_field',
  'trust_file_unknown_field',
  'trust_file_bad_field',
] as const;

export type TrustRefusal = {
  readonly reason: (typeof TRUST_REFUSALS)[number];
  readonly field?: string;
};

export type ParsedTrust =
  | { readonly ok: true; readonly trust: TrustFile }
  | { readonly ok: false; readonly refusal: TrustRefusal };

class Refused extends Error {
  readonly refusal: TrustRefusal;

  constructor(reason: TrustRefusal['reason'], field?: string) {
    super(reason);
    this.refusal = field === undefined ? { reason } : { reason, field };
  }
}

const REQUIRED = ['bitcoin', 'logs', 'principals', 'v', 'verificationKeys'];
const OPTIONAL = ['ethereum', 'lightning', 'require', 'snapshots'];
const HEIGHT = /^(?:0|[1-9][0-9]{0,9})$/;

function checkFields(
  object: JsonObject,
  path: string,
  required: readonly string[],
  optional: readonly string[] = [],
): void {
  for (const name of required) {
    if (!Object.hasOwn(object, name)) throw new Refused('trust_file_missing_field', path + name);
  }
  for (const name of Object.keys(object)) {
    if (!required.includes(name) && !optional.includes(name)) {
      throw new Refused('trust_file_unknown_field', path + name);
    }
  }
}

function objectAt(value: JsonValue | undefined, path: string): JsonObject {
  if (!isJsonObject(value)) throw new Refused('trust_file_bad_field', path);
  return value;
}

function listAt<T>(
  value: JsonValue | undefined,
  path: string,
  read: (item: JsonValue, path: string) => T,
): readonly T[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new Refused('trust_file_bad_field', path);
  return value.map((item: JsonValue, index: number) => read(item, `${path}/${index}`));
}

function textAt<T>(
  value: JsonValue | undefined,
  path: string,
  parse: (text: string) => T | undefined,
): T {
  const parsed = typeof value === 'string' ? parse(value) : undefined;
  if (parsed === undefined) throw new Refused('trust_file_bad_field', path);
  return parsed;
}

const originOf = (text: string) => (/^[!-*,-~]{1,128}$/.test(text) ? text : undefined);
const ceremonyOf = (text: string): Ceremony | undefined =>
  text === 'production' || text === 'development' ? text : undefined;

function logAt(value: JsonValue, path: string): TrustedLog {
  const log = objectAt(value, path);
  checkFields(log, `${path}/`, ['key', 'origin']);
  return {
    origin: textAt(log['origin'], `${path}/origin`, originOf),
    key: textAt(log['key'], `${path}/key`, parsePartyId),
  };
}

const circuitOf = (text: string): CircuitName | undefined =>
  CIRCUITS.find(({ name }) => name === text)?.name;

function contributorsAt(value: JsonValue | undefined, path: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 1) return value;
  throw new Refused('trust_file_bad_field', path);
}

function keyAt(value: JsonValue, path: string): readonly [Hash, TrustedKey] {
  const key = objectAt(value, path);
  checkFields(key, `${path}/`, ['ceremony', 'hash'], ['circuit', 'contributors', 'transcript']);
  const hash = textAt(key['hash'], `${path}/hash`, parseHash);
  const ceremony = textAt(key['ceremony'], `${path}/ceremony`, ceremonyOf);
  const has = (name: string): boolean => Object.hasOwn(key, name);
  for (const name of ['contributors', 'transcript']) {
    // A development key has neither: whoever wrote that took one kind of key for the other.
    if (ceremony === 'development' && has(name)) {
      throw new Refused('trust_file_bad_field', `${path}/${name}`);
    }
  }
  const trusted: TrustedKey = {
    ceremony,
    ...(has('circuit') ? { circuit: textAt(key['circuit'], `${path}/circuit`, circuitOf) } : {}),
    ...(has('transcript')
      ? { transcript: textAt(key['transcript'], `${path}/transcript`, parseHash) }
      : {}),
    ...(has('contributors')
      ? { contributors: contributorsAt(key['contributors'], `${path}/contributors`) }
      : {}),
  };
  return [hash, trusted];
}

function blocksAt(value: JsonValue | undefined): Readonly<Record<string, string>> {
  const bitcoin = objectAt(value, '/bitcoin');
  checkFields(bitcoin, '/bitcoin/', ['blocks']);
  const blocks = objectAt(bitcoin['blocks'], '/bitcoin/blocks');
  return Object.fromEntries(
    Object.entries(blocks).map(([height, root]) => {
      const path = `/bitcoin/blocks/${height}`;
      if (!HEIGHT.test(height)) throw new Refused('trust_file_bad_field', path);
      return [height, textAt(root, path, parseHash)];
    }),
  );
}

const ADDRESS = /^0x[0-9a-f]{40}$/;
const BLOCK_HASH = /^0x[0-9a-f]{64}$/;
const CHAIN_ID = /^[1-9][0-9]{0,15}$/;
const NODE_ID = /^0[23][0-9a-f]{64}$/;
/** As `LIGHTNING_NETWORKS` of the rails names them. */
const NETWORK = /^(?:bitcoin|testnet|signet|regtest)$/;
const matching = (pattern: RegExp) => (text: string) => (pattern.test(text) ? text : undefined);

function namesAt(value: JsonValue | undefined, path: string, pattern: RegExp): ReadonlySet<string> {
  return new Set(listAt(value, path, (item, at) => textAt(item, at, matching(pattern))));
}

function chainAt(value: JsonValue | undefined, path: string): TrustedChain {
  const chain = objectAt(value, path);
  checkFields(chain, `${path}/`, ['blocks', 'publishers', 'registries']);
  const blocks = objectAt(chain['blocks'], `${path}/blocks`);
  return {
    registries: namesAt(chain['registries'], `${path}/registries`, ADDRESS),
    publishers: namesAt(chain['publishers'], `${path}/publishers`, ADDRESS),
    blocks: Object.fromEntries(
      Object.entries(blocks).map(([number, hash]) => {
        const at = `${path}/blocks/${number}`;
        if (!HEIGHT.test(number)) throw new Refused('trust_file_bad_field', at);
        return [number, textAt(hash, at, matching(BLOCK_HASH))];
      }),
    ),
  };
}

function ethereumAt(value: JsonValue | undefined): TrustFile['ethereum'] {
  if (value === undefined) return {};
  return Object.fromEntries(
    Object.entries(objectAt(value, '/ethereum')).map(([chainId, chain]) => {
      const path = `/ethereum/${chainId}`;
      if (!CHAIN_ID.test(chainId)) throw new Refused('trust_file_bad_field', path);
      return [chainId, chainAt(chain, path)];
    }),
  );
}

function lightningAt(value: JsonValue | undefined): TrustFile['lightning'] {
  if (value === undefined) return { nodes: new Set(), networks: new Set() };
  const lightning = objectAt(value, '/lightning');
  checkFields(lightning, '/lightning/', ['nodes'], ['networks']);
  return {
    nodes: namesAt(lightning['nodes'], '/lightning/nodes', NODE_ID),
    networks: Object.hasOwn(lightning, 'networks')
      ? namesAt(lightning['networks'], '/lightning/networks', NETWORK)
      : new Set(['bitcoin']),
  };
}

function read(text: string): TrustFile {
  if (text.length > TRUST_FILE_BYTES_MAX) throw new Refused('trust_file_too_large');
  const parsed = parseAnyJson(text);
  if (parsed === undefined) throw new Refused('trust_file_not_json');
  if (hasDuplicateKey(text)) throw new Refused('trust_file_duplicate_key');
  const file = parsed.value;
  if (!isJsonObject(file)) throw new Refused('trust_file_not_an_object');
  if (file['v'] !== 1 && Object.hasOwn(file, 'v')) throw new Refused('trust_file_unknown_version');
  checkFields(file, '/', REQUIRED, OPTIONAL);
  const keys = listAt(file['verificationKeys'], '/verificationKeys', keyAt);
  const verificationKeys = new Map(keys);
  // One key under two ceremonies: whoever wrote that has not decided what to believe.
  if (verificationKeys.size !== keys.length) {
    throw new Refused('trust_file_bad_field', '/verificationKeys');
  }
  return {
    logs: listAt(file['logs'], '/logs', logAt),
    principals: new Set(
      listAt(file['principals'], '/principals', (item, path) => textAt(item, path, parsePartyId)),
    ),
    verificationKeys,
    blocks: blocksAt(file['bitcoin']),
    ethereum: ethereumAt(file['ethereum']),
    lightning: lightningAt(file['lightning']),
    snapshots: new Set(
      listAt(file['snapshots'], '/snapshots', (item, path) => textAt(item, path, parseHash)),
    ),
    require: listAt(file['require'], '/require', (item, path) =>
      textAt(item, path, parseClaimName),
    ),
  };
}

/**
 * Reads a trust file: JSON, not necessarily canonical, without duplicate or unknown fields.
 * Refusals, in order: `TRUST_REFUSALS`, with a JSON pointer to the field.
 */
export function parseTrustFile(text: string): ParsedTrust {
  try {
    return { ok: true, trust: read(text) };
  } catch (error) {
    if (error instanceof Refused) return { ok: false, refusal: error.refusal };
    throw error;
  }
}
