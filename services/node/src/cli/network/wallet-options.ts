import { NodeClient } from '@atomicity/client/node-client';
import type { Signer } from '@atomicity/client/signer';
import { dataDirAt } from '../../compose/data-dir.ts';
import { type NetworkConfig, readNetworkConfig } from '../../network/network-config.ts';
import { nodeUrl } from '../options.ts';
import { UsageError } from '../usage-error.ts';

/** Options of every command that signs for a party and speaks to its node. */
export const WALLET_SPEC = {
  network: { type: 'string' },
  'data-dir': { type: 'string' },
  url: { type: 'string', default: 'http://127.0.0.1:8448' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

export const WALLET_HELP = `  --network FILE      the party's network configuration: who, which key, which wallet; or
  --data-dir DIR      the node's data directory, whose network.json it is
  --url URL           the party's node                           (http://127.0.0.1:8448)
  --json              one JSON object instead of text
  --help
`;

/** A party as a command line has it: its configuration, its signer and the way to its node. */
export type Wallet = {
  readonly config: NetworkConfig;
  readonly signer: Signer;
  readonly client: NodeClient;
};

/** @throws UsageError for options; NetworkConfigError for what the file says. */
export function walletOf(values: {
  readonly network?: string | undefined;
  readonly 'data-dir'?: string | undefined;
  readonly url: string;
}): Wallet {
  const baseUrl = nodeUrl(values.url, 'url');
  const config = configOf(values);
  const { key, party } = config;
  const client = new NodeClient({ baseUrl, key });
  return { config, signer: { by: party, key }, client };
}

/** The configuration that `--network` or `--data-dir` names. */
export function configOf(values: {
  readonly network?: string | undefined;
  readonly 'data-dir'?: string | undefined;
}): NetworkConfig {
  const { network, 'data-dir': dataDir } = values;
  if ((network === undefined) === (dataDir === undefined)) {
    throw new UsageError('--network or --data-dir: exactly one of them');
  }
  return readNetworkConfig(network ?? dataDirAt(dataDir ?? '').network);
}
