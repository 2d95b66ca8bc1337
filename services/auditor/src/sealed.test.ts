// Goal: nothing private can be read from a sealed bundle, nor guessed. Method: collect every private value
// of a world from its payloads, grep the sealed text for each, and try the low-entropy ones against every
// public hash in it in all the ways that the protocol hashes.
import { utf8 } from '@atomicity/kernel/codec/bytes';
import { canonicalJson, type JsonValue } from '@atomicity/kernel/codec/canonical-json';
import { fieldToHex } from '@atomicity/kernel/codec/field';
import { denominationField, partyField } from '@atomicity/kernel/codec/field-encodings';
import { poseidon } from '@atomicity/kernel/codec/poseidon';
import { taggedHash } from '@atomicity/kernel/codec/tagged-hash';
import { pack } from '@atomicity/kernel/note/packed';
import { tokensRoot } from '@atomicity/kernel/note/roots';
import {
  AGENT,
  CLOUD,
  GPU,
  OPERATOR,
  PARTIES,
  PRINCIPAL,
  USD,
} from '@atomicity/kernel/testing/world';
import { amount } from '@atomicity/kernel/units/amount';
import { type Hash, hashFromBytes, keyOfPartyId } from '@atomicity/kernel/units/id';
import { beforeAll, describe, expect, it } from 'vitest';
import { type FleetWorld, fleetWorld } from './testing/fleet-world.ts';

let world: FleetWorld;
let sealed: string;
let publicHashes: ReadonlySet<string>;

beforeAll(async () => {
  world = await fleetWorld();
  sealed = await world.bundle('sealed');
  publicHashes = new Set(sealed.match(/\b[0-9a-f]{64}\b/g) ?? []);
});

/** Every text and number in a JSON value, with the name of its member. */
function leavesOf(value: JsonValue, name = ''): readonly (readonly [string, string | number])[] {
  if (typeof value === 'string' || typeof value === 'number') return [[name, value]];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) =>
    leavesOf(item, Array.isArray(value) ? name : key),
  );
}

function payloadsOf(fleet: FleetWorld): readonly JsonValue[] {
  return fleet.records.map(({ payload }) => JSON.parse(payload ?? 'null') as JsonValue);
}

/** Members whose values are public by design: pseudonyms, digests, the subject of the audit itself. */
const PUBLIC_MEMBERS = new Set(
  (
    'type v kind origin period budget index periodIndex payer payee intent commitment core tail seq prev ' +
    'noteKey principal agent policyDigest tier count tokensRoot leavesRoot statuses lastSeq final parts ' +
    'publicSignals proof verificationKeyHash name firstTreeSize lastTreeSize lastRoot previousSummary ' +
    'chainId registry circuit a b c key by sig party roles nextIdentityHash notBefore expiresAt nonce at ' +
    'coreSig nextPeriod operator'
  ).split(' '),
);

/** What only payloads hold, and long enough not to occur by chance. */
function privateTexts(): ReadonlySet<string> {
  const texts = payloadsOf(world)
    .flatMap((payload) => leavesOf(payload))
    .filter(([name, value]) => !PUBLIC_MEMBERS.has(name) && String(value).length >= 8)
    .map(([, value]) => String(value));
  return new Set(texts);
}

/** The nonces of objects that a sealed bundle shows whole; all others are private. */
const shownNonces = () => new Set(sealed.match(/"nonce":"[0-9a-f]{32}"/g) ?? []);

describe('a sealed bundle', () => {
  it('holds no text that only payloads hold', () => {
    const found = [...privateTexts()].filter((text) => sealed.includes(text));
    // Envelopes show times, and the agent is the subject of the audit.
    const times = world.book.events.map(({ at }) => String(at));
    const shown = new Set([...times, AGENT.id]);
    expect(found.filter((text) => !shown.has(text))).toEqual([]);
    expect(privateTexts().size).toBeGreaterThan(50);
  });

  it('names no identity and no delegated key but the principal’s, the agent’s and the operator’s', () => {
    const named = PARTIES.filter(
      ({ id, key, next }) =>
        sealed.includes(id) || sealed.includes(key.id) || sealed.includes(next.id),
    );
    expect(new Set(named)).toEqual(new Set([PRINCIPAL, AGENT, OPERATOR]));
    expect(sealed.includes(AGENT.key.id)).toBe(false);
    for (const party of [GPU, CLOUD]) expect(sealed).not.toContain(party.id.slice(3));
  });

  it('has no payload, salt, event id, amount, category, denomination or opening', () => {
    const members =
      /"(payload|salt|eventId|amount|fee|category|categories|denomination|noteSalt|items|stepMs|authorizationNonce|authorization|description|cap|ceiling|limitA|policySalt|task|legs|delta|receiver|from|to|edge|voucher|receipt|position|state)":/;
    expect(sealed.match(members)).toBeNull();
  });

  it('has no salt and no private nonce', () => {
    const salts = world.records.map(({ salt }) => Buffer.from(salt ?? []).toString('hex'));
    expect(salts.filter((salt) => sealed.includes(salt))).toEqual([]);
    const shown = shownNonces();
    const nonces = payloadsOf(world).flatMap((payload) =>
      leavesOf(payload).filter(([name]) =>
        ['noteSalt', 'authorizationNonce', 'policySalt', 'nonce'].includes(name),
      ),
    );
    const leaked = nonces.filter(
      ([name, value]) =>
        sealed.includes(String(value)) && !(name === 'nonce' && shown.has(`"nonce":"${value}"`)),
    );
    expect(leaked).toEqual([]);
    expect(nonces.length).toBeGreaterThan(20);
  });
});

/** Every low-entropy value of the world that a curious reader would try. */
function guesses(): readonly bigint[] {
  const amounts = Array.from({ length: 64 }, (_, value) => BigInt(value));
  const categories = Array.from({ length: 8 }, (_, value) => BigInt(value));
  const parties = PARTIES.map(({ id }) => partyField(id));
  const times = [...new Set(world.book.events.map(({ at }) => BigInt(at)))];
  return [...amounts, ...categories, ...parties, ...times, denominationField(USD)];
}

describe('a public hash of a sealed bundle', () => {
  it('is no hash of an amount, category, time or party alone', () => {
    const tags = [
      'commitment',
      'leaves',
      'nullifier',
      'period',
      'policy',
      'summary',
      'tokens',
    ] as const;
    const direct = guesses().flatMap((guess) =>
      tags.map((tag) => fieldToHex(poseidon(tag, [guess]))),
    );
    expect(direct.filter((hash) => publicHashes.has(hash))).toEqual([]);
  });

  it('is no tagged hash of a party key, an amount or an empty payload', () => {
    const tags = [
      'Party',
      'Payload',
      'Disclosure',
      'Budget',
      'Period',
      'Denomination',
      'NextIdentity',
    ];
    const values = [
      ...[GPU, CLOUD].map(({ id }) => keyOfPartyId(id)),
      ...[GPU, CLOUD].map(({ id }) => utf8(id)),
      ...Array.from({ length: 64 }, (_, value) => utf8(String(value))),
      utf8(canonicalJson({})),
      utf8(USD),
    ];
    const hashes = tags.flatMap((tag) =>
      values.map((value) => hashFromBytes(taggedHash(tag, value))),
    );
    expect(hashes.filter((hash) => publicHashes.has(hash))).toEqual([]);
  });

  it('is no commitment to the right amount, time and category under a guessable salt or token', () => {
    const holds = world.book.events.flatMap((event) =>
      event.type === 'HoldPlaced' && event.data.grant !== null ? [event.data] : [],
    );
    const tried = holds.flatMap(({ amount: value, fee, at, grant }) => {
      if (grant === null) return [];
      const { category, regime, period } = grant;
      const packed = pack({ spend: amount(value + fee), at, category, regime });
      const periodField = BigInt(`0x${period.slice(0, 62)}`);
      const tokens = [
        0n,
        BigInt(`0x${grant.core.slice(0, 62)}`),
        BigInt(`0x${period.slice(0, 62)}`),
      ];
      return tokens.flatMap((token) =>
        [0n, 1n].map((salt) =>
          fieldToHex(poseidon('commitment', [packed, periodField, token, salt])),
        ),
      );
    });
    expect(tried.length).toBeGreaterThan(30);
    expect(tried.filter((hash) => publicHashes.has(hash))).toEqual([]);
  });

  it('is no token root over tokens that public ids give', () => {
    const roots = [...publicHashes].flatMap((id) =>
      [0, 1].map((category) =>
        fieldToHex(tokensRoot([{ authorization: id as Hash, category }], 16)),
      ),
    );
    expect(roots.filter((root) => publicHashes.has(root))).toEqual([]);
  });
});
