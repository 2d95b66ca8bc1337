import { randomBytes } from 'node:crypto';
import { type Hash, type Nonce, nonceFromBytes, type PartyId } from '@atomicity/kernel/units/id';
import type { WireBody } from '@atomicity/kernel/wire/objects';
import { encodeObject, objectId } from '@atomicity/kernel/wire/parse-object';
import type { KeyPair } from './key-pair.ts';

/** A party and the key that signs for it: delegated, or the identity itself. */
export type Signer = { readonly by: PartyId; readonly key: KeyPair };

/** A signed object: its id, its body and the text that goes over the wire. */
export type SignedObject<Body extends WireBody = WireBody> = {
  readonly id: Hash;
  readonly body: Body;
  readonly text: string;
};

/** Where nonces come from: 128 random bits each, drawn once for each use. */
export type DrawNonce = () => Nonce;

export const randomNonce: DrawNonce = () => nonceFromBytes(new Uint8Array(randomBytes(16)));

/** A note key signs in its own name. */
export function ownName(key: KeyPair): Signer {
  return { by: key.id, key };
}

/** Signs a body by everyone given. The same body and signers give the same text: Ed25519 is deterministic. */
export function signObject<Body extends WireBody>(
  body: Body,
  signers: readonly Signer[],
): SignedObject<Body> {
  const id = objectId(body);
  const signatures = signers.map(({ by, key }) => ({ by, key: key.id, sig: key.signId(id) }));
  return { id, body, text: encodeObject(body, signatures) };
}
