import { type Anchor, isEnded } from '@atomicity/kernel/anchor/anchor';
import { BATCH_REASONS } from '@atomicity/kernel/batch/reasons';
import type { UnixMs } from '@atomicity/kernel/units/time';
import type { UnanchoredView } from '@atomicity/ledger/log-view';
import type { BlobDeadline } from '@atomicity/rails/ethereum/blob-retention';
import type { BatchDesk } from '@atomicity/settler/batch/batch-desk';
import type { Settler } from '@atomicity/settler/settler';
import type { SettlerStep } from '@atomicity/settler/step';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

export type RailMetricsParts = {
  readonly settler: Pick<Settler, 'status' | 'batches' | 'costOf' | 'rails'>;
  readonly unanchored: () => UnanchoredView;
  readonly batches: Pick<BatchDesk, 'view'> | undefined;
  readonly blobs: ((now: UnixMs) => readonly BlobDeadline[]) | undefined;
  readonly now: () => UnixMs;
};

export type RailCounters = {
  step(step: SettlerStep): void;
  failed(rail: string, code: string): void;
};

const STATUSES = ['planned', 'submitted', 'pending', 'confirmed', 'failed'] as const;

/** Why an anchor may not move on; whatever else turns up is one label value. */
const CODES: ReadonlySet<string> = new Set([
  'rail_unreachable',
  'rail_timeout',
  'rail_refused',
  'rail_answer_unusable',
  'quorum_missed',
  'rail_fault',
  'outcome_unknown',
  'prepared_erased',
  'prepared_unusable',
  'evidence_unusable',
  'payload_missing',
  'payload_unreadable',
]);

/** Seconds to confirmation: a payment, some blocks, a calendar's day, a chain's bad week. */
const LATENCY_BUCKETS = [1, 10, 60, 300, 1_800, 3_600, 14_400, 43_200, 86_400, 172_800, 604_800];

/**
 * Metrics of anchors and batches, in the node's registry. Labels take their values from fixed tables and
 * from the operator's own configuration; the denominations are those that the book holds.
 */
export function railMetrics(registry: Registry, parts: RailMetricsParts): RailCounters {
  const registers = [registry];
  observeUnanchored(registry, parts);
  observeAnchors(registry, parts);
  observeBatches(registry, parts);
  const latency = new Histogram({
    name: 'atomicity_anchor_latency_seconds',
    help: 'From the plan of an anchor to its confirmation, by rail',
    labelNames: ['rail'] as const,
    buckets: LATENCY_BUCKETS,
    registers,
  });
  const failures = new Counter({
    name: 'atomicity_anchor_failures_total',
    help: 'Attempts at an anchor that brought nothing, by rail and code',
    labelNames: ['rail', 'code'] as const,
    registers,
  });
  return {
    step({ anchor, rail, step }) {
      if (step !== 'confirmed') return;
      const done = parts.settler.status().find((one) => one.anchor === anchor);
      if (done !== undefined) latency.observe({ rail }, (done.since - done.plannedAt) / 1000);
    },
    failed: (rail, code) => failures.inc({ rail, code: CODES.has(code) ? code : 'other' }),
  };
}

function observeUnanchored(registry: Registry, { unanchored }: RailMetricsParts): void {
  const registers = [registry];
  new Gauge({
    name: 'atomicity_unanchored_value',
    help: 'What moved and is under no confirmed anchor, in ledger units of the denomination',
    labelNames: ['denomination'] as const,
    registers,
    collect() {
      this.reset();
      for (const { denomination, amount } of unanchored().values) {
        this.set({ denomination }, Number(amount));
      }
    },
  });
  new Gauge({
    name: 'atomicity_unanchored_age_seconds',
    help: 'Age of the first movement that is under no confirmed anchor; 0 when all are',
    registers,
    collect() {
      this.set(unanchored().ageMs / 1000);
    },
  });
}

function observeAnchors(registry: Registry, { settler, now }: RailMetricsParts): void {
  const registers = [registry];
  new Gauge({
    name: 'atomicity_anchors',
    help: 'Anchors by rail and status; pending ones are not evidence yet',
    labelNames: ['rail', 'status'] as const,
    registers,
    collect() {
      this.reset();
      for (const rail of settler.rails)
        for (const status of STATUSES) this.set({ rail, status }, 0);
      for (const { rail, status } of settler.status()) this.inc({ rail, status });
    },
  });
  new Gauge({
    name: 'atomicity_anchor_oldest_seconds',
    help: 'Age, from its plan, of the oldest anchor that has not ended, by rail and status',
    labelNames: ['rail', 'status'] as const,
    registers,
    collect() {
      this.reset();
      for (const [key, plannedAt] of oldestOpen(settler.status())) {
        const [rail = '', status = ''] = key.split(' ');
        this.set({ rail, status }, Math.max(0, now() - plannedAt) / 1000);
      }
    },
  });
  const costs = costsSoFar(settler);
  new Counter({
    name: 'atomicity_anchor_cost_total',
    help: 'What effects cost as their evidence says, in the rail’s smallest unit',
    labelNames: ['rail', 'unit'] as const,
    registers,
    collect() {
      this.reset();
      for (const { rail, unit, amount } of costs()) this.inc({ rail, unit }, Number(amount));
    },
  });
}

function oldestOpen(anchors: readonly Anchor[]): ReadonlyMap<string, number> {
  const oldest = new Map<string, number>();
  for (const anchor of anchors) {
    if (isEnded(anchor)) continue;
    const key = `${anchor.rail} ${anchor.status}`;
    oldest.set(key, Math.min(oldest.get(key) ?? anchor.plannedAt, anchor.plannedAt));
  }
  return oldest;
}

/** Costs by anchor. Evidence is read once, however often somebody scrapes. */
function costsSoFar(settler: RailMetricsParts['settler']) {
  type Cost = { readonly rail: string; readonly unit: string; readonly amount: bigint };
  const known = new Map<string, Cost | undefined>();
  return (): readonly Cost[] => {
    const costs: Cost[] = [];
    for (const anchor of settler.status()) {
      const { proof, rail } = anchor;
      if (proof === null) continue;
      const key = `${anchor.anchor} ${anchor.status} ${proof.length}`;
      if (!known.has(key)) {
        const cost = settler.costOf(anchor);
        known.set(key, cost && { rail, ...cost });
      }
      const cost = known.get(key);
      if (cost !== undefined) costs.push(cost);
    }
    return costs;
  };
}

function observeBatches(
  registry: Registry,
  { settler, batches, blobs, now }: RailMetricsParts,
): void {
  const registers = [registry];
  new Counter({
    name: 'atomicity_batches_total',
    help: 'Batches closed, by the reason',
    labelNames: ['reason'] as const,
    registers,
    collect() {
      this.reset();
      const closed = settler.batches();
      for (const reason of BATCH_REASONS) {
        this.inc({ reason }, closed.filter((batch) => batch.reason === reason).length);
      }
    },
  });
  new Gauge({
    name: 'atomicity_closures_quarantined',
    help: 'Edges that moved and are left out of batches',
    registers,
    collect() {
      this.set(batches?.view?.quarantined.length ?? 0);
    },
  });
  new Gauge({
    name: 'atomicity_blob_retention_seconds',
    help: 'Least time that the network still keeps blobs of this node, by their state; below 0 when over',
    labelNames: ['state'] as const,
    registers,
    collect() {
      this.reset();
      // Most urgent first: the first of a state is the least.
      for (const { state, leftMs } of [...(blobs?.(now()) ?? [])].reverse()) {
        if (leftMs !== null) this.set({ state }, leftMs / 1000);
      }
    },
  });
}
