import { existsSync } from 'node:fs';
import { KEY_CHOICES } from '@atomicity/prover/artifacts/ensure-artifacts';
import { isWildcard } from '../compose/authorities.ts';
import { dataDirAt } from '../compose/data-dir.ts';
import { startNode } from '../compose/node.ts';
import { planAnchors } from '../compose/plan-anchors.ts';
import { provingKeys } from '../compose/proving-keys.ts';
import { type FleetConfig, readFleetConfig } from '../fleet/fleet-config.ts';
import { type NetworkConfig, readNetworkConfig } from '../network/network-config.ts';
import { openRailsOf } from '../rails/open-rails.ts';
import { type RailsConfig, readRailsConfig } from '../rails/rails-config.ts';
import type { CliIo, Command, ExitCode } from './command.ts';
import { oneOf, parseOptions, required, wholeNumber } from './options.ts';
import { UsageError } from './usage-error.ts';

const HELP = `atomicity serve --data-dir DIR [options]

Runs a node on the embedded store until SIGINT or SIGTERM. Its log goes to standard error, one JSON
object a line, without keys, parties or amounts.

  --data-dir DIR      where the node keeps its books; made on the first start
  --port N            port of the HTTP API, 0 picks one                           (8448)
  --host ADDRESS      address to listen on                                        (127.0.0.1)
  --authority NAME    host:port by which clients call this node, as behind a proxy; more than one may be
                      given. Requests signed for others are refused. Needed with a wildcard --host
  --calendar URL      OpenTimestamps calendar; more than one may be given. Without any, a calendar of
                      this process stands in: it proves nothing to outsiders
  --anchor-every N    minutes between two anchors, 1 … 10080; only a log that has moved is anchored  (60)
  --network FILE      pays and forwards payments between nodes as this file says; without the option,
                      network.json in the data directory if there is one
  --fleet FILE        takes the cycles of a fleet to a registry as this file says; without the option,
                      fleet.json in the data directory if there is one
  --rails FILE        closes batches and anchors, publishes and pays them as this file says; without the
                      option, rails.json in the data directory if there is one. With it --calendar and
                      --anchor-every are not used
  --keys KIND         development: unsafe keys, made here; ceremony: those that \`atomicity ceremony
                      install\` put here, or no start; installed: ceremony as soon as any is   (installed)
  --log-level LEVEL   info, warn or error                                         (info)
  --help

Exit code: 0 stopped by a signal, everything acknowledged is durable; 1 the node could not start, or it
could no longer vouch for what is durable and ended itself: start it again; 2 a bad option.
`;

const SPEC = {
  'data-dir': { type: 'string' },
  port: { type: 'string', default: '8448' },
  host: { type: 'string', default: '127.0.0.1' },
  authority: { type: 'string', multiple: true, default: [] as string[] },
  calendar: { type: 'string', multiple: true, default: [] as string[] },
  'anchor-every': { type: 'string', default: '60' },
  network: { type: 'string' },
  fleet: { type: 'string' },
  rails: { type: 'string' },
  keys: { type: 'string', default: 'installed' },
  'log-level': { type: 'string', default: 'info' },
} as const;

const MINUTE_MS = 60_000;
const ANCHOR_MINUTES = { min: 1, max: 10_080 } as const;

/** Batches are anchored by themselves. */
const NO_TIMER = { stop: async () => undefined };

const LEVELS = ['info', 'warn', 'error'] as const;
type Level = (typeof LEVELS)[number];

export const serve: Command = {
  name: 'serve',
  summary: 'run a node',
  help: HELP,
  async run(argv, io): Promise<ExitCode> {
    const values = parseOptions(argv, SPEC);
    const options = {
      dataDir: required(values['data-dir'], 'data-dir'),
      port: wholeNumber(values.port, 'port', { min: 0, max: 65_535 }),
      host: required(values.host, 'host'),
      calendars: values.calendar.map(calendarUrl),
      network: networkOf(required(values['data-dir'], 'data-dir'), values.network),
      fleet: fleetOf(required(values['data-dir'], 'data-dir'), values.fleet),
    };
    const rails = railsOf(options.dataDir, values.rails);
    if (rails !== undefined && options.calendars.length > 0) {
      throw new UsageError('--calendar: the rails configuration names the calendars');
    }
    const authorities = values.authority.map((name) => name.toLowerCase());
    if (authorities.length === 0 && isWildcard(options.host)) {
      throw new UsageError(`--authority: needed with --host ${options.host}`);
    }
    const anchorEvery = wholeNumber(values['anchor-every'], 'anchor-every', ANCHOR_MINUTES);
    const logLine = logLines(io, oneOf(values['log-level'], 'log-level', LEVELS));
    const { keys, unsafe } = provingKeys(oneOf(values.keys, 'keys', KEY_CHOICES));
    const failed = Promise.withResolvers<'failed'>();
    const onFatal = (error: unknown) => {
      logLine('error', 'the node ends itself', { error: messageOf(error) });
      failed.resolve('failed');
    };
    const interrupted = io.interrupted().then(() => 'interrupted' as const);
    const node = await startNode({
      ...options,
      rails: rails && openRailsOf(rails),
      keys,
      settings: { authorities },
      logLine,
      onFatal,
    });
    const { origin } = node.config;
    const peers = options.network?.peers.length ?? 0;
    const anchored = node.anchoredBy;
    logLine('info', 'listening', { url: node.url, origin, anchors: anchored, peers, keys });
    if (unsafe)
      logLine('warn', 'the proving keys are unsafe: proofs convince no outsider', { keys });
    const anchors = rails ? NO_TIMER : planAnchors(node, anchorEvery * MINUTE_MS, onFatal);
    const end = await Promise.race([failed.promise, interrupted]);
    await anchors.stop();
    await node.stop();
    logLine('info', 'stopped', { after: end });
    return end === 'failed' ? 1 : 0;
  },
};

/** The network configuration that is named, or else the one that is there. */
function networkOf(dataDir: string, file: string | undefined): NetworkConfig | undefined {
  const standing = dataDirAt(dataDir).network;
  if (file === undefined && !existsSync(standing)) return undefined;
  return readNetworkConfig(file ?? standing);
}

/** The fleet configuration that is named, or else the one that is there. */
function fleetOf(dataDir: string, file: string | undefined): FleetConfig | undefined {
  const standing = dataDirAt(dataDir).fleetConfig;
  if (file === undefined && !existsSync(standing)) return undefined;
  return readFleetConfig(file ?? standing);
}

/** The rails configuration that is named, or else the one that is there. */
function railsOf(dataDir: string, file: string | undefined): RailsConfig | undefined {
  const standing = dataDirAt(dataDir).railsConfig;
  if (file === undefined && !existsSync(standing)) return undefined;
  return readRailsConfig(file ?? standing);
}

function calendarUrl(text: string): string {
  const url = URL.parse(text);
  if (url?.protocol === 'https:' || url?.protocol === 'http:') return text;
  throw new UsageError(`--calendar: an http or https address, not ${text}`);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

type Fields = Readonly<Record<string, string | number | boolean>>;

function logLines(io: CliIo, least: Level) {
  return (level: Level, message: string, fields: Fields): void => {
    if (LEVELS.indexOf(level) < LEVELS.indexOf(least)) return;
    const time = new Date(io.now()).toISOString();
    io.stderr(`${JSON.stringify({ time, level, message, ...fields })}\n`);
  };
}
