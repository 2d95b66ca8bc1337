/** JSON Schemas of what payments between nodes add to the interface. */
import {
  amount,
  count,
  denomination,
  hash,
  list,
  nullable,
  oneOf,
  partyId,
  problem,
  record,
  type Schema,
  time,
} from './schemas.ts';

/** A wire object's canonical text as one JSON string. */
export const objectText: Schema = { type: 'string', maxLength: 65_536 };

const nonce = { type: 'string', pattern: '^[0-9a-f]{32}$' };

/** A refusal of an object inside an answer of 200. */
const refusal: Schema = {
  type: 'object',
  properties: {
    reason: { type: 'string', pattern: '^[a-z0-9_]+$' },
    field: { type: 'string' },
    rule: { type: 'string' },
    facts: {
      type: 'object',
      additionalProperties: { anyOf: [{ type: 'string' }, { type: 'integer' }] },
    },
  },
  required: ['reason'],
  additionalProperties: false,
};

export const peerAnswer = record({
  answers: list({
    oneOf: [
      record({ kind: { const: 'answer' }, object: objectText }),
      record({ kind: { const: 'refused' }, refusal }),
      record({ kind: { const: 'none' } }),
    ],
  }),
  clock: objectText,
});

export const offer = record({
  offer: objectText,
  delegation: nullable(objectText),
  remainingMs: count,
});

export const hop = record({
  voucher: hash,
  intent: hash,
  part: nonce,
  side: oneOf('payer', 'payee'),
  status: oneOf('held', 'active*', 'claimed', 'confirmed', 'active', 'lapsed'),
  edge: hash,
  from: partyId,
  to: partyId,
  denomination,
  amount,
  fee: amount,
  probe: { type: 'boolean' },
  acknowledged: { type: 'boolean' },
  incoming: nullable(hash),
  outgoing: nullable(hash),
  heldAt: time,
  deadline: time,
  at: time,
  reason: nullable({ type: 'string' }),
});

const order = record({
  order: hash,
  payer: partyId,
  receiver: partyId,
  denomination,
  amount,
  maxFee: amount,
  maxProbeSpend: amount,
  expiresAt: time,
  amountInUse: amount,
  feeInUse: amount,
  probeSpend: amount,
  amountPaid: amount,
});

const delivery = record({
  vouchers: list(hash),
  finalizeReceipt: nullable(hash),
  ended: { type: 'boolean' },
});

const progress = record({
  status: oneOf('planned', 'held', 'finalized', 'lapsed', 'failed'),
  reason: nullable({ type: 'string' }),
  hop: nullable({ type: 'string' }),
  paid: amount,
  fees: amount,
  rounds: count,
});

export const payment = record({
  intent: hash,
  order: nullable(order),
  delivery: nullable(delivery),
  progress: nullable(progress),
  hops: list(hop),
});

export const stateAnswer: Schema = {
  oneOf: [
    record({ kind: { const: 'signed' }, object: objectText }),
    record({ kind: { const: 'differs' }, object: objectText }),
    record({ kind: { const: 'refused' }, problem }),
  ],
};
