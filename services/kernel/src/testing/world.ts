import { type Denomination, parseDenomination } from '../units/denomination.ts';
import {
  type Hash,
  type Nonce,
  type PartyId,
  parseSignature,
  parseStreamId,
  type Signature,
} from '../units/id.ts';
import { unixMs } from '../units/time.ts';
import type { BodyOf, WireBody, WireType } from '../wire/objects.ts';
import { encodeObject, objectId, parseObject } from '../wire/parse-object.ts';
import { type VerifiedObject, verified } from '../wire/verified.ts';
import { signId, type TestKey, testKey, testNonce } from './keys.ts';

/** The body of a type without what the builders always add. */
export type Change<T extends WireType> = Partial<Omit<BodyOf<T>, 'v' | 'type'>>;
export type Built<T extends WireType> = VerifiedObject<BodyOf<T>>;
export type Signer = { readonly by: TestKey; readonly key: TestKey };

export const START = unixMs(1_750_000_000_000);
export const HOUR = 3_600_000;
export const ORIGIN = 'log.example/test';

export function must<T>(value: T | undefined | null, what: string): T {
  if (value === undefined || value === null) throw new Error(`test world lacks ${what}`);
  return value;
}

export const STREAM = must(parseStreamId('5e'.repeat(16)), 'stream');
export const USD: Denomination = must(parseDenomination('USD/6'), 'denomination');

/** A named party: its identity, the key that it delegated, and its note keys. */
export type TestParty = {
  readonly name: string;
  readonly id: PartyId;
  readonly identity: TestKey;
  readonly next: TestKey;
  readonly key: TestKey;
  readonly noteKey: (counterparty: PartyId, period: Hash) => TestKey;
};

/** The party of a name; the same name always gives the same party. */
export function testParty(name: string): TestParty {
  const identity = testKey(`${name} identity`);
  return {
    name,
    id: identity.id,
    identity,
    next: testKey(`${name} next`),
    key: testKey(`${name} delegated`),
    noteKey: (counterparty, period) => testKey(`${name} note ${counterparty} ${period}`),
  };
}

export const PRINCIPAL = testParty('acme');
export const AGENT = testParty('buyer');
export const GPU = testParty('gpu');
export const CLOUD = testParty('cloud');
export const OPERATOR = testParty('operator');
export const PARTIES = [PRINCIPAL, AGENT, GPU, CLOUD, OPERATOR];

const byParty = new Map(PARTIES.map((party) => [party.id, party]));

/** The party of an id, which is one of `PARTIES`. */
export function partyOf(id: PartyId): TestParty {
  return must(byParty.get(id), 'party');
}

export type World = {
  readonly crypto: 'real' | 'none';
  /** A nonce that this world has not given yet. */
  readonly nonce: () => Nonce;
  readonly sign: (key: TestKey, id: Hash) => Signature;
  /** Signs a body and reads it back, so that only well-formed objects come out. */
  readonly object: <B extends WireBody>(
    body: B,
    ...signers: readonly Signer[]
  ) => VerifiedObject<B>;
};

function build<B extends WireBody>(
  body: B,
  signers: readonly Signer[],
  sign: World['sign'],
): VerifiedObject<B> {
  const id = objectId(body);
  const signatures = signers.map(({ by, key }) => ({ by: by.id, key: key.id, sig: sign(key, id) }));
  const parsed = parseObject(encodeObject(body, signatures));
  if (parsed.kind === 'refused') throw new Error(JSON.stringify(parsed.refusal));
  const object = verified(parsed.object, { signatures: 'all_verified', opening: 'checked' });
  return object as VerifiedObject<B>;
}

/**
 * A world of its own, whose nonces follow from `seed`. `crypto: 'none'` puts placeholders where
 * Ed25519 signatures and note commitments belong, for properties over many objects: `decide` looks
 * at neither.
 */
export function createWorld(
  options: { readonly crypto?: 'real' | 'none'; readonly seed?: string } = {},
): World {
  const { crypto = 'real', seed = '' } = options;
  let made = 0;
  const sign: World['sign'] = (key, id) =>
    crypto === 'real' ? signId(key, id) : must(parseSignature(`${id}${id}`), 'signature');
  return {
    crypto,
    nonce: () => testNonce(`${seed}${made++}`),
    sign,
    object: (body, ...signers) => build(body, signers, sign),
  };
}

/** A party signing through its delegated key. */
export const through = (party: TestParty): Signer => ({ by: party.identity, key: party.key });

/** A key signing for itself: an identity or a note key. */
export const own = (key: TestKey): Signer => ({ by: key, key });
