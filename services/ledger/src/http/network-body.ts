import { type PartyId, parsePartyId } from '@atomicity/kernel/units/id';
import type { PaymentRequest, PeerMessage } from '../peer-port.ts';
import { membersOf, parseJson, type ReadBody, refuse } from './json-body.ts';
import { MESSAGE_OBJECTS_MAX } from './network-endpoints.ts';

/**
 * The bodies of payments between nodes. Each is canonical JSON with exactly the members of its
 * schema. Refusals: malformed_request with the member at fault.
 */
export function readPeerMessage(body: Uint8Array): ReadBody<PeerMessage> {
  return readCanonical(body, ['from', 'objects'], ([from, objects]) => {
    const party = partyOf(from, '/from');
    if (!party.ok) return party;
    const texts = textsOf(objects, 0);
    return texts.ok ? { ok: true, value: { from: party.value, objects: texts.value } } : texts;
  });
}

/** One signed object that a neighbour hands over: a hint, or a state of an edge. */
export type PeerObject = { readonly from: PartyId; readonly object: string };

/** Reads `{"from":…,"object":…}`. */
export function readPeerObject(body: Uint8Array): ReadBody<PeerObject> {
  return readCanonical(body, ['from', 'object'], ([from, object]) => {
    const party = partyOf(from, '/from');
    if (!party.ok) return party;
    const text = textOf(object, '/object');
    return text.ok ? { ok: true, value: { from: party.value, object: text.value } } : text;
  });
}

/** Reads `{"delegation":…,"intent":…,"order":…}`; the delegation may be null. */
export function readPaymentRequest(body: Uint8Array): ReadBody<PaymentRequest> {
  return readCanonical(body, ['delegation', 'intent', 'order'], ([delegation, intent, order]) => {
    const shown: ReadBody<string | null> =
      delegation === null ? { ok: true, value: null } : textOf(delegation, '/delegation');
    if (!shown.ok) return shown;
    const asked = textOf(intent, '/intent');
    if (!asked.ok) return asked;
    const wanted = textOf(order, '/order');
    if (!wanted.ok) return wanted;
    const value = { delegation: shown.value, intent: asked.value, order: wanted.value };
    return { ok: true, value };
  });
}

/** Signed objects that a party leaves with its node. */
export type LeftReceipts = { readonly objects: readonly string[]; readonly party: PartyId };

/** Reads `{"objects":[…],"party":…}` with 1 to 8 objects. */
export function readReceipts(body: Uint8Array): ReadBody<LeftReceipts> {
  return readCanonical(body, ['objects', 'party'], ([objects, party]) => {
    const texts = textsOf(objects, 1);
    if (!texts.ok) return texts;
    const owner = partyOf(party, '/party');
    return owner.ok ? { ok: true, value: { objects: texts.value, party: owner.value } } : owner;
  });
}

type ReadMembers<T> = (values: readonly unknown[]) => ReadBody<T>;

/** What `read` makes of exactly these members; the value's own members stand in canonical order. */
function readCanonical<T>(
  body: Uint8Array,
  names: readonly string[],
  read: ReadMembers<T>,
): ReadBody<T> {
  const parsed = parseJson(body);
  if (parsed === undefined) return refuse('', 'a JSON object in UTF-8');
  const members = membersOf(parsed.value, names, '');
  if (!members.ok) return members;
  const result = read(members.value);
  if (!result.ok || parsed.text === JSON.stringify(result.value)) return result;
  return refuse('', 'canonical JSON (RFC 8785) without repeated keys');
}

function partyOf(value: unknown, field: string): ReadBody<PartyId> {
  const party = typeof value === 'string' ? parsePartyId(value) : undefined;
  return party === undefined ? refuse(field, 'a party, pk:…') : { ok: true, value: party };
}

function textOf(value: unknown, field: string): ReadBody<string> {
  if (typeof value === 'string') return { ok: true, value };
  return refuse(field, 'the canonical text, as a string');
}

function textsOf(value: unknown, least: number): ReadBody<readonly string[]> {
  if (!Array.isArray(value)) return refuse('/objects', 'an array');
  if (value.length < least || value.length > MESSAGE_OBJECTS_MAX) {
    return refuse('/objects', `${least} to ${MESSAGE_OBJECTS_MAX} objects`);
  }
  const texts: string[] = [];
  for (const [i, item] of value.entries()) {
    const text = textOf(item, `/objects/${i}`);
    if (!text.ok) return text;
    texts.push(text.value);
  }
  return { ok: true, value: texts };
}
