import type { Sequencer } from '@atomicity/event-log/sequencer/sequencer';
import { createLedgerApp } from '@atomicity/ledger/http/ledger-app';
import type { HttpSettings } from '@atomicity/ledger/http/settings';
import type { KeyDirectory } from '@atomicity/ledger/key-directory';
import { logNothing } from '@atomicity/ledger/log-line';
import type { UnanchoredView } from '@atomicity/ledger/log-view';
import type { LedgerMetrics } from '@atomicity/ledger/metrics';
import type { PeriodSummaries } from '@atomicity/ledger/period-summaries';
import { sequencerLogView } from '@atomicity/ledger/sequencer-log-view';
import type { VerificationPool } from '@atomicity/ledger/verify/verification-pool';
import { systemClock } from '@atomicity/ledger/writer/book-clock';
import type { BookWriter } from '@atomicity/ledger/writer/book-writer';
import { closedIndexOf } from '@atomicity/projector/closed-periods';
import { ProjectionQueries } from '@atomicity/projector/projection-queries';
import type { Projector } from '@atomicity/projector/projector';
import type { BatchDesk } from '@atomicity/settler/batch/batch-desk';
import type { Settler } from '@atomicity/settler/settler';
import type { NetworkConfig } from '../network/network-config.ts';
import type { RunningNetwork } from '../network/open-network.ts';
import { anchorList } from './anchor-list.ts';
import { authoritiesOf } from './authorities.ts';
import type { NodeOptions } from './node-options.ts';

/** The parts of a node that answer over HTTP. */
export type Served = {
  readonly sequencer: Sequencer;
  readonly writer: BookWriter;
  readonly pool: VerificationPool;
  readonly keys: KeyDirectory;
  readonly projector: Projector;
  readonly settler: Settler;
  readonly unanchored: () => UnanchoredView;
  readonly batches: BatchDesk | undefined;
  readonly metrics: LedgerMetrics;
  readonly network: RunningNetwork | undefined;
  readonly summaries: PeriodSummaries;
};

/** Opens the HTTP API on the address that the options say; gives the address at which it listens. */
export async function listen(options: NodeOptions, served: Served, isReady: () => boolean) {
  const { sequencer, writer, pool, keys, projector, settler, metrics, network, summaries } = served;
  metrics.observe(writer, pool);
  const host = options.host ?? '127.0.0.1';
  // Filled when the port is known, before anybody can know it.
  const authorities = [...(options.settings?.authorities ?? [])];
  const app = await createLedgerApp({
    writer,
    pool,
    keys,
    readModel: new ProjectionQueries(projector),
    log: sequencerLogView(sequencer),
    anchors: anchorList({
      settler,
      closedIndex: (budget, periodIndex) =>
        closedIndexOf(projector.projection.file, budget, periodIndex),
      askBatch: served.batches && (() => served.batches?.ask()),
      unanchored: served.unanchored,
      now: () => (options.clock ?? systemClock).now(),
    }),
    metrics,
    network: network?.network,
    mirror: network?.mirror,
    summaries,
    isReady,
    clock: options.clock ?? systemClock,
    logLine: options.logLine ?? logNothing,
    settings: { ...peerSettings(options.network), ...options.settings, authorities },
  });
  await app.listen(options.port, host);
  const url = await app.getUrl();
  const port = Number(new URL(url).port || '80');
  if (authorities.length === 0) authorities.push(...authoritiesOf(host, port));
  return { app, url };
}

/** What the network configuration sets of the HTTP edge. */
function peerSettings(network: NetworkConfig | undefined): Partial<HttpSettings> {
  if (network === undefined) return {};
  const { peerPerSecond, peerBurst } = network.limits;
  return { peerLimit: { perSecond: peerPerSecond, burst: peerBurst } };
}
