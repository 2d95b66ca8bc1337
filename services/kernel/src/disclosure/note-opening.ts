import { fieldFromHex, fieldToHex } from '../codec/field.ts';
import type { Tier } from '../codec/merkle-16.ts';
import { depth16, merklePath16, rootOfPath16 } from '../codec/merkle-path-16.ts';
import {
  BATCH_ITEMS_MAX,
  type BatchItem,
  batchCommitment,
  ITEM_SPEND_MAX,
  ITEM_STEP_MS_MAX,
} from '../note/batch-commitment.ts';
import { commitment, tokenOf } from '../note/commitment.ts';
import { isCounted, noteLeaves, type SlotStatus } from '../note/roots.ts';
import type { Amount } from '../units/amount.ts';
import type { FieldHex, Hash, Nonce } from '../units/id.ts';
import type { UnixMs } from '../units/time.ts';
import { type Codec, inconsistent, integer, list, object, oneOf } from '../wire/codec.ts';
import {
  amountValue,
  categoryValue,
  counterValue,
  fieldValue,
  hashValue,
  nonceValue,
  originValue,
  tierValue,
  timeValue,
} from '../wire/value-codecs.ts';
import type { AttestedPeriod, DisclosurePlace, LoggedNote } from './attested-period.ts';
import { type DisclosureRefusal, disclosureRefusal } from './refusals.ts';

/** The fields of one note, as its two ends know them. */
export type OpenedNote =
  | {
      readonly kind: 'single';
      /** Amount + fee, in ledger units. */
      readonly spend: Amount;
      /** Authorization time. */
      readonly at: UnixMs;
      readonly category: number;
      readonly regime: number;
    }
  | {
      readonly kind: 'batch';
      readonly items: readonly BatchItem[];
      readonly at: UnixMs;
      readonly category: number;
      readonly regime: number;
    };

/**
 * One note of an attested period, opened in a dispute. The siblings of its path are commitments of the
 * other notes, or hashes of them: all of them are computed from what the log shows to everybody.
 */
export type NoteDisclosure = DisclosurePlace & {
  readonly v: 1;
  readonly kind: 'note';
  readonly tier: Tier;
  /** Place of the note in its period. */
  readonly index: number;
  /** Id of the note core that both ends signed. */
  readonly core: Hash;
  /** Id of the authorization; the token of the note. */
  readonly authorization: Hash;
  readonly note: OpenedNote;
  /** The salt of this note and of no other. */
  readonly salt: Nonce;
  /** From the leaf up, fifteen siblings a level. */
  readonly path: readonly (readonly FieldHex[])[];
};

type Single = Extract<OpenedNote, { kind: 'single' }>;
type Batch = Extract<OpenedNote, { kind: 'batch' }>;

const regimeValue = integer(0, 31);

const singleCodec = object<Single>({
  kind: oneOf<'single'>(['single']),
  spend: amountValue,
  at: timeValue,
  category: categoryValue,
  regime: regimeValue,
});

const itemCodec = object<BatchItem>(
  { spend: amountValue, stepMs: integer(0, ITEM_STEP_MS_MAX) },
  ({ spend }) =>
    spend > ITEM_SPEND_MAX
      ? inconsistent('spend', 'a payment of a batch spends < 2^48')
      : undefined,
);

const batchCodec = object<Batch>({
  kind: oneOf<'batch'>(['batch']),
  items: list(itemCodec, 1, BATCH_ITEMS_MAX),
  at: timeValue,
  category: categoryValue,
  regime: regimeValue,
});

/** Each kind of note by its own members; a third kind gets its row here and in `commitmentOf`. */
const openedNoteCodec: Codec<OpenedNote> = {
  read: (value) => {
    const isBatch = typeof value === 'object' && value !== null && 'items' in value;
    return isBatch ? batchCodec.read(value) : singleCodec.read(value);
  },
  write: (note) => (note.kind === 'batch' ? batchCodec.write(note) : singleCodec.write(note)),
};

export const noteDisclosureCodec: Codec<NoteDisclosure> = object<NoteDisclosure>(
  {
    v: oneOf<1>([1], 'unknown_version'),
    kind: oneOf<'note'>(['note']),
    origin: originValue,
    budget: hashValue,
    period: hashValue,
    periodIndex: counterValue,
    tier: tierValue,
    index: integer(0, 1023),
    core: hashValue,
    authorization: hashValue,
    note: openedNoteCodec,
    salt: nonceValue,
    path: list(list(fieldValue, 15, 15), 1, 3),
  },
  ({ tier, index, path }) => {
    if (index >= tier) return inconsistent('index', 'an index below the tier');
    const isDeep = path.length === depth16(tier);
    return isDeep ? undefined : inconsistent('path', 'as many levels as the tier has');
  },
);

function commitmentOf({ note, authorization, period, salt }: NoteDisclosure): bigint {
  const rest = { period, token: tokenOf(authorization), salt };
  switch (note.kind) {
    case 'single': {
      const { spend, at, category, regime } = note;
      return commitment({ packed: { spend, at, category, regime }, ...rest });
    }
    case 'batch': {
      const { items, at, category, regime } = note;
      return batchCommitment({ items, at, category, regime, ...rest });
    }
  }
}

/** One authorization of the period as its holder knows it, private. */
export type OpenableSlot = {
  readonly status: SlotStatus;
  readonly commitment: FieldHex;
  readonly core: Hash;
  readonly authorization: Hash;
  readonly note: OpenedNote;
  readonly salt: Nonce;
};

/** What the log shows of the other authorizations; more is not needed, and so can't leak. */
export type PublicSlot = Pick<OpenableSlot, 'status' | 'commitment'>;

export type DisclosedNote =
  | { readonly kind: 'disclosed'; readonly disclosure: NoteDisclosure }
  | { readonly kind: 'refused'; readonly refusal: DisclosureRefusal };

/**
 * Opens the note of one index. Of the other slots it is given what the log shows anyway.
 * Refusals: `index_unknown`; `note_not_counted` for a void or unspent one, of which the tree holds nothing.
 */
export function discloseNote(
  place: DisclosurePlace & { readonly tier: Tier },
  slots: readonly PublicSlot[],
  index: number,
  slot: OpenableSlot,
): DisclosedNote {
  const known = slots[index];
  if (known === undefined) {
    return { kind: 'refused', refusal: disclosureRefusal('index_unknown', '/index') };
  }
  if (!isCounted(known.status)) {
    return { kind: 'refused', refusal: disclosureRefusal('note_not_counted', '/index') };
  }
  const { origin, budget, period, periodIndex, tier } = place;
  const { core, authorization, note, salt } = slot;
  const path = merklePath16('leaves', noteLeaves(slots), tier, index);
  return {
    kind: 'disclosed',
    disclosure: {
      v: 1,
      kind: 'note',
      origin,
      budget,
      period,
      periodIndex,
      tier,
      index,
      core,
      authorization,
      note,
      salt,
      path: path.map((siblings) => siblings.map(fieldToHex)),
    },
  };
}

/**
 * Judges an opened note by the log: `attested` is the attestation of its period, `logged` the note core of
 * its index. Undefined: the note is what it says, and counted in that attestation.
 * Refusals, in order: `period_mismatch`, `index_unknown`, `core_mismatch`, `note_kind_mismatch`,
 * `commitment_mismatch`, `path_mismatch`.
 */
export function refuseNote(
  disclosure: NoteDisclosure,
  attested: AttestedPeriod,
  logged: LoggedNote | undefined,
): DisclosureRefusal | undefined {
  const { tier, index, core, note, path } = disclosure;
  if (tier !== attested.tier) return disclosureRefusal('period_mismatch', '/tier');
  if (logged === undefined) return disclosureRefusal('index_unknown', '/index');
  if (logged.core !== core) return disclosureRefusal('core_mismatch', '/core');
  if (logged.kind !== note.kind) return disclosureRefusal('note_kind_mismatch', '/note/kind');
  const leaf = fieldFromHex(logged.commitment);
  if (commitmentOf(disclosure) !== leaf) return disclosureRefusal('commitment_mismatch', '/note');
  const siblings = path.map((level) => level.map(fieldFromHex));
  const root = rootOfPath16('leaves', leaf, { index, tier }, siblings);
  return root === fieldFromHex(attested.publicSignals[0])
    ? undefined
    : disclosureRefusal('path_mismatch', '/path');
}
