import { type BookState, keyId } from '@atomicity/kernel/book/state';
import type { VerifiedDelegation } from '@atomicity/kernel/routing/delegated-signer';
import { refuseSigner } from '@atomicity/kernel/routing/delegated-signer';
import type { Nonce, PartyId } from '@atomicity/kernel/units/id';
import type { UnixMs } from '@atomicity/kernel/units/time';
import type { BodyOf } from '@atomicity/kernel/wire/objects';
import { parseObject } from '@atomicity/kernel/wire/parse-object';
import { type VerifiedObject, verified } from '@atomicity/kernel/wire/verified';
import { isRefusal, verifyText } from '../signed-text.ts';
import type { RoutingPorts } from './routing-ports.ts';

/** Delegations of strangers that are kept; the oldest goes first. */
const KEYS_MAX = 4_096;

/** What a state does not repeat of a recorded delegation; nothing here looks at it. */
const FORGOTTEN_NONCE = '0'.repeat(32) as Nonce;

type Known = { readonly delegation: VerifiedDelegation; readonly text: string };

/** Which keys speak for which parties: the book's own knowledge first, then what offers brought. */
export class KnownKeys {
  readonly #ports: RoutingPorts;
  readonly #keys = new Map<string, Known>();

  constructor(ports: RoutingPorts) {
    this.#ports = ports;
  }

  /** The delegation of a key, from the book or from a text that came with an offer. */
  async delegationOf(
    party: PartyId,
    key: PartyId,
    text: string | null,
  ): Promise<VerifiedDelegation | undefined> {
    const recorded = this.#ofBook(this.#ports.book.state(), party, key);
    if (recorded !== undefined) return recorded;
    const known = this.#keys.get(keyId(party, key));
    if (known !== undefined && (text === null || known.text === text)) return known.delegation;
    return text === null ? undefined : this.#take(party, key, text);
  }

  /** True if the book has recorded that the key no longer counts. */
  isRevoked(party: PartyId, key: PartyId): boolean {
    const state = this.#ports.book.state();
    const identity = state.identities.get(party)?.revocation ?? null;
    return identity !== null || (state.keys.get(keyId(party, key))?.revocation ?? null) !== null;
  }

  isSignedBy(object: VerifiedObject, party: PartyId, now: UnixMs): boolean {
    return object.signatures.some(({ by, key }) => {
      if (by !== party || this.isRevoked(party, key)) return false;
      const recorded = this.#ofBook(this.#ports.book.state(), party, key);
      const delegation = recorded ?? this.#keys.get(keyId(party, key))?.delegation;
      return delegation !== undefined && refuseSigner(object, party, delegation, now) === undefined;
    });
  }

  #ofBook(state: BookState, party: PartyId, key: PartyId): VerifiedDelegation | undefined {
    const terms = state.keys.get(keyId(party, key))?.terms;
    if (terms === undefined) return undefined;
    const { delegation: id, ...rest } = terms;
    const body: BodyOf<'KeyDelegation'> = {
      v: 1,
      type: 'KeyDelegation',
      ...rest,
      nonce: FORGOTTEN_NONCE,
    };
    // The book took it only verified.
    const object = { id, body, signatures: [], text: '' };
    return verified(object, { signatures: 'all_verified', opening: 'checked' });
  }

  async #take(party: PartyId, key: PartyId, text: string): Promise<VerifiedDelegation | undefined> {
    const parsed = parseObject(text);
    if (parsed.kind === 'refused' || parsed.object.body.type !== 'KeyDelegation') return undefined;
    const { body } = parsed.object;
    if (body.party !== party || body.key !== key) return undefined;
    const object = await verifyText(this.#ports, text);
    if (isRefusal(object)) return undefined;
    const delegation = object as VerifiedDelegation;
    const [oldest] = this.#keys.keys();
    if (this.#keys.size >= KEYS_MAX && oldest !== undefined) this.#keys.delete(oldest);
    this.#keys.set(keyId(party, key), { delegation, text });
    return delegation;
  }
}
