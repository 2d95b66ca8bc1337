import 'reflect-metadata';
import type { DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Intake } from '../intake.ts';
import type { KeyDirectory } from '../key-directory.ts';
import { type LogLine, logNothing } from '../log-line.ts';
import type { AnchorList, LogView } from '../log-view.ts';
import type { LedgerMetrics } from '../metrics.ts';
import type { PaymentNetwork, ReceiptMirror } from '../peer-port.ts';
import type { PeriodSummaries } from '../period-summaries.ts';
import { Queries } from '../queries.ts';
import type { ReadModel } from '../read-model.ts';
import { ReceiptDesk } from '../receipt-desk.ts';
import type { VerificationPool } from '../verify/verification-pool.ts';
import type { Clock } from '../writer/book-clock.ts';
import type { BookWriter } from '../writer/book-writer.ts';
import type { BodyLimit } from './endpoint.ts';
import { ENDPOINTS } from './endpoints.ts';
import type { LedgerRequest } from './ledger-request.ts';
import { LogController } from './log-controller.ts';
import { NetworkController } from './network-controller.ts';
import { ObjectsController } from './objects-controller.ts';
import { OperationsController } from './operations-controller.ts';
import { PaymentsController } from './payments-controller.ts';
import { PeerGate } from './peer-gate.ts';
import { ProblemFilter } from './problem-filter.ts';
import { QueriesController } from './queries-controller.ts';
import { RateLimiter } from './rate-limit.ts';
import { RequestGuard, rateLimited } from './request-guard.ts';
import { DEFAULT_HTTP_SETTINGS, type HttpSettings } from './settings.ts';
import {
  ANCHORS,
  GUARD,
  INTAKE,
  LOG_VIEW,
  OPERATIONS,
  PEER_GATE,
  QUERIES,
  RECEIPTS,
  SUMMARIES,
} from './tokens.ts';

export type LedgerParts = {
  readonly writer: BookWriter;
  readonly pool: VerificationPool;
  readonly keys: KeyDirectory;
  readonly readModel: ReadModel;
  readonly log: LogView;
  readonly anchors: AnchorList;
  readonly metrics: LedgerMetrics;
  /** The router; none for a node that pays nobody outside. */
  readonly network?: PaymentNetwork | undefined;
  readonly mirror?: ReceiptMirror | undefined;
  /** None for a node that attests nothing. */
  readonly summaries?: PeriodSummaries | undefined;
  /** False once a part of the node other than the writer has failed. */
  readonly isReady?: (() => boolean) | undefined;
  readonly clock: Clock;
  readonly logLine?: LogLine | undefined;
  readonly settings?: Partial<HttpSettings> | undefined;
};

export const CONTROLLERS = [
  ObjectsController,
  QueriesController,
  NetworkController,
  PaymentsController,
  LogController,
  OperationsController,
];

const NO_SUMMARIES: PeriodSummaries = { summary: () => undefined };

/** The root module; everything in it is provided as values. */
class LedgerModule {}

/**
 * Builds the HTTP service around its parts. It is initialised and not listening: call
 * `app.listen(port, '127.0.0.1')`, or inject requests in tests. Closing it leaves the parts open.
 */
export async function createLedgerApp(parts: LedgerParts): Promise<NestFastifyApplication> {
  const settings = { ...DEFAULT_HTTP_SETTINGS, ...parts.settings };
  const guard = new RequestGuard(parts.keys, parts.clock, settings);
  const adapter = fastifyAdapter(parts, settings);
  const app = await NestFactory.create<NestFastifyApplication>(
    ledgerModule(parts, settings, guard),
    adapter,
    { logger: false, bodyParser: false, abortOnError: false },
  );
  app.useGlobalGuards(guard);
  app.useGlobalFilters(new ProblemFilter(parts.metrics, parts.logLine ?? logNothing));
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  return app;
}

function ledgerModule(
  parts: LedgerParts,
  settings: HttpSettings,
  guard: RequestGuard,
): DynamicModule {
  const { writer, pool, metrics, network, mirror, isReady = () => true } = parts;
  const durableEnd = () => {
    const { stream, revision } = writer.flushedState();
    return { stream, revision };
  };
  const ready = () => writer.failure === undefined && isReady();
  return {
    module: LedgerModule,
    controllers: CONTROLLERS,
    providers: [
      { provide: INTAKE, useValue: new Intake({ writer, pool, metrics }) },
      { provide: GUARD, useValue: guard },
      { provide: PEER_GATE, useValue: new PeerGate(network, parts.clock, settings) },
      { provide: RECEIPTS, useValue: new ReceiptDesk({ network, mirror, pool, writer }) },
      { provide: QUERIES, useValue: new Queries(parts.readModel, durableEnd, settings.readWaitMs) },
      { provide: SUMMARIES, useValue: parts.summaries ?? NO_SUMMARIES },
      { provide: LOG_VIEW, useValue: parts.log },
      { provide: ANCHORS, useValue: parts.anchors },
      { provide: OPERATIONS, useValue: { registry: metrics.registry, ready } },
    ],
  };
}

function fastifyAdapter(parts: LedgerParts, settings: HttpSettings): FastifyAdapter {
  const adapter = new FastifyAdapter({
    // For paths that are none of the table's.
    bodyLimit: settings.messageBodyBytesMax,
    requestTimeout: settings.requestTimeoutMs,
    connectionTimeout: settings.requestTimeoutMs,
    keepAliveTimeout: settings.requestTimeoutMs,
    http: { maxHeaderSize: settings.headersBytesMax },
  });
  const fastify = adapter.getInstance();
  // Bodies stay bytes: the digest is over them, and each handler parses strictly.
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => {
    done(null, body);
  });
  const addresses = new RateLimiter(settings.addressLimit, settings.callersMax);
  fastify.addHook('onRequest', async (request) => {
    const waitMs = addresses.take(request.ip, 1, parts.clock.now());
    if (waitMs > 0) throw rateLimited(waitMs);
  });
  // Counted as the bytes come in: a body need not say how long it is.
  fastify.addHook('onRoute', (route) => {
    const row = ENDPOINTS.find(({ method, path }) => method === route.method && path === route.url);
    if (row !== undefined) route.bodyLimit = bodyBytesMax(row.bodyLimit, settings);
  });
  fastify.addHook('onResponse', async (request: LedgerRequest, reply) => {
    parts.metrics.request(request.endpointId ?? 'unknown', reply.statusCode, reply.elapsedTime);
  });
  return adapter;
}

function bodyBytesMax(limit: BodyLimit, settings: HttpSettings): number {
  switch (limit) {
    case 'object':
      return settings.objectBodyBytesMax;
    case 'batch':
      return settings.batchBodyBytesMax;
    case 'message':
      return settings.messageBodyBytesMax;
    default:
      return assertNever(limit);
  }
}

function assertNever(limit: never): never {
  throw new Error(`unknown limit ${String(limit)}`);
}
