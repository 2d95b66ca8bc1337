/** What leaves the node: anchors of the log's root, and batches where it has rails for them. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { EventStore } from '@atomicity/event-log/port';
import type { Sequencer } from '@atomicity/event-log/sequencer/sequencer';
import { parseStreamId, type StreamId } from '@atomicity/kernel/units/id';
import { unixMs } from '@atomicity/kernel/units/time';
import { logNothing } from '@atomicity/ledger/log-line';
import type { UnanchoredView } from '@atomicity/ledger/log-view';
import type { LedgerMetrics } from '@atomicity/ledger/metrics';
import { systemClock } from '@atomicity/ledger/writer/book-clock';
import type { BookWriter } from '@atomicity/ledger/writer/book-writer';
import { firstMovementAt } from '@atomicity/projector/movements';
import type { Projector } from '@atomicity/projector/projector';
import { BatchDesk } from '@atomicity/settler/batch/batch-desk';
import { batchLog } from '@atomicity/settler/batch/batch-log';
import { PayloadArchive } from '@atomicity/settler/batch/payload-archive';
import type { SettlerRun } from '@atomicity/settler/run';
import { openSettler, type Settler } from '@atomicity/settler/settler';
import type { SettlerStep } from '@atomicity/settler/step';
import type { NodeRails } from '../rails/node-rails.ts';
import { type RailCounters, railMetrics } from '../rails/rail-metrics.ts';
import { unanchoredValues, unanchoredView } from '../rails/unanchored.ts';
import { publicCalendars, startLocalCalendar } from './calendar.ts';
import { type DataDir, type NodeConfig, PAYLOADS_FOLDER } from './data-dir.ts';
import type { NodeOptions } from './node-options.ts';
import { every, type Timer } from './timer.ts';

export type AnchoringParts = {
  readonly dir: DataDir;
  readonly config: NodeConfig;
  readonly store: EventStore;
  readonly sequencer: Sequencer;
  readonly writer: BookWriter;
  readonly projector: Projector;
  readonly metrics: LedgerMetrics;
};

export type Anchoring = {
  readonly settler: Settler;
  /** What people are told that the rails are. */
  readonly anchoredBy: string;
  /** Closes batches; undefined for a node that anchors the log's root alone. */
  readonly batches: BatchDesk | undefined;
  readonly unanchored: () => UnanchoredView;
  /** Starts what moves anchors and batches on: one timer a rail, so that a slow one holds up no other. */
  timers(): readonly Timer[];
  close(): Promise<void>;
};

const ANCHOR_MS = 5_000;
const BATCH_MS = 2_000;

/**
 * Opens the outbox on the rails of the options, or on calendars alone.
 * @throws what the rails throw; OperatingError of the store.
 */
export async function openAnchoring(
  parts: AnchoringParts,
  options: NodeOptions,
): Promise<Anchoring> {
  const rails = await railsOf(parts, options);
  try {
    return await opened(parts, rails, options);
  } catch (error) {
    await rails.close();
    throw error;
  }
}

type Rails = Pick<NodeRails, 'rails' | 'close'> & Partial<NodeRails>;

async function railsOf({ dir, config }: AnchoringParts, options: NodeOptions): Promise<Rails> {
  const { calendars: urls = [], clock = systemClock, logLine = logNothing } = options;
  if (options.rails !== undefined) {
    const now = () => unixMs(clock.now());
    return options.rails({ dir, origin: config.origin, now, logLine });
  }
  const { rail, close } =
    urls.length === 0
      ? await startLocalCalendar(join(dir.log, 'local-calendar'))
      : publicCalendars(urls);
  return { rails: [rail], close };
}

async function opened(
  parts: AnchoringParts,
  rails: Rails,
  options: NodeOptions,
): Promise<Anchoring> {
  const { dir, config, store, sequencer, writer, projector, metrics } = parts;
  const { clock = systemClock, logLine = logNothing, onFatal } = options;
  const now = () => unixMs(clock.now());
  const archive = new PayloadArchive(join(dir.rails, PAYLOADS_FOLDER));
  // The settler tells the counters of its steps, and they ask the settler for the rest.
  let counters: RailCounters | undefined;
  const settler = await openSettler({
    store,
    stream: streamId(config.anchors),
    rails: rails.rails,
    payloads: archive,
    onStep: async (step: SettlerStep) => {
      counters?.step(step);
      await rails.onStep?.(step);
    },
    now,
    randomBytes: (size) => new Uint8Array(randomBytes(size)),
  });
  const { policy, everyBatch = [], pays, chain } = rails;
  const book = streamId(config.book);
  const batches =
    policy === undefined
      ? undefined
      : new BatchDesk({
          settler,
          archive,
          log: batchLog({ store, order: sequencer, origin: config.origin, book }),
          book: () => writer.flushedState(),
          policy,
          rails: everyBatch,
          pays,
          chain,
          onWarning: (code) => logLine('warn', 'a batch goes out without its diffs', { code }),
          now,
        });
  const unanchored = unanchoredView({
    anchors: () => settler.status(),
    size: () => sequencer.size,
    firstMovementAt: (from) => firstMovementAt(projector.projection.file, from),
    valuesSince: (from) =>
      batches === undefined ? [] : unanchoredValues(settler.batches(), batches.exposure(), from),
    now,
  });
  counters = railMetrics(metrics.registry, {
    settler,
    unanchored,
    batches,
    blobs: rails.blobs,
    now,
  });
  const tell = (run: SettlerRun) => {
    for (const { rail, code, anchor, reason } of run.failures) {
      counters?.failed(rail, code);
      const why = reason === null ? {} : { reason };
      logLine('warn', 'an anchor could not move on', { rail, code, anchor, ...why });
    }
  };
  const timers = () => [
    ...settler.rails.map((rail) =>
      every(
        ANCHOR_MS,
        async (signal) => {
          tell(await settler.runOnce(signal, rail));
          tell(await settler.upgradeOnce(signal, rail));
        },
        onFatal,
      ),
    ),
    ...(batches === undefined ? [] : [every(BATCH_MS, () => batches.advance(), onFatal)]),
  ];
  const anchoredBy = rails.rails.map(({ label }) => label).join(', ');
  return { settler, anchoredBy, batches, unanchored, timers, close: () => rails.close() };
}

function streamId(text: string): StreamId {
  const stream = parseStreamId(text);
  if (stream === undefined) throw new Error('a stream id has 32 hex digits');
  return stream;
}
