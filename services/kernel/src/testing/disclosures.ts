// A small attested period with what its holder and what everybody knows of it.
import { fieldToHex } from '../codec/field.ts';
import type { Tier } from '../codec/merkle-16.ts';
import type { AttestedPeriod, LoggedNote } from '../disclosure/attested-period.ts';
import type { OpenableSlot, OpenedNote } from '../disclosure/note-opening.ts';
import { batchCommitment } from '../note/batch-commitment.ts';
import { commitment, tokenOf } from '../note/commitment.ts';
import { leavesRoot, type SlotStatus, tokensRoot } from '../note/roots.ts';
import { nullifier } from '../period/period-digest.ts';
import { periodHash } from '../period/period-hash.ts';
import { type SummaryOpening, summaryCommitment } from '../period/summary.ts';
import { amount } from '../units/amount.ts';
import { unixMs } from '../units/time.ts';
import { testHash, testNonce } from './keys.ts';

export const DISCLOSURE_ORIGIN = 'log.example/disclosures';
const BUDGET = testHash('disclosed budget');
const INDEX = 3;

/** A slot with fields of its own; its salt and authorization follow from the label. */
export function openableSlot(
  label: string,
  note: OpenedNote,
  status: SlotStatus = 'spent',
): OpenableSlot {
  const authorization = testHash(`authorization ${label}`);
  const salt = testNonce(`salt ${label}`);
  const rest = { period: periodHash(BUDGET, INDEX), token: tokenOf(authorization), salt };
  const { at, category, regime } = note;
  const value =
    note.kind === 'single'
      ? commitment({ packed: { spend: note.spend, at, category, regime }, ...rest })
      : batchCommitment({ items: note.items, at, category, regime, ...rest });
  const core = testHash(`core ${label}`);
  return { status, commitment: fieldToHex(value), core, authorization, note, salt };
}

export type DisclosedWorld = {
  readonly slots: readonly OpenableSlot[];
  readonly attested: AttestedPeriod;
  readonly summary: SummaryOpening;
  readonly logged: (index: number) => LoggedNote | undefined;
};

/** The attestation that an honest prover would make of these slots, as far as disclosures look at it. */
export function disclosedWorld(slots: readonly OpenableSlot[], tier: Tier = 16): DisclosedWorld {
  const tokens = slots.map(({ authorization, note }) => ({
    authorization,
    category: note.category,
  }));
  const summary: SummaryOpening = {
    policyDigest: fieldToHex(1_001n),
    periodDigest: fieldToHex(1_002n),
    nullifier: fieldToHex(nullifier(BUDGET, INDEX)),
    periodTotal: amount(77n),
    cumulativeTotal: amount(123n),
    count: slots.length,
    firstAt: unixMs(5),
    lastAt: unixMs(9),
    categoryTotals: Array.from({ length: 8 }, () => amount(0n)),
    cumulativeCategoryTotals: Array.from({ length: 8 }, () => amount(0n)),
    salt: testNonce('summary salt'),
  };
  const isBatch = slots.some(({ note }) => note.kind === 'batch');
  const attested: AttestedPeriod = {
    origin: DISCLOSURE_ORIGIN,
    budget: BUDGET,
    period: periodHash(BUDGET, INDEX),
    periodIndex: INDEX,
    circuit: isBatch ? 'batch' : 'spend',
    tier,
    publicSignals: [
      fieldToHex(leavesRoot(slots, tier)),
      fieldToHex(tokensRoot(tokens, tier)),
      fieldToHex(summaryCommitment(summary)),
      summary.policyDigest,
      summary.periodDigest,
      summary.nullifier,
    ],
  };
  const logged = (index: number): LoggedNote | undefined => {
    const slot = slots[index];
    if (slot === undefined) return undefined;
    return { core: slot.core, kind: slot.note.kind, commitment: slot.commitment };
  };
  return { slots, attested, summary, logged };
}
