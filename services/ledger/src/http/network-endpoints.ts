/** The rows of payments between nodes. */

import {
  type Endpoint,
  HASH,
  inPath,
  inQuery,
  type Parameter,
  plainRead,
  post,
} from './endpoint.ts';
import * as network from './network-schemas.ts';
import type { CallerRole } from './roles.ts';
import * as schemas from './schemas.ts';

/** Objects in one message of a peer, and in one hand-in of receipts. */
export const MESSAGE_OBJECTS_MAX = 8;

const PARTIES: readonly CallerRole[] = ['party'];

const intent = inPath('intent', HASH, 'intent id');
const ofIntent: Parameter = { ...inQuery('intent', 'intent id', HASH), optional: true };

export const NETWORK_ENDPOINTS: readonly Endpoint[] = [
  post(
    'sendHopMessages',
    '/v1/hops/messages',
    'Hands a peer’s vouchers, claims, commit signals and releases over; none is a ping',
    PARTIES,
    schemas.record({
      from: schemas.partyId,
      objects: schemas.list(network.objectText, MESSAGE_OBJECTS_MAX),
    }),
    network.peerAnswer,
    { bodyLimit: 'message' },
  ),
  plainRead(
    'getHops',
    '/v1/hops',
    'Hops of payments across books: those of an intent, or all open ones',
    [ofIntent],
    schemas.record({ hops: schemas.list(network.hop) }),
  ),
  plainRead(
    'getOffers',
    '/v1/offers',
    'Live routing offers: of this node and those it has from its peers; for peers',
    [],
    schemas.record({ offers: schemas.list(network.offer) }),
  ),
  post(
    'sendSignal',
    '/v1/signals',
    'Hands a neighbour’s routing hint over',
    PARTIES,
    schemas.record({ from: schemas.partyId, object: network.objectText }),
    schemas.record({ kind: { const: 'taken' } }),
    { bodyLimit: 'message' },
  ),
  post(
    'orderPayment',
    '/v1/payments',
    'Records a payment order and starts to send',
    PARTIES,
    schemas.record({
      delegation: schemas.nullable(network.objectText),
      intent: network.objectText,
      order: network.objectText,
    }),
    network.payment,
    { bodyLimit: 'message' },
  ),
  plainRead(
    'getPayment',
    '/v1/payments/:intent',
    'What this node knows of a payment: order, delivery, hops',
    [intent],
    network.payment,
  ),
  plainRead(
    'getReceipts',
    '/v1/receipts/:intent',
    'Signed evidence of an intent: what this node recorded, and what its users left with it',
    [intent],
    schemas.record({
      receipts: schemas.list({ type: 'string' }),
      delegations: schemas.list({ type: 'string' }),
    }),
  ),
  post(
    'leaveReceipts',
    '/v1/receipts/:intent',
    'Leaves signed objects of an intent with the node, which serves them back',
    PARTIES,
    schemas.record({
      objects: { ...schemas.list(network.objectText, MESSAGE_OBJECTS_MAX), minItems: 1 },
      party: schemas.partyId,
    }),
    schemas.record({ kind: { const: 'kept' } }),
    { bodyLimit: 'message', parameters: [intent] },
  ),
  post(
    'proposeEdgeState',
    '/v1/edges/:edge/states',
    'Proposes a state of an edge, signed by one end; the other signs it too or says what it sees',
    PARTIES,
    schemas.record({ from: schemas.partyId, object: network.objectText }),
    network.stateAnswer,
    { bodyLimit: 'message', parameters: [inPath('edge', HASH, 'edge id')] },
  ),
];
