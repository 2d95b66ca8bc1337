import { join } from 'node:path';
import type { AttestationProgress } from '@atomicity/attestor/attest-period';
import { nodeNoteSigner } from '@atomicity/event-log/checkpoint/node-signer';
import type { NoteSigner } from '@atomicity/event-log/checkpoint/signed-note';
import { openSequencer, type Sequencer } from '@atomicity/event-log/sequencer/sequencer';
import {
  openSqliteEventStore,
  type SqliteEventStore,
} from '@atomicity/event-log/sqlite/sqlite-event-store';
import type { RecordedEvent } from '@atomicity/kernel/book/events';
import { openBook } from '@atomicity/kernel/book/open-book';
import type { BookState } from '@atomicity/kernel/book/state';
import { type PartyId, parseStreamId, type StreamId } from '@atomicity/kernel/units/id';
import { KeyDirectory } from '@atomicity/ledger/key-directory';
import { type LogLine, logNothing } from '@atomicity/ledger/log-line';
import { LedgerMetrics } from '@atomicity/ledger/metrics';
import { VerificationPool } from '@atomicity/ledger/verify/verification-pool';
import { systemClock } from '@atomicity/ledger/writer/book-clock';
import { BookWriter } from '@atomicity/ledger/writer/book-writer';
import { FileSnapshots } from '@atomicity/ledger/writer/snapshots';
import { erasingAfterProjection } from '@atomicity/projector/erasing-store';
import { Projection } from '@atomicity/projector/projection';
import { Projector } from '@atomicity/projector/projector';
import { registryDigits } from '@atomicity/rails/ethereum/spend-registry';
import type { Settler } from '@atomicity/settler/settler';
import { openFleet, type RunningFleet } from '../fleet/open-fleet.ts';
import { openNetwork, type RunningNetwork } from '../network/open-network.ts';
import { type Anchoring, openAnchoring } from './anchoring.ts';
import { type Attestation, openAttestation } from './attestation.ts';
import { closeHttp } from './close-http.ts';
import {
  type DataDir,
  keySeed,
  type NodeConfig,
  nodeConfig,
  openDataDir,
  READ_MODEL_FILE,
} from './data-dir.ts';
import { listen } from './listen.ts';
import { NodeFailure } from './node-failure.ts';
import type { NodeOptions } from './node-options.ts';
import { introduceOperator, type Operator, operatorOf } from './operator.ts';
import { periodSummaries } from './period-summaries.ts';
import { takeLock } from './process-lock.ts';
import { every, type Timer } from './timer.ts';

/** A running node with its parts, for the command line and the main job. */
export type RunningNode = {
  readonly url: string;
  readonly dir: DataDir;
  readonly config: NodeConfig;
  readonly operator: Operator;
  readonly logSigner: NoteSigner;
  readonly store: SqliteEventStore;
  readonly sequencer: Sequencer;
  readonly writer: BookWriter;
  readonly pool: VerificationPool;
  readonly projector: Projector;
  readonly settler: Settler;
  /** What people are told that the anchors' rails are. */
  readonly anchoredBy: Anchoring['anchoredBy'];
  readonly batches: Anchoring['batches'];
  readonly attestation: Attestation;
  readonly network: RunningNetwork | undefined;
  readonly fleet: RunningFleet | undefined;
  /** Stops accepting, flushes, and closes everything in order. A second call does nothing. */
  stop(): Promise<void>;
};

const SWEEP_MS = 250;
/** What a reader that waits for nothing may be behind the book. */
const PROJECTION_GATHER_MS = 25;
const CHECKPOINT_MS = 1_000;
const ATTEST_MS = 30_000;
const FLEET_MS = 5_000;

/**
 * Starts all services over one data directory, in one process. When it resolves, the book has been
 * recovered, the log checked against its last checkpoint, and the HTTP API listens.
 *
 * @throws DataDirBusy when another process has the directory; OperatingError
 * `behind_last_checkpoint` and others of the log, which say how to recover.
 */
export async function startNode(given: NodeOptions): Promise<RunningNode> {
  const failure = new NodeFailure(given.onFatal);
  const options = { ...given, onFatal: failure.report };
  const dir = openDataDir(options.dataDir);
  const lock = takeLock(dir.lock);
  const closing: Closing[] = [() => lock.release()];
  const close = () => closeAll(closing);
  try {
    const log = await openLog(dir, options.onFatal);
    closing.push(
      () => log.store.close(),
      () => log.sequencer.close(),
    );
    // The projector first: the book may have payloads to erase that the projection must have seen.
    const projector = openProjector(dir, log, options.onFatal);
    closing.push(() => closeProjector(projector));
    const followers = new Followers();
    const book = await openMainBook(dir, log, projector, followers, options);
    failure.stops(book.writer);
    closing.push(
      () => book.pool.close(),
      () => book.writer.stop(),
    );
    const metrics = new LedgerMetrics();
    const anchoring = await openAnchoring({ dir, ...log, ...book, projector, metrics }, options);
    closing.push(() => anchoring.close());
    const attestation = startAttesting(dir, log, book, projector, followers, options);
    closing.push(() => attestation.close());
    const network = await joinNetwork(dir, log, book, metrics, options);
    followers.onEvents = (events, state) => network?.see(events, state);
    closing.push(() => network?.close());
    const fleet = await joinFleet(dir, log, projector, attestation, metrics, options);
    closing.push(() => fleet?.close());
    const summaries = periodSummaries(log.config.origin, attestation.attestor);
    const isReady = () => !failure.hasHappened;
    const parts = {
      ...log,
      ...book,
      projector,
      settler: anchoring.settler,
      unanchored: anchoring.unanchored,
      batches: anchoring.batches,
      metrics,
      network,
      summaries,
    };
    const { app, url } = await listen(options, parts, isReady);
    closing.push(() => closeHttp(app));
    network?.start();
    const timers = [
      ...startTimers(log.sequencer, book.writer, options),
      ...anchoring.timers(),
      // A round that failed is tried again.
      every(ATTEST_MS, async () => attestation.attestor.wake(), options.onFatal),
      every(FLEET_MS, async (signal) => fleet?.advance(signal), options.onFatal),
    ];
    closing.push(() => Promise.all(timers.map((timer) => timer.stop())));
    return {
      url,
      dir,
      ...log,
      ...book,
      projector,
      settler: anchoring.settler,
      anchoredBy: anchoring.anchoredBy,
      batches: anchoring.batches,
      attestation,
      network,
      fleet,
      stop: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

type Closing = () => Promise<unknown> | unknown;

/** Closes in reverse order, every part whatever the others do. @throws the first error. */
async function closeAll(closing: Closing[]): Promise<void> {
  const errors: unknown[] = [];
  for (const step of closing.splice(0).reverse()) {
    try {
      await step();
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
}

type Log = {
  readonly config: NodeConfig;
  readonly logSigner: NoteSigner;
  readonly store: SqliteEventStore;
  readonly sequencer: Sequencer;
};

async function openLog(dir: DataDir, onFatal: NodeOptions['onFatal']): Promise<Log> {
  const config = nodeConfig(dir);
  const logSigner = nodeNoteSigner(config.origin, keySeed(dir, 'log'));
  const store = await openSqliteEventStore({ directory: dir.log, onFatal });
  try {
    const sequencer = await openSequencer({
      store,
      directory: dir.log,
      signer: logSigner,
      checkpointFile: dir.lastCheckpoint,
    });
    return { config, logSigner, store, sequencer };
  } catch (error) {
    await store.close();
    throw error;
  }
}

type Book = {
  readonly operator: Operator;
  readonly writer: BookWriter;
  readonly pool: VerificationPool;
  readonly keys: KeyDirectory;
};

async function openMainBook(
  dir: DataDir,
  { config, store }: Log,
  projector: Projector,
  followers: Followers,
  { onFatal, clock = systemClock }: NodeOptions,
): Promise<Book> {
  const operator = operatorOf(dir, config);
  const keys = new KeyDirectory(operator.id);
  const opening = openBook({ name: 'main', origin: config.origin, operator: operator.id });
  if (opening.type !== 'BookOpened') throw new Error('a book opens with BookOpened');
  const writer = await BookWriter.open({
    store: erasingAfterProjection(store, projector),
    stream: streamId(config.book),
    clock,
    opening: opening.data,
    snapshots: new FileSnapshots(dir.log, 'book'),
    onFatal,
    onFlushed: (events, state) => {
      keys.apply(events);
      followers.see(events, state);
    },
  });
  keys.load(writer.flushedState());
  const pool = new VerificationPool();
  const now = clock.now();
  const isKnown = (key: PartyId) => keys.standing(key, now)?.roles.has('operator') === true;
  await introduceOperator(dir, operator, { writer, pool, isKnown }, now);
  return { operator, writer, pool, keys };
}

function openProjector(dir: DataDir, log: Log, onFatal: NodeOptions['onFatal']): Projector {
  const projection = new Projection(join(dir.projections, READ_MODEL_FILE), log.config.origin);
  const { store, sequencer } = log;
  const projector = new Projector({
    projection,
    store,
    order: sequencer,
    gatherMs: PROJECTION_GATHER_MS,
    onFatal: (cause) => onFatal(new Error(`the projection stopped: ${cause}`, { cause })),
  });
  projector.start();
  return projector;
}

async function closeProjector(projector: Projector): Promise<void> {
  // A snapshot now saves the next start the folding; one that can't be made is no reason to hang.
  await projector.checkpoint().catch(() => undefined);
  await projector.stop();
  projector.projection.close();
}

/** Tells those who open after the book what it recorded: the attestor of closes, the router of all. */
class Followers {
  onClose: () => void = () => undefined;
  onEvents: (events: readonly RecordedEvent[], state: BookState) => void = () => undefined;

  see(events: readonly RecordedEvent[], state: BookState): void {
    if (events.some(({ type }) => type === 'PeriodClosed')) this.onClose();
    this.onEvents(events, state);
  }
}

/** The router of a node that has a network configuration. */
async function joinNetwork(
  dir: DataDir,
  { store, sequencer }: Log,
  book: Book,
  metrics: LedgerMetrics,
  options: NodeOptions,
): Promise<RunningNetwork | undefined> {
  const { network: config, wrapPeers, onFatal } = options;
  if (config === undefined) return undefined;
  const { clock = systemClock } = options;
  const parts = { ...book, config, dir, store, sequencer, metrics, clock, onFatal, wrapPeers };
  return openNetwork(parts);
}

/** The registry that the attestations name: that of the fleet desk, unless another is given. */
function registryOf({ registry, fleet }: NodeOptions): NodeOptions['registry'] {
  if (registry !== undefined || fleet === undefined) return registry;
  const { chainId, registry: address } = fleet.place;
  return { chainId, registry: registryDigits(address) };
}

/** The fleet desk of a node that has a fleet configuration. */
async function joinFleet(
  dir: DataDir,
  { store }: Log,
  projector: Projector,
  attestation: Attestation,
  metrics: LedgerMetrics,
  { fleet: config, clock = systemClock, logLine = logNothing }: NodeOptions,
): Promise<RunningFleet | undefined> {
  if (config === undefined) return undefined;
  return openFleet({ config, dir, store, projector, attestation, metrics, clock, logLine });
}

/** The attestor, which wakes at every close from now on. */
function startAttesting(
  dir: DataDir,
  log: Log,
  book: Book,
  projector: Projector,
  followers: Followers,
  options: NodeOptions,
): Attestation {
  const { logLine = logNothing } = options;
  const attestation = openAttestation({
    dir,
    origin: log.config.origin,
    ...log,
    ...book,
    projector,
    registry: registryOf(options),
    keys: options.keys,
    onError: (error) => logLine('warn', 'attesting failed', { error: String(error) }),
  });
  logLine('info', 'proving', attestation.provedBy);
  attestation.onProgress(attestationLog(logLine));
  attestation.attestor.start();
  followers.onClose = () => void wakeAttestor(projector, attestation, options);
  followers.onClose();
  return attestation;
}

/** The attestor finds closed periods in the projection: it is woken when the close is in there. */
async function wakeAttestor(
  projector: Projector,
  { attestor }: Attestation,
  { logLine = logNothing }: NodeOptions,
): Promise<void> {
  try {
    if (await projector.caughtUp(ATTEST_MS)) attestor.wake();
  } catch (error) {
    // Whatever made this fail has told `onFatal`, or the timer wakes the attestor later.
    logLine('warn', 'attesting is put off', { error: String(error) });
  }
}

/** A line for each step of an attestation, none for the fractions in between. */
function attestationLog(logLine: LogLine): (progress: AttestationProgress) => void {
  let last = '';
  return ({ budget, periodIndex, step }) => {
    const now = `${budget} ${periodIndex} ${step}`;
    if (now !== last) logLine('info', 'attesting', { step, periodIndex });
    last = now;
  };
}

function startTimers(sequencer: Sequencer, writer: BookWriter, { onFatal }: NodeOptions): Timer[] {
  return [
    every(SWEEP_MS, () => writer.sweep(), onFatal),
    every(CHECKPOINT_MS, () => sequencer.checkpoint(), onFatal),
  ];
}

function streamId(text: string): StreamId {
  const stream = parseStreamId(text);
  if (stream === undefined) throw new Error('a stream id has 32 hex digits');
  return stream;
}
