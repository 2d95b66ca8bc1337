import { delegatedAt } from '../evidence/delegated-at.ts';
import { type Amount, amount, type SignedAmount } from '../units/amount.ts';
import type { Denomination } from '../units/denomination.ts';
import type { Hash, PartyId } from '../units/id.ts';
import type { UnixMs } from '../units/time.ts';
import type { verifyEd25519 } from '../wire/ed25519-strict.ts';
import type {
  BodyOf,
  CapacityVoucher,
  EdgeAgreement,
  EdgeLimitChange,
  EdgeState,
  KeyDelegation,
  ParsedObject,
  WireType,
} from '../wire/objects.ts';
import { parseObject } from '../wire/parse-object.ts';
import type { Refusal, WireRefusalReason } from '../wire/refusals.ts';
import { refuseChecks, requiredChecks } from '../wire/signatures.ts';

/**
 * All that a party keeps of an edge: the agreement, the newest state that both ends signed, the
 * vouchers that are open, the newest limit change of each side, and the delegations of the keys that
 * signed. Texts of wire objects. Everything older may be forgotten.
 */
export type EdgeStanding = {
  readonly agreement: string;
  /** At most one of each party. */
  readonly limitChanges: readonly string[];
  readonly delegations: readonly string[];
  readonly state: string;
  /** Open ones: named by the state and not ended since, or held after it. */
  readonly vouchers: readonly string[];
};

/** The objects of a standing, read. */
export type StandingObjects = {
  readonly agreement: ParsedObject<EdgeAgreement>;
  readonly limitChanges: readonly ParsedObject<EdgeLimitChange>[];
  readonly state: ParsedObject<EdgeState>;
  readonly vouchers: readonly ParsedObject<CapacityVoucher>[];
};

/** Where an edge stands, as a book that recorded everything has it. */
export type EdgePosition = {
  readonly edge: Hash;
  readonly a: PartyId;
  readonly b: PartyId;
  readonly denomination: Denomination;
  /** How much b may owe a, and a b. */
  readonly limitA: Amount;
  readonly limitB: Amount;
  /** Seen from a: positive when b owes a. */
  readonly balance: SignedAmount;
  readonly heldFromA: Amount;
  readonly heldFromB: Amount;
  /** The state that it rests on. */
  readonly sequence: number;
  readonly at: UnixMs;
  /** Open vouchers, ascending. */
  readonly open: readonly Hash[];
};

/**
 * Rebuilds what a party needs of an edge from its newest co-signed state and the open vouchers: the
 * balance, what is held, the limits. It holds as long as no voucher was paid and nothing reassigned
 * or settled since the state: then the ends sign the next one. The objects are of one edge
 * (`checkEdgeStanding`).
 */
export function standingFrom({
  agreement,
  limitChanges,
  state,
  vouchers,
}: StandingObjects): EdgePosition {
  const { a, b, denomination } = agreement.body;
  const limitOf = (grantor: PartyId, agreed: Amount): Amount =>
    limitChanges.find(({ body }) => body.grantor === grantor)?.body.limit ?? agreed;
  const heldFrom = (payer: PartyId): Amount =>
    amount(
      vouchers.reduce(
        (sum, { body }) => (body.from === payer ? sum + body.amount + body.fee : sum),
        0n,
      ),
    );
  return {
    edge: agreement.id,
    a,
    b,
    denomination,
    limitA: limitOf(a, agreement.body.limitA),
    limitB: limitOf(b, agreement.body.limitB),
    balance: state.body.balance,
    heldFromA: heldFrom(a),
    heldFromB: heldFrom(b),
    sequence: state.body.sequence,
    at: state.body.at,
    open: vouchers.map(({ id }) => id).sort(),
  };
}

/** Reasons of `checkEdgeStanding` beside those of the wire layer, in their order of precedence. */
export const STANDING_REFUSALS = [
  { reason: 'wrong_object', rule: 'each place holds an object of its type' },
  { reason: 'not_of_the_edge', rule: 'every object is of the edge and its two parties' },
  { reason: 'not_once', rule: 'one limit change of each party, each voucher once' },
  {
    reason: 'not_delegated',
    rule: 'each signer let its key sign as party then, or the state names the voucher',
  },
] as const;

type OwnReason = (typeof STANDING_REFUSALS)[number]['reason'];
export type StandingRefusal = Refusal<OwnReason | WireRefusalReason>;

export type StandingVerdict =
  | { readonly kind: 'holds'; readonly position: EdgePosition }
  | { readonly kind: 'refused'; readonly refusal: StandingRefusal };

const isRefusal = (value: object): value is StandingRefusal => 'reason' in value;

function refuseAt(reason: OwnReason, field: string): StandingRefusal {
  const rule = STANDING_REFUSALS.find((entry) => entry.reason === reason)?.rule ?? reason;
  return { reason, rule, field };
}

const under = (place: string, refusal: StandingRefusal): StandingRefusal => ({
  ...refusal,
  field: `${place}${refusal.field ?? ''}`,
});

function read<T extends WireType>(
  text: string,
  type: T,
  place: string,
): ParsedObject<BodyOf<T>> | StandingRefusal {
  const parsed = parseObject(text);
  if (parsed.kind === 'refused') return under(place, parsed.refusal);
  const { object } = parsed;
  return object.body.type === type
    ? (object as ParsedObject<BodyOf<T>>)
    : refuseAt('wrong_object', place);
}

function readList<T extends WireType>(
  texts: readonly string[],
  type: T,
  place: string,
): readonly ParsedObject<BodyOf<T>>[] | StandingRefusal {
  const objects: ParsedObject<BodyOf<T>>[] = [];
  for (const [i, text] of texts.entries()) {
    const object = read(text, type, `${place}/${i}`);
    if (isRefusal(object)) return object;
    objects.push(object);
  }
  return objects;
}

type Read = StandingObjects & { readonly delegations: readonly ParsedObject<KeyDelegation>[] };

function readAll(standing: EdgeStanding): Read | StandingRefusal {
  const agreement = read(standing.agreement, 'EdgeAgreement', '/agreement');
  if (isRefusal(agreement)) return agreement;
  const limitChanges = readList(standing.limitChanges, 'EdgeLimitChange', '/limitChanges');
  if (isRefusal(limitChanges)) return limitChanges;
  const delegations = readList(standing.delegations, 'KeyDelegation', '/delegations');
  if (isRefusal(delegations)) return delegations;
  const state = read(standing.state, 'EdgeState', '/state');
  if (isRefusal(state)) return state;
  const vouchers = readList(standing.vouchers, 'CapacityVoucher', '/vouchers');
  if (isRefusal(vouchers)) return vouchers;
  return { agreement, limitChanges, delegations, state, vouchers };
}

/** Every object but the agreement, with its place. */
function placesOf({ limitChanges, state, vouchers }: StandingObjects) {
  const places: readonly (readonly [string, ParsedObject])[] = [
    ...limitChanges.map((object, i) => [`/limitChanges/${i}`, object] as const),
    ['/state', state],
    ...vouchers.map((object, i) => [`/vouchers/${i}`, object] as const),
  ];
  return places;
}

function isOfEdge(
  { id, body: terms }: ParsedObject<EdgeAgreement>,
  { body }: ParsedObject,
): boolean {
  const isParty = (party: PartyId) => party === terms.a || party === terms.b;
  switch (body.type) {
    case 'EdgeLimitChange':
      return body.edge === id && isParty(body.grantor);
    case 'EdgeState':
      return body.edge === id && body.a === terms.a && body.b === terms.b;
    case 'CapacityVoucher': {
      const { edge, from, to, denomination } = body;
      return edge === id && isParty(from) && isParty(to) && denomination === terms.denomination;
    }
    default:
      return false;
  }
}

function refusePlaces(all: Read): StandingRefusal | undefined {
  const stray = placesOf(all).find(([, object]) => !isOfEdge(all.agreement, object));
  if (stray !== undefined) return refuseAt('not_of_the_edge', stray[0]);
  const grantors = all.limitChanges.map(({ body }) => body.grantor);
  const vouchers = all.vouchers.map(({ id }) => id);
  if (new Set(grantors).size < grantors.length) return refuseAt('not_once', '/limitChanges');
  return new Set(vouchers).size < vouchers.length ? refuseAt('not_once', '/vouchers') : undefined;
}

/** When an object was signed, if it says so. */
const signedAt = ({ body }: ParsedObject): UnixMs | undefined =>
  body.type === 'EdgeState' || body.type === 'CapacityVoucher' ? body.at : undefined;

/** An object without a time may be signed by any key that was ever delegated as party. */
function isDelegated({ delegations }: Read, object: ParsedObject): boolean {
  const at = signedAt(object);
  return object.signatures.every(({ by, key }) =>
    delegations.some(
      ({ body }) =>
        body.party === by && body.key === key && delegatedAt(body, at ?? body.notBefore),
    ),
  );
}

function refuseSigners(all: Read): StandingRefusal | undefined {
  const named = new Set(all.state.body.open);
  const places = [['/agreement', all.agreement] as const, ...placesOf(all)];
  const stray = places.find(([, object]) => {
    const { body } = object;
    // Both ends signed what the state names, whoever signed the voucher: an agent, perhaps.
    if (named.has(object.id)) return false;
    const isPayer =
      body.type !== 'CapacityVoucher' || object.signatures.every(({ by }) => by === body.from);
    return !isPayer || !isDelegated(all, object);
  });
  return stray && refuseAt('not_delegated', stray[0]);
}

function refuseSignatures(
  all: Read,
  verify: typeof verifyEd25519 | undefined,
): StandingRefusal | undefined {
  const delegations = all.delegations.map((object, i) => [`/delegations/${i}`, object] as const);
  const places = [['/agreement', all.agreement] as const, ...delegations, ...placesOf(all)];
  for (const [place, object] of places) {
    const refusal = refuseChecks(requiredChecks(object), verify);
    if (refusal !== undefined) return under(place, refusal);
  }
  return undefined;
}

/**
 * Checks what a party shows a stranger of an edge, who brings nothing but the two identities: every
 * signature, that the keys were delegated, that all of it is of one edge. `holds`: both parties signed
 * this balance at `position.at`, and these vouchers may become debt. What it cannot show: that no
 * newer state exists, that a key was revoked before it signed, that a voucher ended.
 * Refusals, in order: those of reading, then `STANDING_REFUSALS`, then those of signatures; `field`
 * points at the object and into it. Pure: a second call gives an equal value.
 */
export function checkEdgeStanding(
  standing: EdgeStanding,
  verify?: typeof verifyEd25519,
): StandingVerdict {
  const all = readAll(standing);
  if (isRefusal(all)) return { kind: 'refused', refusal: all };
  const refusal = refusePlaces(all) ?? refuseSigners(all) ?? refuseSignatures(all, verify);
  return refusal === undefined
    ? { kind: 'holds', position: standingFrom(all) }
    : { kind: 'refused', refusal };
}
