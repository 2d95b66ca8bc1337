import type { KeyDelegatedData, KeyRevokedData } from '../book/events.ts';
import { known } from '../book/invariant.ts';
import { type BookState, keyId } from '../book/state.ts';

export function evolveKeyDelegated(state: BookState, terms: KeyDelegatedData): BookState {
  const { party, key, nextIdentityHash } = terms;
  const identity = state.identities.get(party) ?? { nextIdentityHash, revocation: null };
  return {
    ...state,
    identities: state.identities.set(party, identity),
    keys: state.keys.set(keyId(party, key), { terms, revocation: null }),
  };
}

export function evolveKeyRevoked(state: BookState, data: KeyRevokedData): BookState {
  const { party, key, revocation } = data;
  if (key === party) {
    const identity = known(state.identities.get(party), 'identity');
    return { ...state, identities: state.identities.set(party, { ...identity, revocation }) };
  }
  const delegated = known(state.keys.get(keyId(party, key)), 'key');
  return { ...state, keys: state.keys.set(keyId(party, key), { ...delegated, revocation }) };
}
