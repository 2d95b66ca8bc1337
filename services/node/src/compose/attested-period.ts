/** A period as this node's own files know it: what its disclosures are made from. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { AttestationJournal } from '@atomicity/attestor/journal/attestation-journal';
import type { AttestedPeriod, LoggedNote } from '@atomicity/kernel/disclosure/attested-period';
import type { OpenableSlot } from '@atomicity/kernel/disclosure/note-opening';
import type { ClosedPeriod, PeriodPlace, PeriodSlot } from '@atomicity/kernel/period/closed-period';
import type { SummaryOpening } from '@atomicity/kernel/period/summary';
import type { Hash } from '@atomicity/kernel/units/id';
import { closedPeriod } from '@atomicity/projector/closed-periods';
import { textOf } from '@atomicity/projector/sqlite/projection-file';
import { JOURNAL_FILE } from './data-dir.ts';
import { openOffline } from './offline-node.ts';
import { applyUpTo, copyProjection } from './projection-copy.ts';

/**
 * `period_unknown`: the node knows no such period. `period_not_attested`: it made no attestation of it.
 * `payload_erased`: it no longer has every note of it. `disclosure_refused`: the log would contradict it.
 */
export type NothingToDiscloseReason =
  | 'period_unknown'
  | 'period_not_attested'
  | 'payload_erased'
  | 'index_unknown'
  | 'note_not_counted'
  | 'claim_not_supported'
  | 'claim_not_true'
  | 'disclosure_refused';

/** There is nothing true to disclose, or not any more. */
export class NothingToDisclose extends Error {
  readonly reason: NothingToDiscloseReason;

  constructor(reason: NothingToDiscloseReason, message: string) {
    super(`${reason}: ${message}`);
    this.name = 'NothingToDisclose';
    this.reason = reason;
  }
}

export type KnownPeriod = {
  readonly attested: AttestedPeriod;
  readonly closed: ClosedPeriod;
  readonly summary: SummaryOpening;
  /** Every authorization with the opening of its note, in index order. */
  readonly slots: readonly OpenableSlot[];
  readonly logged: (index: number) => LoggedNote | undefined;
};

function openable(slot: PeriodSlot, core: Hash): OpenableSlot {
  const { status, commitment, authorization, salt, spend, at, category, regime, items } = slot;
  const fields = { at, category, regime };
  const note =
    items === null
      ? { kind: 'single' as const, spend, ...fields }
      : { kind: 'batch' as const, items, ...fields };
  return { status, commitment, core, authorization, note, salt };
}

function journalEntry(folder: string, place: PeriodPlace) {
  const file = join(folder, JOURNAL_FILE);
  if (!existsSync(file)) return undefined;
  const journal = new AttestationJournal(file, { readonly: true });
  try {
    return journal.find(place);
  } finally {
    journal.close();
  }
}

/**
 * Reads a period from a data directory; the node may be running. Changes nothing.
 * @throws NothingToDisclose `period_unknown`, `period_not_attested`, `payload_erased`; NoLogHere.
 */
export async function knownPeriod(dataDir: string, place: PeriodPlace): Promise<KnownPeriod> {
  const node = openOffline(dataDir);
  try {
    const { projection, close } = await copyProjection(node);
    try {
      await applyUpTo(projection, node.log, node.log.size);
      const closed = closedPeriod(projection.file, place);
      if (closed === undefined) {
        const what = `no closed period ${place.periodIndex} of budget ${place.budget}`;
        throw new NothingToDisclose('period_unknown', what);
      }
      const entry = journalEntry(node.dir.attestor, place);
      if (entry?.stage !== 'recorded') {
        throw new NothingToDisclose('period_not_attested', 'the log has no attestation of it');
      }
      const rows = projection.file.all(
        'SELECT core FROM notes WHERE period = ? ORDER BY note_index',
        closed.period,
      );
      if (rows.length !== entry.opening.count) {
        const what = `${entry.opening.count} notes were attested, ${rows.length} are left`;
        throw new NothingToDisclose('payload_erased', what);
      }
      const cores = rows.map((row) => textOf(row, 'core') as Hash);
      const slots = closed.slots.map((slot, i) => openable(slot, cores[i] ?? closed.period));
      return {
        attested: {
          origin: entry.parts.origin,
          budget: place.budget,
          period: closed.period,
          periodIndex: place.periodIndex,
          circuit: closed.circuit,
          tier: closed.tier,
          publicSignals: entry.publicSignals,
        },
        closed,
        summary: entry.opening,
        slots,
        logged: (index) => {
          const slot = slots[index];
          return slot && { core: slot.core, kind: slot.note.kind, commitment: slot.commitment };
        },
      };
    } finally {
      close();
    }
  } finally {
    await node.close();
  }
}
