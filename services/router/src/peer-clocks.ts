import type { PartyId } from '@atomicity/kernel/units/id';
import type { UnixMs } from '@atomicity/kernel/units/time';

/** A peer's clock as it signed it, and when that arrived by our own. */
export type Reading = { readonly at: UnixMs; readonly seenAt: UnixMs };

/**
 * The newest reading of each neighbour's clock: what `seenAt` of vouchers rests on. The two clocks
 * are never compared; only how old a reading is counts, by our own.
 */
export class PeerClocks {
  readonly #readings = new Map<PartyId, Reading>();

  /** Takes a reading whose signature has been checked. One that goes back changes nothing. */
  take(peer: PartyId, at: UnixMs, now: UnixMs): void {
    const known = this.#readings.get(peer);
    if (known === undefined || at >= known.at) this.#readings.set(peer, { at, seenAt: now });
  }

  /** The newest reading of a peer, if it is at most `freshMs` old. */
  fresh(peer: PartyId, now: UnixMs, freshMs: number): UnixMs | undefined {
    const known = this.#readings.get(peer);
    return known !== undefined && now - known.seenAt <= freshMs ? known.at : undefined;
  }
}
