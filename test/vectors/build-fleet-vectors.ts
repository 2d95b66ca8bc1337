// Trees, policies and statements of fleets, for TypeScript and for the contracts' tests: field elements
// are 0x and 64 hex digits, amounts decimal texts, as forge's JSON cheat codes read them.
import { bytesToHex } from '@atomicity/kernel/codec/bytes';
import { fieldFromHex } from '@atomicity/kernel/codec/field';
import { hashField } from '@atomicity/kernel/codec/field-encodings';
import { type PoseidonTag, poseidon, poseidonTag } from '@atomicity/kernel/codec/poseidon';
import { fleetPolicyRoot, slotLeaf, slotsTree } from '@atomicity/kernel/fleet/fleet-policy';
import {
  excludedCodes,
  fleetStatement,
  summariesTree,
  summaryLeaves,
} from '@atomicity/kernel/fleet/fleet-statement';
import { type FleetPath, fleetTree } from '@atomicity/kernel/fleet/fleet-tree';
import { nullifier } from '@atomicity/kernel/period/period-digest';
import {
  type SampleFleet,
  sampleBudget,
  sampleFleet,
} from '@atomicity/prover/testing/sample-fleet';

const hex = (value: bigint): string => `0x${value.toString(16).padStart(64, '0')}`;

const path = ({ index, siblings }: FleetPath) => ({ index, siblings: siblings.map(hex) });

const HASHES: readonly (readonly [PoseidonTag, number])[] = [
  ['fleet-slots', 4],
  ['fleet-summaries', 4],
  ['fleet-slot', 4],
  ['fleet-policy', 3],
  ['nullifier', 2],
];

function hashVectors() {
  const inputsOf = (width: number): readonly bigint[][] => [
    new Array<bigint>(width).fill(0n),
    Array.from({ length: width }, (_, i) => BigInt(i + 1)),
    Array.from({ length: width }, (_, i) => 2n ** 253n + BigInt(i)),
  ];
  return HASHES.flatMap(([tag, width]) =>
    inputsOf(width).map((inputs) => ({
      tag,
      initialState: hex(poseidonTag(tag)),
      inputs: inputs.map(hex),
      output: hex(poseidon(tag, inputs)),
    })),
  );
}

function treeVectors() {
  return ([64, 256] as const).flatMap((size) =>
    (['fleet-slots', 'fleet-summaries'] as const).map((tag) => {
      const leaves = Array.from({ length: size - 13 }, (_, i) =>
        poseidon('fleet-slot', [BigInt(i)]),
      );
      const tree = fleetTree(tag, leaves, size);
      return {
        tag,
        size,
        leaves: leaves.map(hex),
        root: hex(tree.root),
        paths: [0, 5, size - 14, size - 1].map((index) => ({
          leaf: hex(leaves[index] ?? 0n),
          ...path(tree.pathOf(index)),
        })),
      };
    }),
  );
}

function fleetVector(seed: string, context: bigint, { policy, cycle }: SampleFleet) {
  const stated = fleetStatement(policy, cycle, context);
  if (stated.kind === 'refused') throw new Error(stated.refusal.reason);
  const { statement } = stated;
  const summaries = summaryLeaves(cycle);
  const slots = slotsTree(policy);
  const tree = summariesTree(cycle, policy.size);
  const opened = policy.slots.map((_, i) => i).filter((i) => i < 8 || i > 125);
  return {
    fleet: policy.fleet,
    fleetId: hex(hashField(policy.fleet)),
    size: policy.size,
    cap: String(policy.cap),
    slotCount: policy.slots.length,
    slots: policy.slots.map((slot, i) => ({
      budgetId: hex(hashField(sampleBudget(seed, i))),
      periodIndex: 0,
      policyDigest: hex(fieldFromHex(slot.policyDigest)),
      nullifier: hex(fieldFromHex(slot.nullifier)),
      laterNullifier: hex(nullifier(sampleBudget(seed, i), 1)),
      subCap: String(slot.subCap),
      leaf: hex(slotLeaf(slot, i)),
      summary: hex(summaries[i] ?? 0n),
    })),
    paths: opened.map((index) => ({
      index,
      slot: slots.pathOf(index).siblings.map(hex),
      summary: tree.pathOf(index).siblings.map(hex),
    })),
    slotsRoot: hex(slots.root),
    policyRoot: hex(fleetPolicyRoot(policy)),
    context: hex(context),
    summariesRoot: hex(statement.summariesRoot),
    consumed: String(statement.consumed),
    reserved: String(statement.reserved),
    remaining: String(statement.remaining),
    amounts: hex(statement.amounts),
    included: statement.included.map(hex),
    includedCount: statement.includedCount,
    codes: `0x${bytesToHex(excludedCodes(cycle))}`,
    publicSignals: statement.publicSignals.map((signal) => `0x${signal}`),
  };
}

/** What test/vectors/fleet.json holds. */
export function fleetVectors() {
  return {
    hashes: hashVectors(),
    trees: treeVectors(),
    fleets: [
      fleetVector(
        'vector-64',
        7n,
        sampleFleet({
          seed: 'vector-64',
          slotCount: 6,
          excluded: { 1: 'pending_dispute', 3: 'stale_state', 4: 'credential_expired' },
        }),
      ),
      fleetVector(
        'vector-256',
        2n ** 248n - 1n,
        sampleFleet({
          seed: 'vector-256',
          size: 256,
          slotCount: 130,
          excluded: { 0: 'over_sub_cap', 127: 'period_overflow', 128: 'proof_missing' },
        }),
      ),
    ],
  };
}
