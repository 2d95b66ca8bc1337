/**
 * Events as JSON: the `data` of a payload. Amounts are decimal strings; reading is as strict as for
 * wire objects, because what the log holds decides what the book is.
 */

import type { JsonValue } from '../codec/canonical-json.ts';
import { creditEventCodecs } from '../credit/event-codecs.ts';
import type { Leg } from '../credit/leg.ts';
import { hopEventCodecs } from '../hop/event-codecs.ts';
import { SLOT_STATUSES, type SlotStatus } from '../note/roots.ts';
import { formatSignedAmount, parseSignedAmount, type SignedAmount } from '../units/amount.ts';
import {
  type Codec,
  Failure,
  integer,
  list,
  nullable,
  object,
  oneOf,
  viaText,
} from '../wire/codec.ts';
import { batchItems } from '../wire/note-codecs.ts';
import type { BudgetCategory, BudgetPayee, PublicSignals, Role } from '../wire/objects.ts';
import { delivery } from '../wire/payment-codecs.ts';
import {
  amountValue,
  counterValue,
  denominationValue,
  durationValue,
  fieldValue,
  hashValue,
  labelValue,
  nonceValue,
  originValue,
  partyValue,
  proseValue,
  tierValue,
  timeValue,
} from '../wire/value-codecs.ts';
import type {
  BookEvent,
  BookEventData,
  BookEventType,
  CountedTotals,
  EndedGrantData,
  GrantData,
  NoteData,
} from './events.ts';
import { InvariantBroken } from './invariant.ts';

type DataCodecs = { readonly [T in BookEventType]: Codec<BookEventData[T]> };

const categoryValue = integer(0, 7);
const indexValue = integer(0, 1023);
const countValue = integer(0, 1024);
const bpsValue = integer(0, 100_000);

const signedAmountValue = viaText<SignedAmount>(
  'a position: decimal digits, −(2^63−1) … 2^63−1',
  parseSignedAmount,
  formatSignedAmount,
);

const totalsCodec = object<CountedTotals>({
  total: amountValue,
  categories: list(amountValue, 0, 8),
});

const grantCodec = object<GrantData>({
  budget: hashValue,
  agent: partyValue,
  task: nullable(labelValue),
  period: hashValue,
  index: indexValue,
  category: categoryValue,
  regime: integer(0, 31),
  items: nullable(batchItems),
  authorization: hashValue,
  commitment: fieldValue,
  noteSalt: nonceValue,
  core: hashValue,
  payer: partyValue,
  payee: partyValue,
});

const holdMembers = {
  voucher: hashValue,
  intent: hashValue,
  edge: hashValue,
  from: partyValue,
  to: partyValue,
  denomination: denominationValue,
  amount: amountValue,
  fee: amountValue,
};

const holdEndMembers = {
  ...holdMembers,
  grant: nullable(
    object<EndedGrantData>({
      budget: hashValue,
      task: nullable(labelValue),
      period: hashValue,
      index: indexValue,
      category: categoryValue,
      core: hashValue,
    }),
  ),
};

/** One codec for the data of each event; the state of a book is written with them too. */
export const eventDataCodecs: DataCodecs = {
  BookOpened: object({
    name: proseValue(0, 256),
    origin: originValue,
    operator: partyValue,
    skewMs: durationValue,
    holdMsMax: durationValue,
  }),
  KeyDelegated: object({
    delegation: hashValue,
    party: partyValue,
    key: partyValue,
    roles: list(oneOf<Role>(['auditor', 'operator', 'party']), 1, 3),
    nextIdentityHash: hashValue,
    notBefore: timeValue,
    expiresAt: timeValue,
  }),
  KeyRevoked: object({ revocation: hashValue, party: partyValue, key: partyValue }),
  EdgeOpened: object({
    edge: hashValue,
    a: partyValue,
    b: partyValue,
    denomination: denominationValue,
    limitA: amountValue,
    limitB: amountValue,
    rateBps: bpsValue,
    expiresAt: timeValue,
    graceMs: durationValue,
    haircutBps: bpsValue,
  }),
  EdgeLimitChanged: object({
    change: hashValue,
    edge: hashValue,
    grantor: partyValue,
    limit: amountValue,
    sequence: counterValue,
  }),
  ...creditEventCodecs,
  BudgetDelegated: object({
    budget: hashValue,
    delegation: hashValue,
    principal: partyValue,
    agent: partyValue,
    denomination: denominationValue,
    cap: amountValue,
    windowStart: timeValue,
    windowEnd: timeValue,
    categories: list(
      object<BudgetCategory>({ name: proseValue(1, 64), ceiling: amountValue, cap: amountValue }),
      1,
      8,
    ),
    payees: list(object<BudgetPayee>({ party: partyValue, category: categoryValue }), 0, 256),
    defaultCategory: nullable(categoryValue),
    tier: tierValue,
    parent: nullable(hashValue),
    policySalt: nonceValue,
    period: hashValue,
  }),
  PolicyStated: object({ statement: hashValue, budget: hashValue, policyDigest: fieldValue }),
  TaskBudgeted: object({
    delegation: hashValue,
    budget: hashValue,
    task: labelValue,
    cap: amountValue,
  }),
  NoteKeyCertified: object({
    certificate: hashValue,
    party: partyValue,
    counterparty: partyValue,
    period: hashValue,
    noteKey: partyValue,
  }),
  IntentRecorded: object({
    intent: hashValue,
    receiver: partyValue,
    denomination: denominationValue,
    amount: amountValue,
    expiresAt: timeValue,
    policyHash: nullable(hashValue),
    maxFeeBps: bpsValue,
    latencyMs: durationValue,
    delivery: nullable(delivery),
  }),
  HoldPlaced: object({
    ...holdMembers,
    at: timeValue,
    expiresAt: timeValue,
    policyHash: nullable(hashValue),
    grant: nullable(grantCodec),
  }),
  PaymentFinalized: object({
    ...holdEndMembers,
    receipt: hashValue,
    at: timeValue,
    legs: list(object<Leg>({ party: partyValue, delta: signedAmountValue }), 2, 2),
    note: nullable(object<NoteData>({ seq: counterValue, prev: hashValue, tail: hashValue })),
  }),
  HoldLapsed: object(holdEndMembers),
  HoldVoided: object({ ...holdEndMembers, voidReceipt: hashValue }),
  ...hopEventCodecs,
  PairClosed: object({
    close: hashValue,
    budget: hashValue,
    period: hashValue,
    payer: partyValue,
    payee: partyValue,
    lastSeq: counterValue,
    prev: hashValue,
    unspent: list(indexValue, 0, 1024),
  }),
  PeriodClosed: object({
    close: hashValue,
    budget: hashValue,
    period: hashValue,
    periodIndex: counterValue,
    count: countValue,
    tokensRoot: fieldValue,
    leavesRoot: fieldValue,
    statuses: list(oneOf<SlotStatus>(SLOT_STATUSES), 0, 1024),
    periodTotals: totalsCodec,
    cumulativeTotals: totalsCodec,
    firstAt: timeValue,
    lastAt: timeValue,
    nextPeriod: nullable(hashValue),
  }),
  PeriodAttested: object({
    attestation: hashValue,
    budget: hashValue,
    period: hashValue,
    periodIndex: counterValue,
    publicSignals: list(fieldValue, 6, 6) as unknown as Codec<PublicSignals>,
    verificationKeyHash: hashValue,
  }),
  EquivocationRecorded: object({
    proof: hashValue,
    kind: oneOf<'core' | 'tail'>(['core', 'tail']),
    noteKey: partyValue,
    period: hashValue,
    party: partyValue,
  }),
  PayloadErased: object({ erasure: hashValue, eventId: hashValue, reason: proseValue(1, 256) }),
};

/** Every event type, in the order of `docs/reference/events.md`. */
export const BOOK_EVENT_TYPES = Object.keys(eventDataCodecs) as readonly BookEventType[];

/** True if this version knows the event type. */
export function isBookEventType(type: string): type is BookEventType {
  return Object.hasOwn(eventDataCodecs, type);
}

/** What a codec reads. @throws InvariantBroken where the text was not written by the same codec. */
export function readStored<T>(codec: Codec<T>, json: JsonValue, what: string): T {
  const value = codec.read(json);
  if (!(value instanceof Failure)) return value;
  throw new InvariantBroken(`${what}${value.path}: ${value.reason} (${value.rule ?? ''})`);
}

function writeData<T extends BookEventType>(type: T, data: BookEventData[T]): JsonValue {
  const codec: Codec<BookEventData[T]> = eventDataCodecs[type];
  return codec.write(data);
}

/** The `data` of an event as JSON. The disclosure is kept beside it, not in it. */
export function encodeEvent(event: BookEvent): JsonValue {
  return writeData(event.type, event.data);
}

function readData<T extends BookEventType>(type: T, json: JsonValue): BookEventData[T] {
  const codec: Codec<BookEventData[T]> = eventDataCodecs[type];
  return readStored(codec, json, type);
}

/**
 * The event of a type and its JSON `data`.
 * @throws InvariantBroken for an unknown type or data that `encodeEvent` never gives: a reader stops
 * there instead of guessing.
 */
export function decodeEvent(
  type: string,
  json: JsonValue,
  disclosure?: JsonValue | null,
): BookEvent {
  if (!isBookEventType(type)) throw new InvariantBroken(`unknown event ${type}`);
  const data = readData(type, json);
  const shown = disclosure === undefined || disclosure === null ? {} : { disclosure };
  return { type, data, ...shown } as BookEvent;
}
