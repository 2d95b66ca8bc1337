import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Anchor } from '@atomicity/kernel/anchor/anchor';
import type { ClosedBatch } from '@atomicity/kernel/anchor/batches';
import { blobRetentionMs, ETHEREUM_MAINNET } from '@atomicity/kernel/batch/fork-numbers';
import { hexToBytes } from '@atomicity/kernel/codec/bytes';
import { unixMs } from '@atomicity/kernel/units/time';
import type { AnchorView, BatchView, UnanchoredView } from '@atomicity/ledger/log-view';
import { firstMovementAt } from '@atomicity/projector/movements';
import {
  type BlobDeadline,
  deadlineOf,
  readArchivedBatch,
} from '@atomicity/rails/ethereum/blob-retention';
import { pendingText } from '@atomicity/rails/opentimestamps/pending-report';
import { anchorView, batchView } from '../compose/anchor-list.ts';
import type { DataDir } from '../compose/data-dir.ts';
import { openOffline } from '../compose/offline-node.ts';
import { copyProjection } from '../compose/projection-copy.ts';
import { offlineAnchors, waitingOffline } from '../rails/offline-rails.ts';
import { readRailsConfig } from '../rails/rails-config.ts';
import { unanchoredValues, unanchoredView } from '../rails/unanchored.ts';
import type { CliIo, Command, ExitCode } from './command.ts';
import { operatorClient } from './operator-client.ts';
import { id, nodeUrl, oneOf, parseOptions, required } from './options.ts';
import { railsReplay } from './rails-replay.ts';
import { table } from './table.ts';
import { UsageError } from './usage-error.ts';

const HELP = `atomicity rails status  --data-dir DIR [--json]
atomicity rails close   --data-dir DIR --url URL
atomicity rails abandon --data-dir DIR --url URL --anchor ID --reason TEXT
atomicity rails replay  FILE [options]

What left the node and what has not.

  status    batches with their anchors, anchors of each rail, what stands under no confirmed anchor, and
            until when the network keeps the blobs. Pending is shown as pending
  close     asks the running node for a batch: it closes one at its next look, if anything waits
  abandon   gives an anchor up for good: nothing is sent for it any more. What was sent may still take
            effect; evidence already there stays
  replay    what routing batches by price would have paid in a fee history: atomicity rails replay --help

  --data-dir DIR      the node's data directory; the node may be running. The operator's key in it signs
  --url URL           the running node
  --anchor ID         64 hex digits
  --reason TEXT       1 … 256 characters; it goes into the log
  --json              one JSON object; amounts in ledger units, times in ms
  --help

Exit code: 0 done; 1 it could not be read, or the node refused; 2 a bad option.
`;

const SPEC = {
  'data-dir': { type: 'string' },
  url: { type: 'string' },
  anchor: { type: 'string' },
  reason: { type: 'string' },
  json: { type: 'boolean', default: false },
} as const;

export const rails: Command = {
  name: 'rails',
  summary: 'show batches, their anchors, what is not anchored yet; ask for a batch',
  help: HELP,
  helpOf: ([verb]) => (verb === 'replay' ? railsReplay.help : HELP),
  async run([verb = '', ...rest], io): Promise<ExitCode> {
    const action = oneOf(verb, 'rails', ['status', 'close', 'abandon', 'replay'] as const);
    if (action === 'replay') return await railsReplay.run(rest, io);
    const values = parseOptions(rest, SPEC);
    const dataDir = required(values['data-dir'], 'data-dir');
    if (action === 'status') {
      const status = await readStatus(dataDir, io.now());
      if (values.json) io.stdout(`${JSON.stringify(status)}\n`);
      else show(status, io);
      return 0;
    }
    const baseUrl = nodeUrl(required(values.url, 'url'), 'url');
    if (action === 'close') {
      await operatorClient(dataDir, baseUrl).askBatch();
      io.stdout(values.json ? '{"asked":true}\n' : 'A batch is asked for.\n');
      return 0;
    }
    const anchor = id(required(values.anchor, 'anchor'), '--anchor');
    const reason = required(values.reason, 'reason');
    if (reason.length > 256) throw new UsageError('--reason: at most 256 characters');
    const state = await operatorClient(dataDir, baseUrl).abandonAnchor(anchor, reason);
    io.stdout(values.json ? `${JSON.stringify(state)}\n` : `Anchor: ${state['status']}.\n`);
    return 0;
  },
};

type AnchorLine = Omit<AnchorView, 'proof'> & {
  /** Which calendars a pending `.ots` proof waits for, in a line for people; null for all other anchors. */
  readonly waitsFor: string | null;
};

type RailsStatus = {
  readonly batches: readonly BatchView[];
  /** Newest first. */
  readonly anchors: readonly AnchorLine[];
  readonly unanchored: UnanchoredView;
  readonly blobs: readonly BlobDeadline[];
};

async function readStatus(dataDir: string, now: number): Promise<RailsStatus> {
  const node = openOffline(dataDir);
  try {
    await node.log.catchUp();
    const { anchors, batches } = await offlineAnchors(node);
    const byId = new Map<string, Anchor>(anchors.map((anchor) => [anchor.anchor, anchor]));
    return {
      batches: batches.toReversed().map((batch) => batchView(batch, byId)),
      anchors: anchors.toReversed().map((anchor) => {
        const { proof: _bytes, ...line } = anchorView(anchor, now);
        return { ...line, waitsFor: waitsFor(anchor, now) };
      }),
      unanchored: await unanchoredOf(node, anchors, batches, now),
      blobs: blobDeadlines(node.dir, now),
    };
  } finally {
    await node.close();
  }
}

function waitsFor({ rail, status, proof, plannedAt }: Anchor, now: number): string | null {
  if (rail !== 'opentimestamps' || status !== 'pending' || proof === null) return null;
  return pendingText(hexToBytes(proof), now, plannedAt) ?? null;
}

async function unanchoredOf(
  node: ReturnType<typeof openOffline>,
  anchors: readonly Anchor[],
  batches: readonly ClosedBatch[],
  now: number,
): Promise<UnanchoredView> {
  const waiting = await waitingOffline(node, batches);
  const { projection, close } = await copyProjection(node);
  try {
    return unanchoredView({
      anchors: () => anchors,
      size: () => node.log.size,
      firstMovementAt: (from) => firstMovementAt(projection.file, from),
      valuesSince: (from) => unanchoredValues(batches, waiting, from),
      now: () => now,
    })();
  } finally {
    close();
  }
}

/** Deadlines from the archive's entries; the copies themselves are not read. */
function blobDeadlines(dir: DataDir, now: number): readonly BlobDeadline[] {
  const folder = join(dir.rails, 'blobs');
  if (!existsSync(folder)) return [];
  const config = existsSync(dir.railsConfig) ? readRailsConfig(dir.railsConfig) : undefined;
  const alarmMs = config?.ethereum?.retentionAlarmMs ?? 0;
  const retention = { retentionMs: blobRetentionMs(ETHEREUM_MAINNET), alarmMs };
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => readArchivedBatch(readFileSync(join(folder, name), 'utf8')))
    .filter((entry) => entry !== undefined)
    .map((entry) => deadlineOf(entry, retention, unixMs(now)))
    .sort((one, other) => (one.leftMs ?? Infinity) - (other.leftMs ?? Infinity));
}

const short = (id: string) => `${id.slice(0, 12)}…`;

function show({ batches, anchors, unanchored, blobs }: RailsStatus, io: CliIo): void {
  const { anchoredSize, size, values } = unanchored;
  const age =
    unanchored.since === null ? 'nothing moved since' : `for ${duration(unanchored.ageMs)}`;
  const moved = values.map(({ denomination, amount }) => `${amount} ${denomination}`).join(', ');
  io.stdout(
    `Anchored: ${anchoredSize} of ${size} events under a confirmed anchor.\n` +
      `Not anchored: ${moved === '' ? 'no movement' : moved}, ${age}.\n\n`,
  );
  io.stdout(batches.length === 0 ? 'No batch was closed.\n' : batchTable(batches));
  io.stdout(anchors.length === 0 ? '\nNothing was anchored.\n' : `\n${anchorTable(anchors)}`);
  if (blobs.length > 0) io.stdout(`\n${blobTable(blobs)}`);
}

function batchTable(batches: readonly BatchView[]): string {
  return table(
    ['batch', 'events', 'closed', 'why', 'diffs', 'value', 'left out', 'anchors'],
    batches.map((batch) => [
      short(batch.batch),
      `${batch.from}…${batch.size - 1}`,
      new Date(batch.closedAt).toISOString(),
      batch.reason,
      `${batch.diffs}`,
      batch.values.map(({ denomination, amount }) => `${amount} ${denomination}`).join(', '),
      `${batch.quarantined.length}`,
      batch.anchors.map(({ rail, status }) => `${rail} ${status}`).join(', '),
    ]),
  );
}

function anchorTable(anchors: readonly AnchorLine[]): string {
  return table(
    ['anchor', 'rail', 'events', 'status', 'age', 'height', 'reason'],
    anchors.map(({ anchor, rail, size, status, ageMs, height, reason, waitsFor }) => [
      short(anchor),
      rail,
      `${size}`,
      status,
      duration(ageMs),
      height === null ? '' : `${height}`,
      reason ?? waitsFor ?? '',
    ]),
  );
}

function blobTable(blobs: readonly BlobDeadline[]): string {
  return table(
    ['blobs of batch', 'count', 'state', 'network keeps them until'],
    blobs.map(({ batch, versionedHashes, state, deadline, alarm }) => [
      short(batch),
      `${versionedHashes.length}`,
      alarm ? `${state}!` : state,
      deadline === null ? '' : new Date(deadline).toISOString(),
    ]),
  );
}

const MINUTE_MS = 60_000;

/** Days, hours and minutes, the two greatest that are not 0. */
function duration(ms: number): string {
  const minutes = Math.floor(ms / MINUTE_MS);
  if (minutes < 1) return `${Math.floor(ms / 1000)} s`;
  const parts = [
    [Math.floor(minutes / 1440), 'd'],
    [Math.floor(minutes / 60) % 24, 'h'],
    [minutes % 60, 'min'],
  ] as const;
  return parts
    .filter(([count]) => count > 0)
    .slice(0, 2)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(' ');
}
