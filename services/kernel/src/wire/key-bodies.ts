import type { Hash, Nonce, PartyId } from '../units/id.ts';
import type { UnixMs } from '../units/time.ts';
import type { Head } from './body-head.ts';

// Bodies of the objects that say who may sign, whose end a book is, and what its operator erases.

export type Role = 'party' | 'operator' | 'auditor';

/** An identity lets a key sign for it while notBefore ≤ now < expiresAt. */
export type KeyDelegation = Head<'KeyDelegation'> & {
  readonly party: PartyId;
  readonly key: PartyId;
  readonly roles: readonly Role[];
  /** taggedHash('NextIdentity', raw key) of the identity's successor. */
  readonly nextIdentityHash: Hash;
  readonly notBefore: UnixMs;
  readonly expiresAt: UnixMs;
  readonly nonce: Nonce;
};

/** An identity, or its committed successor, ends a delegated key. */
export type KeyRevocation = Head<'KeyRevocation'> & {
  readonly party: PartyId;
  readonly key: PartyId;
  readonly nonce: Nonce;
};

/** The operator of a book takes a party in: the book then is the party's end of its remote edges. */
export type PartyHosting = Head<'PartyHosting'> & {
  readonly party: PartyId;
  /** Time the party wants between its own deadline and its payer's expiry, ms. */
  readonly marginMs: number;
  readonly nonce: Nonce;
};

/** Public: an operator destroys the payload of an event; envelope and disclosure stay. */
export type PayloadErasure = Head<'PayloadErasure'> & {
  readonly eventId: Hash;
  readonly reason: string;
  readonly nonce: Nonce;
};
