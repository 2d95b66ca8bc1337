import { BOOK_REFUSALS } from '@atomicity/kernel/book/refusals';
import type { PartyId } from '@atomicity/kernel/units/id';
import { WIRE_REFUSALS } from '@atomicity/kernel/wire/refusals';
import type { LogLine } from '@atomicity/ledger/log-line';
import type { ShareOutbox } from '@atomicity/router/sharing/share-outbox';
import type { RefusedShare, SharePorts, ShareStore } from '@atomicity/router/sharing/share-ports';
import { Counter, Gauge, type Registry } from 'prom-client';

export type ShareGauges = {
  /** The neighbours in the order of the configuration. */
  readonly neighbours: readonly PartyId[];
  readonly outbox: () => Pick<ShareOutbox, 'standing'>;
  readonly store: ShareStore;
  readonly now: () => number;
};

const KNOWN_REASONS: ReadonlySet<string> = new Set(
  [...BOOK_REFUSALS, ...WIRE_REFUSALS].map(({ reason }) => reason),
);

/** Reasons come from neighbours: what this version does not know is one label value. */
const labelOf = (reason: string): string => (KNOWN_REASONS.has(reason) ? reason : 'other');

/**
 * Metrics and log lines of the objects that both books of an edge hold. The series are those of the
 * configured neighbours, by their place in the configuration: whoever may scrape learns no party.
 */
export function shareMetrics(
  registry: Registry,
  gauges: ShareGauges,
  logLine: LogLine,
): Required<Pick<SharePorts, 'onTaken' | 'onRefused'>> {
  observe(registry, gauges);
  const taken = new Counter({
    name: 'atomicity_shared_objects_taken_total',
    help: 'Objects that neighbours’ books hold now, by type of the event here',
    labelNames: ['type'],
    registers: [registry],
  });
  const refused = new Counter({
    name: 'atomicity_shared_objects_refused_total',
    help: 'Objects that neighbours’ books refused for good (final) or too often (set_aside)',
    labelNames: ['reason', 'kind'],
    registers: [registry],
  });
  return {
    onTaken: (_to, type) => taken.inc({ type }),
    onRefused: (_to, { type, reason, revision, isFinal }: RefusedShare) => {
      const kind = isFinal ? 'final' : 'set_aside';
      refused.inc({ reason: labelOf(reason), kind });
      const fields = { type, revision, reason: labelOf(reason), kind };
      logLine('warn', 'a neighbour’s book does not take what this one holds', fields);
    },
  };
}

function observe(registry: Registry, { neighbours, outbox, store, now }: ShareGauges): void {
  const gauge = (name: string, help: string, value: (neighbour: PartyId) => number) =>
    new Gauge({
      name,
      help,
      labelNames: ['neighbour'] as const,
      registers: [registry],
      collect() {
        for (const [place, party] of neighbours.entries())
          this.set({ neighbour: place }, value(party));
      },
    });
  gauge(
    'atomicity_shared_objects_waiting',
    'Objects that wait for a neighbour’s book; what is not read yet counts as one',
    (neighbour) => outbox().standing(neighbour).waiting,
  );
  gauge(
    'atomicity_shared_objects_oldest_seconds',
    'Age of the oldest object that waits for a neighbour’s book',
    (neighbour) => {
      const { oldestAt } = outbox().standing(neighbour);
      return oldestAt === null ? 0 : Math.max(0, now() - oldestAt) / 1000;
    },
  );
  gauge(
    'atomicity_shared_objects_refused',
    'Objects that a neighbour’s book has not taken, as far back as is remembered',
    (neighbour) => store.refused(neighbour).length,
  );
}
