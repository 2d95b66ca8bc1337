import type { Attestor } from '@atomicity/attestor/attestor';
import type { EventStore } from '@atomicity/event-log/port';
import { fieldToHex } from '@atomicity/kernel/codec/field';
import type { PeriodPlace } from '@atomicity/kernel/period/closed-period';
import { nullifier } from '@atomicity/kernel/period/period-digest';
import type { UnixMs } from '@atomicity/kernel/units/time';
import type { Projector } from '@atomicity/projector/projector';
import { slotStanding } from '@atomicity/projector/slot-standing';
import type { SlotAttestation, SlotSource } from '@atomicity/settler/fleet/fleet-ports';
import { AttestationIndex } from './attestation-index.ts';

/**
 * What the fleet desk reads of this node: standings from its projection, proofs from its log, openings
 * from its attestor's journal.
 */
export function nodeSlotSource(parts: {
  readonly store: Pick<EventStore, 'readEnvelopes'>;
  readonly projector: Projector;
  readonly attestor: Pick<Attestor, 'opening'>;
  readonly now: () => UnixMs;
}): SlotSource {
  const { store, projector, attestor, now } = parts;
  const index = new AttestationIndex(store);
  return {
    standing(place) {
      const { file } = projector.projection;
      return slotStanding(file, place, now(), attestor.opening(place) ?? null);
    },
    async attestation(place: PeriodPlace): Promise<SlotAttestation | undefined> {
      const opening = attestor.opening(place);
      if (opening === undefined) return undefined;
      const spend = await index.find(fieldToHex(nullifier(place.budget, place.periodIndex)));
      return spend && { spend, opening };
    },
  };
}
