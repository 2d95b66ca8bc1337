import { BOOK_REFUSALS } from '@atomicity/kernel/book/refusals';
import { WIRE_TYPES } from '@atomicity/kernel/wire/body-codecs';
import { WIRE_REFUSALS } from '@atomicity/kernel/wire/refusals';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { EDGE_STATUS } from './http/refusal-status.ts';
import type { VerificationPool } from './verify/verification-pool.ts';
import type { BookWriter } from './writer/book-writer.ts';

const REASONS: ReadonlySet<string> = new Set([
  ...Object.keys(EDGE_STATUS),
  ...WIRE_REFUSALS.map(({ reason }) => reason),
  ...BOOK_REFUSALS.map(({ reason }) => reason),
]);
const TYPES: ReadonlySet<string> = new Set(WIRE_TYPES);

/**
 * The service's metrics in one registry of its own. Names end in their unit; every label takes its
 * values from a fixed table, so that no input can make a new series.
 */
export class LedgerMetrics {
  readonly registry = new Registry();
  readonly #requests = new Counter({
    name: 'atomicity_http_requests_total',
    help: 'Requests answered, by endpoint of the table and class of status',
    labelNames: ['endpoint', 'status'] as const,
    registers: [this.registry],
  });
  readonly #duration = new Histogram({
    name: 'atomicity_http_request_duration_seconds',
    help: 'From the first byte of a request to the last of its answer',
    labelNames: ['endpoint'] as const,
    buckets: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10],
    registers: [this.registry],
  });
  readonly #objects = new Counter({
    name: 'atomicity_objects_total',
    help: 'Wire objects by type and outcome',
    labelNames: ['type', 'outcome'] as const,
    registers: [this.registry],
  });
  readonly #refusals = new Counter({
    name: 'atomicity_refusals_total',
    help: 'Refusals by reason, of objects and of requests',
    labelNames: ['reason'] as const,
    registers: [this.registry],
  });

  /** Reads the gauges from the writer and the pool whenever it is scraped. */
  observe(writer: BookWriter, pool: VerificationPool): void {
    const gauge = (name: string, help: string, value: () => number): void => {
      new Gauge({
        name,
        help,
        registers: [this.registry],
        collect() {
          this.set(value());
        },
      });
    };
    gauge(
      'atomicity_writer_pending_commands',
      'Commands not yet durable',
      () => writer.pendingCount,
    );
    gauge(
      'atomicity_book_revision',
      'Durable revision of the book',
      () => writer.flushedState().revision,
    );
    gauge(
      'atomicity_verification_pending_objects',
      'Objects being verified or queued',
      () => pool.pendingCount,
    );
    gauge(
      'atomicity_clock_behind_milliseconds',
      'How far the clock is behind the book',
      () => writer.clock.behindMs,
    );
    const counter = (name: string, help: string, value: () => number): void => {
      new Counter({
        name,
        help,
        registers: [this.registry],
        collect() {
          this.reset();
          this.inc(value());
        },
      });
    };
    counter(
      'atomicity_clock_clamped_total',
      'Times the clock was found behind the book',
      () => writer.clock.clampedCount,
    );
    counter(
      'atomicity_signatures_verified_total',
      'Ed25519 verifications of wire objects',
      () => pool.signatureCount,
    );
  }

  /** `endpoint` is an id of the endpoint table, or `unknown`. */
  request(endpoint: string, status: number, durationMs: number): void {
    this.#requests.inc({ endpoint, status: `${Math.floor(status / 100)}xx` });
    this.#duration.observe({ endpoint }, durationMs / 1000);
  }

  object(type: string, outcome: 'accepted' | 'duplicate' | 'refused' | 'failed'): void {
    this.#objects.inc({ type: TYPES.has(type) ? type : 'unknown', outcome });
  }

  refusal(reason: string): void {
    this.#refusals.inc({ reason: REASONS.has(reason) ? reason : 'other' });
  }
}
