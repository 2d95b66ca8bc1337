/** `rails.json`: which rails a node has, how it uses them, and when it closes batches. Read strictly. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { batchPolicyCodec } from '@atomicity/kernel/batch/policy';
import type { BatchPolicy } from '@atomicity/kernel/batch/schedule';
import { parseAnyJson } from '@atomicity/kernel/codec/canonical-json';
import { hasDuplicateKey } from '@atomicity/kernel/codec/duplicate-keys';
import type { Amount } from '@atomicity/kernel/units/amount';
import type { Denomination } from '@atomicity/kernel/units/denomination';
import type { PartyId } from '@atomicity/kernel/units/id';
import {
  boolean,
  type Codec,
  Failure,
  inconsistent,
  integer,
  list,
  nullable,
  object,
  oneOf,
  pattern,
  schemaOf,
} from '@atomicity/kernel/wire/codec';
import { amountValue, denominationValue, partyValue } from '@atomicity/kernel/wire/value-codecs';
import { AMOUNT_MSAT_MAX, type LightningNetwork } from '@atomicity/rails/lightning/bolt11';

/** Where Bitcoin's block headers come from: what they confirm, this node calls confirmed. */
export type BitcoinFile =
  | {
      readonly kind: 'esplora';
      /** Of different operators; `quorum` of them must agree. */
      readonly urls: readonly string[];
      readonly quorum: number;
      readonly confirmations: number;
      readonly allowPlainHttp: boolean;
    }
  | {
      readonly kind: 'bitcoind';
      readonly url: string;
      readonly cookieFile: string;
      readonly confirmations: number;
      readonly allowPlainHttp: boolean;
    };

export type OpenTimestampsFile = {
  readonly calendars: readonly {
    readonly url: string;
    /** URIs in pending attestations that may be asked later. */
    readonly answersFor: readonly string[];
  }[];
  /** How many calendars must have promised. */
  readonly quorum: number;
  /** Null: an attestation is kept and never called confirmed. */
  readonly bitcoin: BitcoinFile | null;
};

/** From `amount` on, what stands on a batch asks for more blocks. */
export type DepthStep = {
  readonly denomination: Denomination;
  readonly amount: Amount;
  readonly confirmations: number;
};

export type EthereumFile = {
  readonly rpc: string;
  readonly chainId: number;
  /** Address of the AnchorRegistry. */
  readonly registry: string;
  readonly fromBlock: number;
  /** File with the private key of an account that nothing else sends from. */
  readonly key: string;
  /** The most that a transaction offers, wei per gas. */
  readonly caps: {
    readonly maxFeePerGas: Amount;
    readonly maxPriorityFeePerGas: Amount;
    readonly maxFeePerBlobGas: Amount;
  };
  /** How payloads are published; `cheaper`: whichever costs less now, with hysteresis. */
  readonly route: 'blob' | 'calldata' | 'cheaper';
  readonly confirmations: number;
  readonly deeper: readonly DepthStep[];
  /** A consensus node that published blobs are read back from; null: copies are never compared. */
  readonly beacon: {
    readonly url: string;
    readonly genesisTime: number;
    readonly slotSeconds: number;
  } | null;
  /** How long before the network forgets blobs the alarm begins. */
  readonly retentionAlarmMs: number;
};

export type LightningFile = {
  readonly lnd: {
    readonly url: string;
    readonly certificateFile: string;
    readonly macaroonFile: string;
  };
  readonly network: LightningNetwork;
  /** Parties whose debts are paid from this node's money. */
  readonly debtors: readonly PartyId[];
  /** Nodes that may be paid for a creditor. */
  readonly payees: readonly { readonly party: PartyId; readonly nodes: readonly string[] }[];
  /** Origins that may be asked for an invoice. */
  readonly invoiceOrigins: readonly string[];
  /** The most that one batch pays. */
  readonly amountMsatMax: Amount;
  readonly feeBaseMsat: Amount;
  readonly feeMillionths: Amount;
};

export type RailsConfig = {
  readonly v: 1;
  readonly schedule: BatchPolicy;
  readonly opentimestamps: OpenTimestampsFile | null;
  readonly ethereum: EthereumFile | null;
  readonly lightning: LightningFile | null;
};

/** The rails configuration can't be used: which file, which member, which rule. */
export class RailsConfigError extends Error {
  override readonly name = 'RailsConfigError';
}

const FILE_BYTES_MAX = 64 * 1024;
const DAY_MS = 86_400_000;
const MILLIONTHS = 1_000_000n;

/** Addresses are shown to people and logged: what stands before an `@` in one would be a secret. */
const httpUrl = pattern(
  'an http or https address, without a user name or password',
  /^https?:\/\/(?![^/?#]*@)[!-~]{1,500}$/,
);
const fileName = pattern('a file name of 1 … 512 characters', /^[^\0\n]{1,512}$/);
const uriPattern = pattern('a URI of 1 … 500 characters', /^[a-z]+:\/\/[!-~]{1,490}$/);
const nodeId = pattern('a Lightning node: 66 lower-case hex digits', /^0[23][0-9a-f]{64}$/);
const confirmations = integer(1, 1_000);

const calendarCodec = object<OpenTimestampsFile['calendars'][number]>({
  url: httpUrl,
  answersFor: list(uriPattern, 1, 16),
});

type Esplora = Extract<BitcoinFile, { readonly kind: 'esplora' }>;
type Bitcoind = Extract<BitcoinFile, { readonly kind: 'bitcoind' }>;

const esploraCodec = object<Esplora>(
  {
    kind: oneOf<'esplora'>(['esplora']),
    urls: list(httpUrl, 1, 16),
    quorum: integer(1, 16),
    confirmations: integer(1, 144),
    allowPlainHttp: boolean,
  },
  ({ urls, quorum }) =>
    quorum * 2 > urls.length && quorum <= urls.length
      ? undefined
      : inconsistent('quorum', 'more than half of the urls, and at most all'),
);

const bitcoindCodec = object<Bitcoind>({
  kind: oneOf<'bitcoind'>(['bitcoind']),
  url: httpUrl,
  cookieFile: fileName,
  confirmations: integer(1, 144),
  allowPlainHttp: boolean,
});

/** One of two forms, which `kind` tells apart. */
const bitcoinCodec: Codec<BitcoinFile> = {
  schema: schemaOf(esploraCodec),
  read: (value) => {
    const kind =
      value !== null && typeof value === 'object' && !Array.isArray(value) && 'kind' in value
        ? value['kind']
        : undefined;
    return kind === 'bitcoind' ? bitcoindCodec.read(value) : esploraCodec.read(value);
  },
  write: (value) =>
    value.kind === 'bitcoind' ? bitcoindCodec.write(value) : esploraCodec.write(value),
};

const openTimestampsCodec = object<OpenTimestampsFile>(
  {
    calendars: list(calendarCodec, 1, 16),
    quorum: integer(1, 16),
    bitcoin: nullable(bitcoinCodec),
  },
  ({ calendars, quorum }) =>
    quorum <= calendars.length ? undefined : inconsistent('quorum', 'at most as many as calendars'),
);

const ethereumCodec = object<EthereumFile>({
  rpc: httpUrl,
  chainId: integer(1, Number.MAX_SAFE_INTEGER),
  registry: pattern('0x and 40 lower-case hex digits', /^0x[0-9a-f]{40}$/),
  fromBlock: integer(0, Number.MAX_SAFE_INTEGER),
  key: fileName,
  caps: object<EthereumFile['caps']>({
    maxFeePerGas: amountValue,
    maxPriorityFeePerGas: amountValue,
    maxFeePerBlobGas: amountValue,
  }),
  route: oneOf<EthereumFile['route']>(['blob', 'calldata', 'cheaper']),
  confirmations,
  deeper: list(
    object<DepthStep>({ denomination: denominationValue, amount: amountValue, confirmations }),
    0,
    64,
  ),
  beacon: nullable(
    object<NonNullable<EthereumFile['beacon']>>({
      url: httpUrl,
      genesisTime: integer(0, Number.MAX_SAFE_INTEGER),
      slotSeconds: integer(1, 3_600),
    }),
  ),
  retentionAlarmMs: integer(0, 30 * DAY_MS),
});

const lightningCodec = object<LightningFile>(
  {
    lnd: object<LightningFile['lnd']>({
      url: pattern('an https address', /^https:\/\/[!-~]{1,500}$/),
      certificateFile: fileName,
      macaroonFile: fileName,
    }),
    network: oneOf<LightningNetwork>(['bitcoin', 'testnet', 'signet', 'regtest']),
    debtors: list(partyValue, 1, 1_024),
    payees: list(
      object<LightningFile['payees'][number]>({ party: partyValue, nodes: list(nodeId, 1, 16) }),
      1,
      1_024,
    ),
    invoiceOrigins: list(httpUrl, 1, 1_024),
    amountMsatMax: amountValue,
    feeBaseMsat: amountValue,
    feeMillionths: amountValue,
  },
  ({ feeBaseMsat, feeMillionths }) => {
    // Beyond, a Lightning node would be asked for what its own numbers do not hold.
    if (feeMillionths > MILLIONTHS) return inconsistent('feeMillionths', 'at most 1000000');
    return feeBaseMsat > AMOUNT_MSAT_MAX
      ? inconsistent('feeBaseMsat', `at most ${AMOUNT_MSAT_MAX}`)
      : undefined;
  },
);

const railsCodec: Codec<RailsConfig> = object<RailsConfig>(
  {
    v: oneOf<1>([1]),
    schedule: batchPolicyCodec,
    opentimestamps: nullable(openTimestampsCodec),
    ethereum: nullable(ethereumCodec),
    lightning: nullable(lightningCodec),
  },
  ({ opentimestamps, ethereum }) =>
    opentimestamps === null && ethereum === null
      ? inconsistent('opentimestamps', 'or ethereum: every batch is anchored on one of the two')
      : undefined,
);

/**
 * Reads a rails configuration. File names in it are relative to it; what they name is read when the rails
 * are opened.
 * @throws RailsConfigError naming the file, the member and the rule.
 */
export function readRailsConfig(file: string): RailsConfig {
  if (!existsSync(file)) throw new RailsConfigError(`${file}: no such rails configuration`);
  const about = statSync(file);
  if (!about.isFile()) throw new RailsConfigError(`${file}: not a file`);
  if (about.size > FILE_BYTES_MAX) throw new RailsConfigError(`${file}: too large`);
  const text = readFileSync(file, 'utf8');
  const parsed = parseAnyJson(text);
  if (parsed === undefined) throw new RailsConfigError(`${file}: not JSON`);
  if (hasDuplicateKey(text)) throw new RailsConfigError(`${file}: duplicate_key`);
  const value = railsCodec.read(parsed.value);
  if (value instanceof Failure) {
    const { field, reason, rule } = value.toRefusal('');
    throw new RailsConfigError(`${file}: ${field} ${reason}: ${rule}`);
  }
  return withPaths(value, (name) => resolve(dirname(file), name));
}

function withPaths(config: RailsConfig, at: (name: string) => string): RailsConfig {
  const { opentimestamps, ethereum, lightning } = config;
  const bitcoin = opentimestamps?.bitcoin ?? null;
  return {
    ...config,
    opentimestamps:
      opentimestamps === null
        ? null
        : {
            ...opentimestamps,
            bitcoin:
              bitcoin?.kind === 'bitcoind'
                ? { ...bitcoin, cookieFile: at(bitcoin.cookieFile) }
                : bitcoin,
          },
    ethereum: ethereum === null ? null : { ...ethereum, key: at(ethereum.key) },
    lightning:
      lightning === null
        ? null
        : {
            ...lightning,
            lnd: {
              url: lightning.lnd.url,
              certificateFile: at(lightning.lnd.certificateFile),
              macaroonFile: at(lightning.lnd.macaroonFile),
            },
          },
  };
}
