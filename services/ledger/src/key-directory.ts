import type { KeyDelegatedData, RecordedEvent } from '@atomicity/kernel/book/events';
import type { BookState } from '@atomicity/kernel/book/state';
import type { PartyId } from '@atomicity/kernel/units/id';
import type { Role } from '@atomicity/kernel/wire/objects';

/** What a request key may act as: the roles that count here, and the parties it speaks for. */
export type KeyStanding = {
  readonly roles: ReadonlySet<Role>;
  readonly parties: ReadonlySet<PartyId>;
};

/**
 * Which parties delegated a key, from durable events only, indexed by the key: requests name no
 * party. Any identity can write any role into a delegation, so a role beyond `party` counts only
 * where somebody entitled gave it: `operator` from the operator of the book, `auditor` from the
 * operator or an auditor that the node's configuration names.
 */
export class KeyDirectory {
  readonly #delegations = new Map<PartyId, Map<PartyId, KeyDelegatedData>>();
  readonly #operator: PartyId;
  readonly #auditors: ReadonlySet<PartyId>;

  constructor(operator: PartyId, auditors: readonly PartyId[] = []) {
    this.#operator = operator;
    this.#auditors = new Set([operator, ...auditors]);
  }

  /** Takes in every key of a recovered book. */
  load(state: BookState): void {
    for (const { terms, revocation } of state.keys.values()) {
      if (revocation === null) this.#add(terms);
    }
  }

  /** Follows the book; events of other types change nothing. */
  apply(events: readonly RecordedEvent[]): void {
    for (const event of events) {
      if (event.type === 'KeyDelegated') this.#add(event.data);
      if (event.type === 'KeyRevoked')
        this.#delegations.get(event.data.key)?.delete(event.data.party);
    }
  }

  /** What the key may act as at `now` (ms); undefined when no delegation of it is active. */
  standing(key: PartyId, now: number): KeyStanding | undefined {
    const roles = new Set<Role>();
    const parties = new Set<PartyId>();
    for (const terms of this.#delegations.get(key)?.values() ?? []) {
      if (now < terms.notBefore || now >= terms.expiresAt) continue;
      for (const role of terms.roles) {
        if (!this.#counts(role, terms.party)) continue;
        roles.add(role);
        if (role === 'party') parties.add(terms.party);
      }
    }
    return roles.size === 0 ? undefined : { roles, parties };
  }

  #counts(role: Role, party: PartyId): boolean {
    if (role === 'operator') return party === this.#operator;
    return role === 'party' || this.#auditors.has(party);
  }

  #add(terms: KeyDelegatedData): void {
    const ofKey = this.#delegations.get(terms.key) ?? new Map<PartyId, KeyDelegatedData>();
    ofKey.set(terms.party, terms);
    this.#delegations.set(terms.key, ofKey);
  }
}
