/** JSON Schemas (2020-12) of everything that the HTTP interface sends, for the OpenAPI document. */
import { BATCH_REASONS, QUARANTINE_REASONS } from '@atomicity/kernel/batch/reasons';

export type Schema = { readonly [key: string]: unknown };

export const hash = { type: 'string', pattern: '^[0-9a-f]{64}$' };
export const partyId = { type: 'string', pattern: '^pk:[a-z1-9]{52}$' };
export const amount = { type: 'string', pattern: '^(0|[1-9][0-9]{0,18})$' };
export const signedAmount = { type: 'string', pattern: '^(0|-?[1-9][0-9]{0,18})$' };
/** Sums over edges: they may exceed what one edge can carry. */
const amountSum = { type: 'string', pattern: '^(0|[1-9][0-9]{0,39})$' };
const netPosition = { type: 'string', pattern: '^(0|-?[1-9][0-9]{0,39})$' };
export const denomination = { type: 'string', pattern: '^[A-Z][A-Z0-9]{1,11}/[0-9]$' };
export const time = { type: 'integer', minimum: 0, maximum: 2 ** 48 - 1, description: 'ms' };
export const count = { type: 'integer', minimum: 0 };
export const commandId = { type: 'string', pattern: '^[A-Za-z0-9._-]{1,64}$' };

/** An object with exactly these members, all required. */
export function record(properties: Readonly<Record<string, Schema>>): Schema {
  return {
    type: 'object',
    properties,
    required: Object.keys(properties),
    additionalProperties: false,
  };
}

export const list = (items: Schema, maxItems?: number): Schema =>
  maxItems === undefined ? { type: 'array', items } : { type: 'array', items, maxItems };

export const nullable = (schema: Schema): Schema => ({ anyOf: [schema, { type: 'null' }] });

export const oneOf = (...values: readonly string[]): Schema => ({ type: 'string', enum: values });

const asOf = record({ logIndex: { type: 'integer', minimum: -1 }, at: time });

/** An answer of the read side: the value and the state of the log that it is read from. */
export const answer = (value: Schema): Schema => record({ asOf, value });

export const problem: Schema = {
  type: 'object',
  properties: {
    type: { type: 'string', pattern: '^urn:atomicity:refusal:[a-z0-9_]+$' },
    title: { type: 'string' },
    status: { type: 'integer', minimum: 400, maximum: 599 },
    reason: { type: 'string', pattern: '^[a-z0-9_]+$' },
    field: { type: 'string' },
    rule: { type: 'string' },
    facts: {
      type: 'object',
      additionalProperties: { anyOf: [{ type: 'string' }, { type: 'integer' }] },
    },
  },
  required: ['type', 'title', 'status', 'reason'],
  additionalProperties: false,
};

export const submission = record({ commandId, object: { type: 'string', maxLength: 65_536 } });

export const acceptance = record({
  kind: { const: 'accepted' },
  commandId,
  object: hash,
  duplicate: { type: 'boolean' },
  events: list(record({ eventId: hash, revision: count })),
});

export const refusedOutcome = record({ kind: { const: 'refused' }, commandId, problem });

export const balance = record({
  denomination,
  net: netPosition,
  heldOutgoing: amountSum,
  heldIncoming: amountSum,
});

export const edge = record({
  edge: hash,
  a: partyId,
  b: partyId,
  denomination,
  limitA: amount,
  limitB: amount,
  balanceA: signedAmount,
  balanceB: signedAmount,
  heldByA: amount,
  heldByB: amount,
  rateBps: count,
  haircutBps: count,
  expiresAt: time,
  graceMs: count,
  stateSequence: count,
  disputed: { type: 'boolean' },
});

export const hold = record({
  voucher: hash,
  intent: hash,
  edge: hash,
  from: partyId,
  to: partyId,
  denomination,
  amount,
  fee: amount,
  at: time,
  expiresAt: time,
  status: oneOf('held', 'finalized', 'lapsed', 'voided'),
  authorization: nullable(record({ budget: hash, period: hash, index: count })),
});

const tally = {
  name: { type: 'string' },
  cap: amount,
  available: amount,
  committed: amount,
  spent: amount,
};

export const budget = record({
  budget: hash,
  principal: partyId,
  agent: partyId,
  denomination,
  cap: amount,
  available: amount,
  committed: amount,
  spent: amount,
  windowStart: time,
  windowEnd: time,
  tier: { enum: [16, 64, 256, 1024] },
  periodIndex: count,
  parent: nullable(hash),
  categories: list(record({ ...tally, ceiling: amount })),
  tasks: list(record(tally)),
});

const anchorStatus = oneOf('planned', 'submitted', 'pending', 'confirmed', 'failed');
const railName = { type: 'string', pattern: '^[a-z0-9][a-z0-9-]{0,31}$' };
const values = list(record({ denomination, amount: amountSum }));

/** How far one anchor is. */
export const anchorState = record({
  anchor: { type: 'string' },
  rail: railName,
  size: count,
  status: anchorStatus,
  since: time,
});

export const period = record({
  budget: hash,
  periodIndex: count,
  period: hash,
  status: oneOf('open', 'closed', 'attested'),
  count,
  leavesRoot: nullable(hash),
  tokensRoot: nullable(hash),
  summaryCommitment: nullable(hash),
  authorizations: list(
    record({
      index: count,
      status: oneOf('held', 'spent', 'void', 'lapsed', 'unspent'),
      voucher: hash,
      category: count,
      spend: amount,
    }),
  ),
  anchors: list(anchorState),
});

const eightAmounts = { ...list(amount, 8), minItems: 8 };
const nonce = { type: 'string', pattern: '^[0-9a-f]{32}$' };

/** A disclosure of kind `summary`, as a file of it holds it. */
export const summaryDisclosure = record({
  v: { const: 1 },
  kind: { const: 'summary' },
  origin: { type: 'string' },
  budget: hash,
  period: hash,
  periodIndex: count,
  summary: record({
    policyDigest: hash,
    periodDigest: hash,
    nullifier: hash,
    periodTotal: amount,
    cumulativeTotal: amount,
    count,
    firstAt: time,
    lastAt: time,
    categoryTotals: eightAmounts,
    cumulativeCategoryTotals: eightAmounts,
    salt: nonce,
  }),
});

export const party = record({
  party: partyId,
  keys: list(
    record({
      key: partyId,
      roles: list(oneOf('party', 'operator', 'auditor')),
      notBefore: time,
      expiresAt: time,
      revokedAt: nullable(time),
    }),
  ),
});

export const event = record({
  index: count,
  envelope: { type: 'string' },
  disclosure: nullable({ type: 'string' }),
  payload: nullable({ type: 'string' }),
  salt: nullable(hash),
});

export const anchor = record({
  anchor: { type: 'string' },
  rail: railName,
  size: count,
  root: hash,
  status: anchorStatus,
  calendar: nullable({ type: 'string' }),
  plannedAt: time,
  since: time,
  ageMs: count,
  height: nullable(count),
  reason: nullable({ type: 'string' }),
  proof: nullable({ type: 'string', pattern: '^([0-9a-f]{2})*$' }),
});

export const batch = record({
  batch: hash,
  from: count,
  size: count,
  root: hash,
  closedAt: time,
  reason: oneOf(...BATCH_REASONS),
  payload: hash,
  diffs: count,
  values,
  settles: nullable(
    record({
      edge: hash,
      debtor: partyId,
      creditor: partyId,
      denomination,
      amount,
      request: nullable(hash),
    }),
  ),
  quarantined: list(record({ edge: hash, reason: oneOf(...QUARANTINE_REASONS) })),
  anchors: list(anchorState),
});

export const unanchored = record({
  anchoredSize: count,
  size: count,
  since: nullable(time),
  ageMs: count,
  values,
});
