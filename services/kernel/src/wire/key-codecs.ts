import { list, object, oneOf } from './codec.ts';
import { head } from './head-codecs.ts';
import { refuseDelegation } from './key-rules.ts';
import type { BodyOf, Role } from './objects.ts';
import {
  hashValue,
  marginValue,
  nonceValue,
  partyValue,
  proseValue,
  timeValue,
} from './value-codecs.ts';

export const keyDelegation = object<BodyOf<'KeyDelegation'>>(
  {
    ...head('KeyDelegation'),
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

export const keyRevocation = object<BodyOf<'KeyRevocation'>>({
  ...head('KeyRevocation'),
  party: partyValue,
  key: partyValue,
  nonce: nonceValue,
});

export const partyHosting = object<BodyOf<'PartyHosting'>>({
  ...head('PartyHosting'),
  party: partyValue,
  marginMs: marginValue,
  nonce: nonceValue,
});

export const payloadErasure = object<BodyOf<'PayloadErasure'>>({
  ...head('PayloadErasure'),
  eventId: hashValue,
  reason: proseValue(1, 256),
  nonce: nonceValue,
});
