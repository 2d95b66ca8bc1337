/** What the log says of a period, as far as a disclosure about it is judged by it. All of it is public. */
import type { Tier } from '../codec/merkle-16.ts';
import type { NoteCore } from '../note/note.ts';
import type { PeriodCircuit } from '../period/period-digest.ts';
import type { FieldHex, Hash } from '../units/id.ts';
import type { PublicSignals } from '../wire/objects.ts';

export type AttestedPeriod = {
  readonly origin: string;
  readonly budget: Hash;
  readonly period: Hash;
  readonly periodIndex: number;
  readonly circuit: PeriodCircuit;
  readonly tier: Tier;
  readonly publicSignals: PublicSignals;
};

/** The note core of an index, and its id. */
export type LoggedNote = {
  readonly core: Hash;
  readonly kind: NoteCore['kind'];
  readonly commitment: FieldHex;
};

/** What every disclosure names: which period of which budget in which log. */
export type DisclosurePlace = Pick<AttestedPeriod, 'origin' | 'budget' | 'period' | 'periodIndex'>;
