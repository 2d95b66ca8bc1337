import type { Hop } from '@atomicity/kernel/hop/hop';
import type { Counters } from '@atomicity/router/ports';
import { Counter, Gauge, type Registry } from 'prom-client';

/** What the gauges are read from whenever they are scraped. */
export type NetworkGauges = {
  readonly open: () => readonly Hop[];
  readonly pendingCount: () => number;
  readonly now: () => number;
};

/** The payer waits for the payee's word, or the payee for the payer's answer. */
function isUnanswered({ terms, status, heldReceipt }: Hop): boolean {
  return status === 'claimed' || (status === 'held' && terms.side === 'payer' && !heldReceipt);
}

/**
 * Metrics of payments between nodes, in the node's registry. Labels take their values from fixed
 * tables: no peer can make a new series, and no party or amount is in them.
 */
export function networkMetrics(registry: Registry, gauges: NetworkGauges): Counters {
  observeHops(registry, gauges);
  const counter = <Label extends string>(name: string, help: string, labelNames: Label[]) =>
    new Counter({ name, help, labelNames, registers: [registry] });
  const messages = counter(
    'atomicity_peer_messages_total',
    'Messages between this node’s router and its peers, by direction and kind',
    ['direction', 'kind'],
  );
  const bytes = counter(
    'atomicity_peer_bytes_total',
    'Bytes of signed objects in messages and their answers',
    ['direction'],
  );
  const signatures = counter(
    'atomicity_router_signatures_total',
    'Objects that the router signed, by type',
    ['type'],
  );
  const verifications = counter(
    'atomicity_router_verified_signatures_total',
    'Signatures that the router had verified, by type of object',
    ['type'],
  );
  const offences = counter(
    'atomicity_peer_offences_total',
    'What peers did that no honest one does',
    ['name'],
  );
  return {
    message: (direction, kind, size) => {
      messages.inc({ direction, kind });
      bytes.inc({ direction }, size);
    },
    answer: (direction, size) => bytes.inc({ direction }, size),
    signature: (type) => signatures.inc({ type }),
    verification: (type, count) => verifications.inc({ type }, count),
    offence: (name) => offences.inc({ name }),
  };
}

function observeHops(registry: Registry, { open, pendingCount, now }: NetworkGauges): void {
  new Gauge({
    name: 'atomicity_open_hops',
    help: 'Hops that have not ended, by status and the side that this book is',
    labelNames: ['status', 'side'] as const,
    registers: [registry],
    collect() {
      this.reset();
      for (const { status, terms } of open()) this.inc({ status, side: terms.side });
    },
  });
  const gauge = (name: string, help: string, value: () => number) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(value());
      },
    });
  gauge('atomicity_outbox_duties', 'What the router still owes peers, and payments under way', () =>
    pendingCount(),
  );
  gauge(
    'atomicity_outbox_oldest_seconds',
    'Age of the oldest hop that waits for a peer’s word',
    () => {
      const oldest = open()
        .filter(isUnanswered)
        .reduce((least, { at }) => Math.min(least, at), now());
      return Math.max(0, now() - oldest) / 1000;
    },
  );
}
