import { fieldFromHex } from '../codec/field.ts';
import { hashField, originField, partyField } from '../codec/field-encodings.ts';
import type { Tier } from '../codec/merkle-16.ts';
import { poseidon } from '../codec/poseidon.ts';
import type { NoteCore } from '../note/note.ts';
import type { FieldHex, Hash, PartyId } from '../units/id.ts';

/** `spend` proves periods of single notes, `batch` periods of batch notes. */
export type PeriodCircuit = 'spend' | 'batch';

export const PERIOD_CIRCUITS: readonly PeriodCircuit[] = ['spend', 'batch'];

/** The tiers that have a batch circuit. A budget of another tier takes no batch notes. */
const BATCH_TIERS: readonly Tier[] = [16, 64];

/** True for a circuit that exists for the tier. */
export function hasCircuit(circuit: PeriodCircuit, tier: Tier): boolean {
  return circuit === 'spend' || BATCH_TIERS.includes(tier);
}

/** The circuit that proves periods of notes of a kind; a period without notes is one of singles. */
export function circuitOf(kind: NoteCore['kind'] | null): PeriodCircuit {
  return kind === 'batch' ? 'batch' : 'spend';
}

/** What the period digest binds: which period, of whom, in which log, proved by which circuit. */
export type PeriodParts = {
  readonly period: Hash;
  readonly budget: Hash;
  readonly periodIndex: number;
  readonly principal: PartyId;
  readonly agent: PartyId;
  readonly origin: string;
  /** Log sizes (entries) before the period's first and after its last event: 0 … 2^48−1. */
  readonly firstTreeSize: number;
  readonly lastTreeSize: number;
  /** Log root at `lastTreeSize`. */
  readonly lastRoot: Hash;
  /** Summary commitment of the period before; zeros for the first. */
  readonly previousSummary: FieldHex;
  /** EIP-155 chain id of the registry, 0 for none. */
  readonly chainId: number;
  /** Address of the registry contract, 40 hex digits; zeros for none. */
  readonly registry: string;
  readonly circuit: PeriodCircuit;
  readonly tier: Tier;
};

const CIRCUIT_NUMBERS = { spend: 1n, batch: 2n } as const;

/** circuit · 2^32 | tier. */
export function circuitWord(circuit: PeriodCircuit, tier: Tier): bigint {
  return (CIRCUIT_NUMBERS[circuit] << 32n) | BigInt(tier);
}

/** The twelve inputs of the period digest, in the order of the circuit. */
export function periodDigestInputs(parts: PeriodParts): readonly bigint[] {
  return [
    hashField(parts.period),
    hashField(parts.budget),
    BigInt(parts.periodIndex),
    partyField(parts.principal),
    partyField(parts.agent),
    originField(parts.origin),
    BigInt(parts.firstTreeSize) | (BigInt(parts.lastTreeSize) << 48n),
    hashField(parts.lastRoot),
    fieldFromHex(parts.previousSummary),
    BigInt(parts.chainId),
    BigInt(`0x${parts.registry}`),
    circuitWord(parts.circuit, parts.tier),
  ];
}

/** Poseidon('period'; the twelve inputs): public signal 4. */
export function periodDigest(parts: PeriodParts): bigint {
  return poseidon('period', periodDigestInputs(parts));
}

/** Poseidon('nullifier'; budget, periodIndex): public signal 5, the identity of an attestation. */
export function nullifier(budget: Hash, periodIndex: number): bigint {
  return poseidon('nullifier', [hashField(budget), BigInt(periodIndex)]);
}
