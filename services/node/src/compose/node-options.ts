import type { RegistryAddress } from '@atomicity/attestor/plan-statement';
import type { HttpSettings } from '@atomicity/ledger/http/settings';
import type { LogLine } from '@atomicity/ledger/log-line';
import type { Clock } from '@atomicity/ledger/writer/book-clock';
import type { KeyChoice } from '@atomicity/prover/artifacts/ensure-artifacts';
import type { FleetConfig } from '../fleet/fleet-config.ts';
import type { NetworkConfig } from '../network/network-config.ts';
import type { NetworkParts } from '../network/open-network.ts';
import type { OpenRails } from '../rails/node-rails.ts';

export type NodeOptions = {
  readonly dataDir: string;
  /** Loopback port, 0 for any. */
  readonly port: number;
  readonly host?: string;
  /** OpenTimestamps calendars; none: a local one stands in. Not used with `rails`. */
  readonly calendars?: readonly string[];
  /** Closes batches and takes them to several rails; a node without it anchors the log's root alone. */
  readonly rails?: OpenRails | undefined;
  readonly settings?: Partial<HttpSettings>;
  /** Where time comes from; the system's clock unless given. */
  readonly clock?: Clock;
  readonly logLine?: LogLine;
  /** Pays and forwards between nodes; a node without it keeps to its own book. */
  readonly network?: NetworkConfig | undefined;
  /** Stands between the router and its peers: for rehearsals of dishonest nodes. */
  readonly wrapPeers?: NetworkParts['wrapPeers'];
  /** The contract that the attestations of this node may be shown to; it is part of what they state. */
  readonly registry?: RegistryAddress | undefined;
  /** Takes the cycles of a fleet to a registry; a node without it attests and no more. */
  readonly fleet?: FleetConfig | undefined;
  /** The keys to prove with, as `provingKeys` gives them; development keys if absent. */
  readonly keys?: KeyChoice | undefined;
  /** Called once when the node can't vouch for what is durable: end the process. */
  readonly onFatal: (error: unknown) => void;
};
