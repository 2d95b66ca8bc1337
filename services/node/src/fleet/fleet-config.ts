import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseAnyJson } from '@atomicity/kernel/codec/canonical-json';
import { hasDuplicateKey } from '@atomicity/kernel/codec/duplicate-keys';
import {
  boolean,
  type Codec,
  Failure,
  integer,
  nullable,
  object,
  oneOf,
  pattern,
} from '@atomicity/kernel/wire/codec';
import type { RegistryPlace } from '@atomicity/rails/ethereum/context';
import type { ChainSigner } from '@atomicity/rails/ethereum/spend-registry';
import { privateKeyToAccount } from 'viem/accounts';

/** `fleet.json` as it is written. File names are relative to the file. */
type FleetFile = {
  readonly v: 1;
  /** JSON-RPC of an EVM node that the operator trusts. */
  readonly rpc: string;
  readonly chainId: number;
  /** Address of the registry contract. */
  readonly registry: string;
  /** Block in which it was deployed. */
  readonly fromBlock: number;
  /** Blocks that a transaction waits for, its own included. */
  readonly confirmations: number;
  /** A cycle is settled so long after its window, so that its attestations are done; null: by hand. */
  readonly settleAfterMs: number | null;
  /** True: an excluded slot is released by itself once its period is attested. */
  readonly releaseLate: boolean;
  /** File with the aggregator's private key, `0x` and 64 hex digits, readable by its owner only. */
  readonly aggregatorKey: string;
  /** The same of the principal, where this node opens cycles. */
  readonly principalKey: string | null;
};

export type FleetConfig = Omit<
  FleetFile,
  'v' | 'chainId' | 'registry' | 'aggregatorKey' | 'principalKey'
> & {
  readonly place: RegistryPlace;
  readonly aggregator: ChainSigner;
  readonly principal: ChainSigner | undefined;
};

/** The fleet configuration can't be used: which file, which member, which rule. */
export class FleetConfigError extends Error {
  override readonly name = 'FleetConfigError';
}

const DAY_MS = 86_400_000;
const FILE_BYTES_MAX = 64 * 1024;

const fileName = pattern('a file name of 1 … 512 characters', /^[^\0\n]{1,512}$/);

const fleetFile: Codec<FleetFile> = object<FleetFile>({
  v: oneOf<1>([1]),
  rpc: pattern('an http or https address', /^https?:\/\/[!-~]{1,500}$/),
  chainId: integer(1, Number.MAX_SAFE_INTEGER),
  registry: pattern('0x and 40 lower-case hex digits', /^0x[0-9a-f]{40}$/),
  fromBlock: integer(0, Number.MAX_SAFE_INTEGER),
  confirmations: integer(1, 1000),
  settleAfterMs: nullable(integer(0, 30 * DAY_MS)),
  releaseLate: boolean,
  aggregatorKey: fileName,
  principalKey: nullable(fileName),
});

/**
 * Reads a fleet configuration and the keys that it names.
 * @throws FleetConfigError naming the file, the member and the rule; never a key.
 */
export function readFleetConfig(file: string): FleetConfig {
  const text = readText(file);
  const parsed = parseAnyJson(text);
  if (parsed === undefined) throw new FleetConfigError(`${file}: not JSON`);
  if (hasDuplicateKey(text)) throw new FleetConfigError(`${file}: duplicate_key`);
  const value = fleetFile.read(parsed.value);
  if (value instanceof Failure) {
    const { field, reason, rule } = value.toRefusal('');
    throw new FleetConfigError(`${file}: ${field} ${reason}: ${rule}`);
  }
  const at = (name: string) => resolve(dirname(file), name);
  const { rpc, chainId, registry, fromBlock, confirmations, settleAfterMs, releaseLate } = value;
  return {
    rpc,
    fromBlock,
    confirmations,
    settleAfterMs,
    releaseLate,
    place: { chainId, registry: `0x${registry.slice(2)}` },
    aggregator: signerOf(at(value.aggregatorKey)),
    principal: value.principalKey === null ? undefined : signerOf(at(value.principalKey)),
  };
}

function readText(file: string): string {
  if (!existsSync(file)) throw new FleetConfigError(`${file}: no such fleet configuration`);
  if (statSync(file).size > FILE_BYTES_MAX) throw new FleetConfigError(`${file}: too large`);
  return readFileSync(file, 'utf8');
}

function signerOf(file: string): ChainSigner {
  if (!existsSync(file)) throw new FleetConfigError(`${file}: no such key`);
  if (process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0) {
    throw new FleetConfigError(`${file}: must not be readable by others`);
  }
  const [, digits] = /^0x([0-9a-f]{64})\n?$/i.exec(readFileSync(file, 'utf8')) ?? [];
  if (digits === undefined) throw new FleetConfigError(`${file}: must be 0x and 64 hex digits`);
  try {
    return privateKeyToAccount(`0x${digits}`);
  } catch {
    // The library's message would show the key.
    throw new FleetConfigError(`${file}: is no private key of secp256k1`);
  }
}
