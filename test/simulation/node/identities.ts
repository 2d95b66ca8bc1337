import { type KeyPair, keyPairFromSeed } from '@atomicity/client/key-pair';
import { delegateKey } from '@atomicity/client/party';
import {
  type DrawNonce,
  type SignedObject,
  type Signer,
  signObject,
} from '@atomicity/client/signer';
import { type Hash, nonceFromBytes, type PartyId } from '@atomicity/kernel/units/id';
import type { KeyDelegation, Role, WireBody } from '@atomicity/kernel/wire/objects';
import type { Refusal } from '@atomicity/kernel/wire/refusals';
import { type VerifiedObject, verified } from '@atomicity/kernel/wire/verified';
import { verifyTexts } from '@atomicity/ledger/verify/verify-texts';
import type { Random } from '../engine/random.ts';

/** A party or operator whose keys follow from the seed. */
export type SimIdentity = {
  readonly id: PartyId;
  readonly signer: Signer;
  readonly delegation: SignedObject<KeyDelegation>;
};

/** Keys live from the epoch to the end of what `UnixMs` can say: no clock is too wrong for them. */
const ALWAYS = { notBefore: 0, expiresAt: 2 ** 47 };

export function drawFrom(random: Random): DrawNonce {
  return () => nonceFromBytes(random.bytes(16));
}

const keysBySeed = new Map<string, KeyPair>();

/** The key pair that follows from the next 32 bytes; importing a key twice is saved. */
export function drawKey(random: Random): KeyPair {
  const seed = random.bytes(32);
  const name = Buffer.from(seed).toString('hex');
  const known = keysBySeed.get(name);
  if (known !== undefined) return known;
  const key = keyPairFromSeed(seed);
  if (keysBySeed.size > 10_000) keysBySeed.clear();
  keysBySeed.set(name, key);
  return key;
}

export function drawIdentity(random: Random, roles: readonly Role[]): SimIdentity {
  const identity = drawKey(random);
  const nextIdentity = drawKey(random).id;
  const key = drawKey(random);
  const { id } = identity;
  const delegation = delegateKey(
    { id, identity, nextIdentity, key },
    roles,
    ALWAYS,
    drawFrom(random),
  );
  return { id, signer: { by: id, key }, delegation };
}

/** Signs a body and reads it back: what `parseObject` would refuse never comes out. */
export function signVerified<Body extends WireBody>(
  body: Body,
  ...signers: readonly Signer[]
): VerifiedObject<Body> {
  return mustVerify(signObject(body, signers).text) as VerifiedObject<Body>;
}

/** The object of a text that must be sound. @throws Error otherwise. */
export function mustVerify(text: string): VerifiedObject {
  const object = verifyText(text);
  if ('reason' in object) throw new Error(`${text}: ${JSON.stringify(object)}`);
  return object;
}

const CACHE_MAX = 20_000;
const verdicts = new Map<string, VerifiedObject | Refusal>();

/** How many texts were really verified, and how often an earlier verdict served. */
export const verifications = { done: 0, recalled: 0 };

/**
 * What production makes of a text: strict parse, every Ed25519 signature through node:crypto. A text
 * that several nodes get is verified once: the verdict depends on the text alone.
 */
export function verifyText(text: string): VerifiedObject | Refusal {
  const known = verdicts.get(text);
  if (known !== undefined) {
    verifications.recalled += 1;
    return known;
  }
  verifications.done += 1;
  const [verdict] = verifyTexts([text], []);
  if (verdict === undefined) throw new Error('no verdict');
  const answer: VerifiedObject | Refusal =
    verdict.kind === 'sound'
      ? verified(verdict.object, { signatures: 'all_verified', opening: 'checked' })
      : verdict.kind === 'refused'
        ? verdict.refusal
        : { reason: 'unknown_note_core', field: '' };
  if (verdicts.size >= CACHE_MAX) verdicts.clear();
  verdicts.set(text, answer);
  return answer;
}

/** Hash ids are printed short in traces. */
export const short = (id: Hash | PartyId | string): string =>
  id.startsWith('pk:') ? id.slice(3, 9) : id.slice(0, 8);
