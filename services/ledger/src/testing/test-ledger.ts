/** A ledger in this process on a given store, with a clock that tests turn by hand. */
import { MemoryEventStore } from '@atomicity/event-log/memory/memory-event-store';
import type { EventStore } from '@atomicity/event-log/port';
import { openBook } from '@atomicity/kernel/book/open-book';
import { delegation } from '@atomicity/kernel/testing/accounts';
import type { TestKey } from '@atomicity/kernel/testing/keys';
import {
  createWorld,
  OPERATOR,
  ORIGIN,
  START,
  STREAM,
  type TestParty,
  type World,
} from '@atomicity/kernel/testing/world';
import type { PartyId } from '@atomicity/kernel/units/id';
import type { ParsedObject } from '@atomicity/kernel/wire/objects';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createLedgerApp } from '../http/ledger-app.ts';
import type { HttpSettings } from '../http/settings.ts';
import { KeyDirectory } from '../key-directory.ts';
import type { LogLine } from '../log-line.ts';
import { type AnchorList, type LogView, NO_ANCHORS } from '../log-view.ts';
import { LedgerMetrics } from '../metrics.ts';
import type { PaymentNetwork, ReceiptMirror } from '../peer-port.ts';
import type { PeriodSummaries } from '../period-summaries.ts';
import { VerificationPool } from '../verify/verification-pool.ts';
import { BookWriter, type BookWriterOptions } from '../writer/book-writer.ts';
import { type SigningOptions, signTestRequest, type TestRequest } from './sign-test-request.ts';
import { stateReadModel } from './state-read-model.ts';

export type TestAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
  // Tests read members of answers that the OpenAPI test checks against their schemas.
  readonly json: ReturnType<typeof JSON.parse>;
};

export type TestLedgerOptions = {
  readonly store?: EventStore | undefined;
  readonly settings?: Partial<HttpSettings> | undefined;
  readonly writer?: Partial<BookWriterOptions> | undefined;
  readonly auditors?: readonly PartyId[] | undefined;
  readonly pool?: VerificationPool | undefined;
  readonly log?: LogView | undefined;
  readonly anchors?: AnchorList | undefined;
  readonly logLine?: LogLine | undefined;
  readonly network?: PaymentNetwork | undefined;
  readonly mirror?: ReceiptMirror | undefined;
  readonly summaries?: PeriodSummaries | undefined;
};

export type TestLedger = Awaited<ReturnType<typeof createTestLedger>>;

const EMPTY_LOG: LogView = {
  checkpoint: async () => undefined,
  tile: async () => undefined,
  inclusion: async () => undefined,
  consistency: async () => undefined,
  event: async () => undefined,
};

/** Starts a ledger: book opened, nobody known. Its clock stands at `START`. */
export async function createTestLedger(options: TestLedgerOptions = {}) {
  const world = createWorld();
  const clock = { time: START as number, now: () => clock.time };
  const store = options.store ?? new MemoryEventStore();
  const keys = new KeyDirectory(OPERATOR.id, options.auditors);
  const fatal: Error[] = [];
  const opening = openBook({ name: 'test', origin: ORIGIN, operator: OPERATOR.id }).data;
  if (!('skewMs' in opening)) throw new Error('no opening');
  const writer = await BookWriter.open({
    store,
    stream: STREAM,
    clock,
    opening,
    onFatal: (error) => fatal.push(error),
    onFlushed: (events) => keys.apply(events),
    ...options.writer,
  });
  keys.load(writer.flushedState());
  const pool = options.pool ?? new VerificationPool({ threads: 0 });
  const metrics = new LedgerMetrics();
  metrics.observe(writer, pool);
  const readModel = stateReadModel(() => writer.flushedState());
  const app = await createLedgerApp({
    writer,
    pool,
    keys,
    readModel,
    metrics,
    clock,
    log: options.log ?? EMPTY_LOG,
    anchors: options.anchors ?? NO_ANCHORS,
    logLine: options.logLine,
    network: options.network,
    mirror: options.mirror,
    summaries: options.summaries,
    settings: options.settings,
  });
  return { world, clock, store, keys, writer, pool, metrics, readModel, app, fatal };
}

let nonces = 0;

/** A nonce that no other request of this process has. */
export function freshNonce(): string {
  nonces += 1;
  return nonces.toString(16).padStart(32, '0');
}

/** A signed request at the ledger's time. */
export function signed(
  ledger: Pick<TestLedger, 'clock'>,
  method: 'GET' | 'POST',
  url: string,
  key: TestKey,
  body?: unknown,
  change: Partial<SigningOptions> = {},
): TestRequest {
  const payload = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  const options = { createdMs: ledger.clock.time, nonce: freshNonce(), ...change };
  return signTestRequest(method, url, payload, key, options);
}

export async function send(
  ledger: { readonly app: NestFastifyApplication },
  request: TestRequest,
): Promise<TestAnswer> {
  const { method, url, payload, headers } = request;
  const answer = await ledger.app.inject({
    method,
    url,
    headers,
    ...(payload === undefined ? {} : { payload }),
  });
  const isJson = /json/.test(String(answer.headers['content-type']));
  return {
    status: answer.statusCode,
    headers: answer.headers,
    text: answer.body,
    json: isJson ? JSON.parse(answer.body) : undefined,
  };
}

/** Reads as a party through its delegated key. */
export function get(ledger: TestLedger, url: string, as: TestParty): Promise<TestAnswer> {
  return send(ledger, signed(ledger, 'GET', url, as.key));
}

/** Submits one object under its id as command id. */
export function post(
  ledger: TestLedger,
  object: Pick<ParsedObject, 'id' | 'text'>,
  key: TestKey,
  commandId: string = object.id,
): Promise<TestAnswer> {
  const body = { commandId, object: object.text };
  return send(ledger, signed(ledger, 'POST', '/v1/objects', key, body));
}

/** Submits objects in one batch. */
export function postBatch(
  ledger: TestLedger,
  objects: readonly Pick<ParsedObject, 'id' | 'text'>[],
  key: TestKey,
): Promise<TestAnswer> {
  const items = objects.map(({ id, text }) => ({ commandId: id, object: text }));
  return send(ledger, signed(ledger, 'POST', '/v1/objects/batch', key, { objects: items }));
}

/** Lets parties introduce themselves. @throws Error unless the ledger accepts each. */
export async function introduce(
  ledger: TestLedger,
  world: World,
  ...parties: readonly TestParty[]
): Promise<void> {
  for (const party of parties) {
    const answer = await post(ledger, delegation(world, party), party.identity);
    if (answer.status !== 200) throw new Error(answer.text);
  }
}

/** @throws Error unless every object of the batch was accepted. */
export async function accept(
  ledger: TestLedger,
  as: TestParty,
  ...objects: readonly Pick<ParsedObject, 'id' | 'text'>[]
): Promise<void> {
  const answer = await postBatch(ledger, objects, as.key);
  const outcomes: readonly { kind: string }[] = answer.json?.outcomes ?? [];
  const bad = outcomes.filter(({ kind }) => kind !== 'accepted');
  if (answer.status !== 200 || bad.length > 0) throw new Error(answer.text);
}
