/** The one table of the HTTP interface: routing, roles and the OpenAPI document all read it. */
import {
  type Endpoint,
  EXAMINERS,
  HASH,
  inPath,
  inQuery,
  json,
  NUMBER,
  OPERATOR_ONLY,
  open,
  PARTIES_ONLY,
  PARTY,
  plainRead,
  post,
  read,
  WRITERS,
} from './endpoint.ts';
import { NETWORK_ENDPOINTS } from './network-endpoints.ts';
import * as schemas from './schemas.ts';

export const BATCH_OBJECTS_MAX = 512;

const text = { type: 'string' };
const party = inPath('party', PARTY, 'the party, pk:…');

export const ENDPOINTS: readonly Endpoint[] = [
  post(
    'submitObject',
    '/v1/objects',
    'Records one wire object',
    WRITERS,
    schemas.submission,
    schemas.acceptance,
  ),
  post(
    'submitBatch',
    '/v1/objects/batch',
    'Records up to 512 wire objects in order, each with its own outcome',
    WRITERS,
    schemas.record({
      objects: { ...schemas.list(schemas.submission, BATCH_OBJECTS_MAX), minItems: 1 },
    }),
    schemas.record({
      outcomes: schemas.list({ oneOf: [schemas.acceptance, schemas.refusedOutcome] }),
    }),
    { bodyLimit: 'batch' },
  ),
  read('getParty', '/v1/parties/:party', 'Keys of a party', [party], schemas.party),
  read(
    'getBalances',
    '/v1/parties/:party/balances',
    'Net position of a party in each denomination',
    [party],
    schemas.list(schemas.balance),
  ),
  read(
    'getEdges',
    '/v1/parties/:party/edges',
    'Edges of a party',
    [party],
    schemas.list(schemas.edge),
  ),
  read(
    'getHolds',
    '/v1/parties/:party/holds',
    'Open holds from and to a party, and under its budgets where it is the agent',
    [party],
    schemas.list(schemas.hold),
  ),
  read(
    'getBudgets',
    '/v1/parties/:party/budgets',
    'Budgets of which the party is principal or agent',
    [party],
    schemas.list(schemas.budget),
  ),
  read('getEdge', '/v1/edges/:edge', 'One edge', [inPath('edge', HASH, 'edge id')], schemas.edge),
  read(
    'getHold',
    '/v1/holds/:voucher',
    'One hold',
    [inPath('voucher', HASH, 'voucher id')],
    schemas.hold,
  ),
  read(
    'getBudget',
    '/v1/budgets/:budget',
    'One budget',
    [inPath('budget', HASH, 'budget id')],
    schemas.budget,
  ),
  read(
    'getPeriod',
    '/v1/budgets/:budget/periods/:index',
    'One period of a budget with its authorizations',
    [inPath('budget', HASH, 'budget id'), inPath('index', NUMBER, 'period index, from 0')],
    schemas.period,
  ),
  plainRead(
    'getPeriodSummary',
    '/v1/budgets/:budget/periods/:index/summary',
    'What the summary of an attested period hides: for the principal of its budget and nobody else',
    [inPath('budget', HASH, 'budget id'), inPath('index', NUMBER, 'period index, from 0')],
    schemas.answer(schemas.summaryDisclosure),
    PARTIES_ONLY,
  ),
  ...NETWORK_ENDPOINTS,
  plainRead(
    'getEvent',
    '/v1/events/:index',
    'An event of the log with its payload',
    [inPath('index', NUMBER, 'dense log index')],
    schemas.event,
    EXAMINERS,
  ),
  plainRead(
    'getAnchors',
    '/v1/anchors',
    'The newest anchors; pending is shown as pending',
    [],
    schemas.record({ anchors: schemas.list(schemas.anchor) }),
  ),
  plainRead(
    'getBatches',
    '/v1/batches',
    'The newest batches with their anchors, and what no confirmed anchor covers yet',
    [],
    schemas.record({
      batches: schemas.list(schemas.batch),
      unanchored: schemas.unanchored,
    }),
    EXAMINERS,
  ),
  post(
    'askBatch',
    '/v1/batches',
    'Asks for a batch as soon as anything waits',
    OPERATOR_ONLY,
    schemas.record({}),
    schemas.record({ asked: { const: true } }),
  ),
  post(
    'abandonAnchor',
    '/v1/anchors/:anchor/abandon',
    'Gives an anchor up for good; evidence already there stays',
    OPERATOR_ONLY,
    schemas.record({ reason: { type: 'string', minLength: 1, maxLength: 256 } }),
    schemas.anchorState,
    { parameters: [inPath('anchor', HASH, 'anchor id')] },
  ),
  open('getCheckpoint', '/v1/checkpoint', 'The newest signed checkpoint (C2SP)', {
    status: 200,
    contentType: 'text/plain; charset=utf-8',
    schema: text,
  }),
  open(
    'getTile',
    '/v1/tile/*',
    'A tile of the log (tlog-tiles)',
    { status: 200, contentType: 'application/octet-stream', schema: { type: 'string' } },
    [inPath('*', /^[0-9a-z][0-9a-z/.]{0,63}$/, 'tile path: <level>/<n>[.p/<width>]')],
  ),
  open(
    'getInclusionProof',
    '/v1/proof/inclusion',
    'Audit path of a leaf',
    json(
      schemas.record({
        index: schemas.count,
        size: schemas.count,
        path: schemas.list(schemas.hash),
      }),
    ),
    [inQuery('index', 'leaf index'), inQuery('size', 'tree size')],
  ),
  open(
    'getConsistencyProof',
    '/v1/proof/consistency',
    'Consistency path between two tree sizes',
    json(
      schemas.record({ from: schemas.count, to: schemas.count, path: schemas.list(schemas.hash) }),
    ),
    [inQuery('from', 'smaller size, at least 1'), inQuery('to', 'larger size')],
  ),
  open(
    'getOpenapi',
    '/v1/openapi.json',
    'This interface as an OpenAPI document',
    json({ type: 'object' }),
  ),
  open(
    'getHealth',
    '/healthz',
    'The process runs',
    json(schemas.record({ status: { const: 'ok' } })),
  ),
  open(
    'getReadiness',
    '/readyz',
    'The node accepts objects; 503 when it does not',
    json(schemas.record({ status: { const: 'ready' } })),
  ),
  open('getMetrics', '/metrics', 'Metrics in Prometheus text form', {
    status: 200,
    contentType: 'text/plain; version=0.0.4; charset=utf-8',
    schema: text,
  }),
];

const BY_ID = new Map(ENDPOINTS.map((endpoint) => [endpoint.id, endpoint]));

/** The row with this id. @throws Error for an id that the table lacks: a mistake in the code. */
export function endpoint(id: string): Endpoint {
  const row = BY_ID.get(id);
  if (row === undefined) throw new Error(`no endpoint ${id}`);
  return row;
}
