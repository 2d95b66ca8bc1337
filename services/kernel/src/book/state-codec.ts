/** The state of a book as canonical JSON: the same state always gives the same bytes. */
import {
  canonicalJson,
  isJsonObject,
  type JsonValue,
  parseAnyJson,
} from '../codec/canonical-json.ts';
import { taggedTextHash } from '../codec/tagged-hash.ts';
import { addDeadline } from '../collections/deadline-heap.ts';
import { PersistentMap } from '../collections/persistent-map.ts';
import { requestDeadline } from '../credit/evolve-settlements.ts';
import { openVouchersDerived } from '../credit/open-vouchers.ts';
import { hopDeadlines, hopsDerived } from '../hop/derived.ts';
import { orderKey } from '../hop/find-hop.ts';
import {
  declinedCodec,
  deliveryCodec,
  hopCodec,
  orderCodec,
  policyCodec,
} from '../hop/state-codecs.ts';
import type { NoteCore } from '../note/note.ts';
import { SLOT_STATUSES } from '../note/roots.ts';
import { bindPayload } from '../period-close/bound-payloads.ts';
import { formatSignedAmount, parseSignedAmount, type SignedAmount } from '../units/amount.ts';
import type { Hash } from '../units/id.ts';
import {
  boolean,
  type Codec,
  Failure,
  integer,
  list,
  nullable,
  object,
  oneOf,
  viaText,
} from '../wire/codec.ts';
import {
  amountValue,
  counterValue,
  fieldValue,
  hashValue,
  originValue,
  partyValue,
  streamValue,
  timeValue,
} from '../wire/value-codecs.ts';
import { eventDataCodecs, readStored } from './event-codec.ts';
import { InvariantBroken } from './invariant.ts';
import {
  type AskedSettlement,
  type BookState,
  type Budget,
  type DelegatedKey,
  type Edge,
  type EndedHold,
  type Identity,
  type Intent,
  keyId,
  type OpenHold,
  type Pair,
  type Period,
  pairId,
  pairKeyId,
  type Slot,
  type Tally,
  type Task,
  taskId,
} from './state.ts';

/** A map as a JSON object; canonical JSON sorts its keys. */
function mapOf<V>(value: Codec<V>): Codec<PersistentMap<V>> {
  return {
    read: (json) => {
      if (!isJsonObject(json)) return new Failure('wrong_type', 'a map');
      let map = PersistentMap.empty<V>();
      for (const [key, item] of Object.entries(json)) {
        const read = value.read(item);
        if (read instanceof Failure) return read.under(key);
        map = map.set(key, read);
      }
      return map;
    },
    write: (map) => {
      const json: Record<string, JsonValue> = {};
      for (const [key, item] of map.entries()) json[key] = value.write(item);
      return json;
    },
  };
}

/** A map whose keys follow from the values: a sorted list. */
function listedBy<V>(value: Codec<V>, keyOf: (item: V) => string): Codec<PersistentMap<V>> {
  return {
    read: (json) => {
      if (!Array.isArray(json)) return new Failure('wrong_type', 'a list');
      let map = PersistentMap.empty<V>();
      for (const item of json as readonly JsonValue[]) {
        const read = value.read(item);
        if (read instanceof Failure) return read.under(map.size);
        map = map.set(keyOf(read), read);
      }
      return map;
    },
    write: (map) =>
      [...map.entries()]
        .sort(([left], [right]) => (left < right ? -1 : 1))
        .map(([, item]) => value.write(item)),
  };
}

const presence: Codec<true> = { read: () => true, write: () => 1 };
const terms = eventDataCodecs;
const signedValue = viaText<SignedAmount>('a position', parseSignedAmount, formatSignedAmount);
const changeCodec = object<Edge['changeA']>({
  sequence: counterValue,
  change: nullable(hashValue),
});
const tallyMembers = { committed: amountValue, spent: amountValue };

const pairCodec = object<Pair>({
  payer: partyValue,
  payee: partyValue,
  lastSeq: counterValue,
  prev: hashValue,
  open: integer(0, 1024),
  close: nullable(hashValue),
});

const slotCodec = object<Slot>({
  status: oneOf<Slot['status']>(['open', ...SLOT_STATUSES]),
  authorization: hashValue,
  commitment: fieldValue,
  category: integer(0, 7),
  spend: amountValue,
  at: timeValue,
  pair: { read: (json) => String(json), write: (key) => key },
  events: list(hashValue, 0, 3),
});

const budgetCodec = object<Budget>({
  ...tallyMembers,
  terms: terms.BudgetDelegated,
  categories: list(object<Tally>(tallyMembers), 1, 8),
  policy: nullable(object({ statement: hashValue, policyDigest: fieldValue })),
  lastAt: timeValue,
  period: nullable(hashValue),
  periodIndex: counterValue,
  counted: object<Budget['counted']>({ total: amountValue, categories: list(amountValue, 1, 8) }),
  countedLastAt: timeValue,
  attested: counterValue,
  lastSummary: nullable(fieldValue),
  events: mapOf(presence),
});

const periodCodec = object<Period>({
  period: hashValue,
  budget: hashValue,
  index: counterValue,
  kind: nullable(oneOf<NoteCore['kind']>(['single', 'batch'])),
  count: integer(0, 1024),
  open: integer(0, 1024),
  closed: nullable(terms.PeriodClosed),
  attestation: nullable(hashValue),
  slots: mapOf(slotCodec),
  pairs: listedBy(pairCodec, ({ payer, payee }) => pairId(payer, payee)),
  events: mapOf(presence),
});

type Derived = 'pairKeys' | 'currentPolicies' | 'parts' | 'openVouchers' | 'bound' | 'deadlines';
type Stored = Omit<BookState, Derived>;

const stateCodec = object<Stored>({
  stream: streamValue,
  origin: originValue,
  revision: integer(-1, Number.MAX_SAFE_INTEGER),
  at: timeValue,
  opened: nullable(terms.BookOpened),
  identities: mapOf(
    object<Identity>({ nextIdentityHash: hashValue, revocation: nullable(hashValue) }),
  ),
  keys: listedBy(
    object<DelegatedKey>({ terms: terms.KeyDelegated, revocation: nullable(hashValue) }),
    (key) => keyId(key.terms.party, key.terms.key),
  ),
  edges: listedBy(
    object<Edge>({
      terms: terms.EdgeOpened,
      limitA: amountValue,
      limitB: amountValue,
      changeA: changeCodec,
      changeB: changeCodec,
      balance: signedValue,
      heldFromA: amountValue,
      heldFromB: amountValue,
      state: nullable(object({ terms: terms.EdgeStateAgreed, eventId: hashValue })),
      dispute: nullable(object({ proof: hashValue, sequence: counterValue })),
    }),
    (edge) => edge.terms.edge,
  ),
  requests: listedBy(
    object<AskedSettlement>({
      terms: terms.SettlementRequested,
      eventId: hashValue,
      receipt: nullable(hashValue),
    }),
    (asked) => asked.terms.request,
  ),
  settled: mapOf(hashValue),
  reassigned: mapOf(presence),
  budgets: listedBy(budgetCodec, (budget) => budget.terms.budget),
  tasks: listedBy(object<Task>({ ...tallyMembers, terms: terms.TaskBudgeted }), (task) =>
    taskId(task.terms.budget, task.terms.task),
  ),
  periods: listedBy(periodCodec, (period) => period.period),
  noteKeys: listedBy(terms.NoteKeyCertified, (certified) => certified.noteKey),
  intents: listedBy(
    object<Intent>({
      terms: terms.IntentRecorded,
      eventId: hashValue,
      voucher: nullable(hashValue),
      paid: boolean,
    }),
    (intent) => intent.terms.intent,
  ),
  holds: listedBy(
    object<OpenHold>({ terms: terms.HoldPlaced, eventId: hashValue }),
    (hold) => hold.terms.voucher,
  ),
  ended: listedBy(
    object<EndedHold>({
      ending: oneOf<EndedHold['ending']>(['spent', 'void', 'lapsed']),
      by: nullable(hashValue),
      terms: terms.HoldPlaced,
      events: list(hashValue, 2, 2),
    }),
    (ended) => ended.terms.voucher,
  ),
  hosted: listedBy(terms.PartyHosted, (hosted) => hosted.party),
  policies: listedBy(policyCodec, (policy) => policy.terms.policyHash),
  orders: listedBy(orderCodec, (order) => orderKey(order.terms.intent, order.terms.payer)),
  hops: listedBy(hopCodec, (hop) => hop.terms.voucher),
  declined: listedBy(declinedCodec, (declined) => declined.voucher),
  deliveries: mapOf(deliveryCodec),
  feeMismatches: mapOf(hashValue),
  equivocators: mapOf(hashValue),
  erased: mapOf(hashValue),
  standing: mapOf(presence),
});

/** The state as canonical JSON, sorted: equal states give equal bytes. */
export function encodeState(state: BookState): string {
  return canonicalJson(stateCodec.write(state));
}

/** Recomputes what `encodeState` leaves out because it follows from the rest. */
function withDerived(stored: Stored): BookState {
  let { pairKeys, bound, deadlines }: Pick<BookState, 'pairKeys' | 'bound' | 'deadlines'> = {
    pairKeys: PersistentMap.empty(),
    bound: PersistentMap.empty(),
    deadlines: undefined,
  };
  for (const { period, party, counterparty, noteKey } of stored.noteKeys.values()) {
    pairKeys = pairKeys.set(pairKeyId(period, party, counterparty), noteKey);
  }
  const bind = (event: string) => {
    bound = bindPayload(bound, event as Hash);
  };
  for (const period of stored.periods.values()) {
    for (const slot of period.slots.values()) slot.events.forEach(bind);
    for (const event of period.events.keys()) bind(event);
  }
  for (const budget of stored.budgets.values()) for (const e of budget.events.keys()) bind(e);
  for (const { terms } of [...stored.holds.values(), ...stored.ended.values()]) {
    deadlines = addDeadline(deadlines, { expiresAt: terms.expiresAt, id: terms.voucher });
  }
  for (const { intent: id, expiresAt } of [...stored.intents.values()].map((i) => i.terms)) {
    deadlines = addDeadline(deadlines, { expiresAt, id });
  }
  for (const { terms } of stored.requests.values()) {
    deadlines = addDeadline(deadlines, requestDeadline(terms));
  }
  for (const deadline of hopDeadlines(stored)) deadlines = addDeadline(deadlines, deadline);
  const openVouchers = openVouchersDerived(stored);
  return { ...stored, ...hopsDerived(stored), openVouchers, pairKeys, bound, deadlines };
}

/**
 * The state that `encodeState` wrote.
 * @throws InvariantBroken for any other text: a snapshot that was not written by this version.
 */
export function decodeState(text: string): BookState {
  const parsed = parseAnyJson(text);
  if (parsed === undefined) throw new InvariantBroken('a state is JSON');
  return withDerived(readStored(stateCodec, parsed.value, 'state'));
}

/** What a projection checkpoint records: taggedHash('BookState', encodeState). */
export function stateHash(state: BookState): Hash {
  return taggedTextHash('BookState', encodeState(state));
}
