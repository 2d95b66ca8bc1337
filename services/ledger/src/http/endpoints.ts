/** The one table of the HTTP interface: routing, roles and the OpenAPI document all read it. */
import type { CallerRole } from './roles.ts';
import * as schemas from './schemas.ts';

export type Parameter = {
  readonly name: string;
  readonly in: 'path' | 'query';
  readonly pattern: RegExp;
  readonly description: string;
};

export type Endpoint = {
  readonly id: string;
  readonly method: 'GET' | 'POST';
  /** Path with `:name` parameters; `*` takes the rest. */
  readonly path: string;
  readonly summary: string;
  /** Roles that may call it; `public` needs no signature. */
  readonly access: 'public' | readonly CallerRole[];
  readonly parameters: readonly Parameter[];
  readonly request: schemas.Schema | undefined;
  readonly response: {
    readonly status: number;
    readonly contentType: string;
    readonly schema: schemas.Schema;
  };
};

const JSON_TYPE = 'application/json';
const HASH = /^[0-9a-f]{64}$/;
const PARTY = /^pk:[ybndrfg8ejkmcpqxot1uwisza345h769]{52}$/;
const NUMBER = /^(0|[1-9][0-9]{0,14})$/;

export const BATCH_OBJECTS_MAX = 512;

const inPath = (name: string, pattern: RegExp, description: string): Parameter => ({
  name,
  in: 'path',
  pattern,
  description,
});
const inQuery = (name: string, description: string): Parameter => ({
  name,
  in: 'query',
  pattern: NUMBER,
  description,
});
const json = (schema: schemas.Schema, status = 200) => ({ status, contentType: JSON_TYPE, schema });
const text = { type: 'string' };

const WRITERS: readonly CallerRole[] = ['party', 'operator', 'identity'];
const READERS: readonly CallerRole[] = ['party', 'operator', 'auditor'];
const EXAMINERS: readonly CallerRole[] = ['operator', 'auditor'];

const party = inPath('party', PARTY, 'the party, pk:…');

function read(
  id: string,
  path: string,
  summary: string,
  parameters: readonly Parameter[],
  value: schemas.Schema,
): Endpoint {
  const response = json(schemas.answer(value));
  return {
    id,
    method: 'GET',
    path,
    summary,
    access: READERS,
    parameters,
    request: undefined,
    response,
  };
}

function open(
  id: string,
  path: string,
  summary: string,
  response: Endpoint['response'],
  parameters: readonly Parameter[] = [],
): Endpoint {
  const request = undefined;
  return { id, method: 'GET', path, summary, access: 'public', parameters, request, response };
}

export const ENDPOINTS: readonly Endpoint[] = [
  {
    id: 'submitObject',
    method: 'POST',
    path: '/v1/objects',
    summary: 'Records one wire object',
    access: WRITERS,
    parameters: [],
    request: schemas.submission,
    response: json(schemas.acceptance),
  },
  {
    id: 'submitBatch',
    method: 'POST',
    path: '/v1/objects/batch',
    summary: 'Records up to 512 wire objects in order, each with its own outcome',
    access: WRITERS,
    parameters: [],
    request: schemas.record({
      objects: { ...schemas.list(schemas.submission, BATCH_OBJECTS_MAX), minItems: 1 },
    }),
    response: json(
      schemas.record({
        outcomes: schemas.list({ oneOf: [schemas.acceptance, schemas.refusedOutcome] }),
      }),
    ),
  },
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
  {
    id: 'getEvent',
    method: 'GET',
    path: '/v1/events/:index',
    summary: 'An event of the log with its payload',
    access: EXAMINERS,
    parameters: [inPath('index', NUMBER, 'dense log index')],
    request: undefined,
    response: json(schemas.event),
  },
  {
    id: 'getAnchors',
    method: 'GET',
    path: '/v1/anchors',
    summary: 'The newest anchors; pending is shown as pending',
    access: READERS,
    parameters: [],
    request: undefined,
    response: json(schemas.record({ anchors: schemas.list(schemas.anchor) })),
  },
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
