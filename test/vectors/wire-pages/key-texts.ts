import type { PageTexts } from './page-text.ts';

export const keyTexts: PageTexts<
  'KeyDelegation' | 'KeyRevocation' | 'PartyHosting' | 'PayloadErasure'
> = {
  KeyDelegation: {
    purpose:
      'An identity lets a key sign for it while notBefore ≤ now < expiresAt. The first delegation of an identity makes it known to a book and fixes its successor.',
    signers: '`party`, with its identity key itself',
    members: {
      party: 'the identity that delegates',
      key: 'the key that may sign for it',
      roles: 'what the key may sign as; ascending, none twice',
      nextIdentityHash:
        'taggedHash(`NextIdentity`, raw key) of the identity’s successor, the same in every delegation',
      notBefore: 'first moment at which the key counts; before expiresAt',
      expiresAt: 'first moment at which it counts no more',
    },
  },
  KeyRevocation: {
    purpose:
      'An identity, or the successor that it committed to, ends a delegated key from this event on. With key = party it ends the identity itself, which then delegates no further keys.',
    signers: '`party`, with its identity key or with its committed next identity key',
    members: { party: 'the identity', key: 'the key that ends; the identity’s own ends it whole' },
  },
  PartyHosting: {
    purpose:
      'The operator of a book takes a party in: from then on the book is the party’s end of its edges to parties of other books. A party is hosted once, with one margin.',
    signers: 'the operator of the book',
    members: {
      party: 'the party that is taken in',
      marginMs:
        'time the party wants between its own deadline and its payer’s expiry, ms, whatever the clocks say',
    },
  },
  PayloadErasure: {
    purpose:
      'An operator destroys the payload of an event. Envelope and disclosure stay, so the log remains whole and its proofs hold.',
    signers: 'an operator of the book',
    members: {
      eventId: 'the event whose payload is destroyed',
      reason: 'why, for those who read the log later',
    },
  },
};
