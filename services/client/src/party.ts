import type { PartyId } from '@atomicity/kernel/units/id';
import { unixMs } from '@atomicity/kernel/units/time';
import { nextIdentityHash } from '@atomicity/kernel/wire/identity-hash';
import type {
  BodyOf,
  EdgeAgreement,
  KeyDelegation,
  KeyRevocation,
  Role,
} from '@atomicity/kernel/wire/objects';
import type { KeyPair } from './key-pair.ts';
import { type DrawNonce, type SignedObject, type Signer, signObject } from './signer.ts';

/** A party that signs with a delegated key; its identity key stays cold. */
export type Party = {
  readonly id: PartyId;
  readonly identity: KeyPair;
  readonly nextIdentity: PartyId;
  readonly key: KeyPair;
  /** Note keys are derived from it; 32 bytes. */
  readonly noteSecret: Uint8Array;
};

/** The party's everyday signer. */
export function signerOf(party: Party): Signer {
  return { by: party.id, key: party.key };
}

/** The identity lets the party's key sign from `notBefore` until `expiresAt` (ms, exclusive). */
export function delegateKey(
  party: Omit<Party, 'noteSecret'>,
  roles: readonly Role[],
  window: { readonly notBefore: number; readonly expiresAt: number },
  draw: DrawNonce,
): SignedObject<KeyDelegation> {
  const body: KeyDelegation = {
    v: 1,
    type: 'KeyDelegation',
    party: party.id,
    key: party.key.id,
    roles: [...roles].sort(),
    nextIdentityHash: nextIdentityHash(party.nextIdentity),
    notBefore: unixMs(window.notBefore),
    expiresAt: unixMs(window.expiresAt),
    nonce: draw(),
  };
  return signObject(body, [{ by: party.id, key: party.identity }]);
}

/** The identity ends its delegated key. */
export function revokeKey(party: Party, draw: DrawNonce): SignedObject<KeyRevocation> {
  const body: KeyRevocation = {
    v: 1,
    type: 'KeyRevocation',
    party: party.id,
    key: party.key.id,
    nonce: draw(),
  };
  return signObject(body, [{ by: party.id, key: party.identity }]);
}

/** Terms of an edge as one of its two parties sees them; who is `a` follows from the ids. */
export type EdgeTerms = Pick<
  EdgeAgreement,
  'denomination' | 'expiresAt' | 'rateBps' | 'graceMs' | 'haircutBps'
> & {
  /** How much `debtor` may owe `creditor`; the other direction is closed. */
  readonly limit: EdgeAgreement['limitA'];
};

/** Both sign a line on which `debtor` may owe `creditor` up to the limit, and nothing the other way. */
export function agreeEdge(
  creditor: Party,
  debtor: Party,
  terms: EdgeTerms,
  zero: EdgeAgreement['limitA'],
  draw: DrawNonce,
): SignedObject<EdgeAgreement> {
  const creditorIsA = creditor.id < debtor.id;
  const { limit, ...rest } = terms;
  const body: BodyOf<'EdgeAgreement'> = {
    v: 1,
    type: 'EdgeAgreement',
    a: creditorIsA ? creditor.id : debtor.id,
    b: creditorIsA ? debtor.id : creditor.id,
    limitA: creditorIsA ? limit : zero,
    limitB: creditorIsA ? zero : limit,
    nonce: draw(),
    ...rest,
  };
  return signObject(body, [signerOf(creditor), signerOf(debtor)]);
}
