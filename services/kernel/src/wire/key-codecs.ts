import { list, oneOf } from './codec.ts';
import { body } from './head-codecs.ts';
import { refuseDelegation } from './key-rules.ts';
import type { Role } from './objects.ts';
import {
  hashValue,
  marginValue,
  nonceValue,
  partyValue,
  proseValue,
  timeValue,
} from './value-codecs.ts';

export const keyDelegation = body(
  'KeyDelegation',
  {
    party: partyValue,
    key: partyValue,
    roles: list(oneOf<Role>(['party', 'operator', 'auditor']), 1, 3),
    nextIdentityHash: hashValue,
    notBefore: timeValue,
    expiresAt: timeValue,
    nonce: nonceValue,
  },
  refuseDelegation,
);

export const keyRevocation = body('KeyRevocation', {
  party: partyValue,
  key: partyValue,
  nonce: nonceValue,
});

export const partyHosting = body('PartyHosting', {
  party: partyValue,
  marginMs: marginValue,
  nonce: nonceValue,
});

export const payloadErasure = body('PayloadErasure', {
  eventId: hashValue,
  reason: proseValue(1, 256),
  nonce: nonceValue,
});
