// The cost of each gadget: every template is compiled alone at --O2 and its constraints counted.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { LedgerRow } from '@atomicity/prover/artifacts/artifact-lock';
import { artifactsDirectory, CIRCUITS_DIRECTORY } from '@atomicity/prover/artifacts/circuit-paths';
import { compileCircuit } from '@atomicity/prover/ceremony/compile-circuit';
import { readR1cs } from '@atomicity/prover/ceremony/r1cs-file';

type Gadget = {
  readonly name: string;
  readonly file: string;
  readonly component: string;
  /** How many a spend circuit of a tier has, not counting those inside another row. */
  readonly count: (tier: number) => number;
  /** How many a batch circuit of a tier has, where that differs. */
  readonly batchCount?: (tier: number) => number;
};

const nodes = (tier: number): number => {
  let sum = 0;
  for (let level = tier; level > 1; level = Math.ceil(level / 16)) sum += Math.ceil(level / 16);
  return sum;
};

export const GADGETS: readonly Gadget[] = [
  { name: 'slot', file: 'slot', component: 'Slot()', count: (tier) => tier, batchCount: () => 0 },
  {
    name: 'slot: commitment',
    file: 'tagged-poseidon',
    component: 'TaggedPoseidon(4, 1)',
    count: () => 0,
  },
  {
    name: 'tree node',
    file: 'tagged-poseidon',
    component: 'TaggedPoseidon(16, 1)',
    count: (tier) => 2 * nodes(tier),
  },
  {
    name: 'token categories',
    file: 'tagged-poseidon',
    component: 'TaggedPoseidon(2, 1)',
    count: () => 1,
  },
  { name: 'policy', file: 'policy', component: 'Policy()', count: () => 1 },
  { name: 'opening', file: 'opening', component: 'Opening()', count: () => 1 },
  {
    name: 'period digest',
    file: 'tagged-poseidon',
    component: 'TaggedPoseidon(12, 1)',
    count: () => 1,
  },
  {
    name: 'nullifier',
    file: 'tagged-poseidon',
    component: 'TaggedPoseidon(2, 1)',
    count: () => 1,
  },
  { name: 'summary', file: 'summary', component: 'Summary()', count: () => 1 },
  { name: 'cap compare', file: 'gated-bits', component: 'Bits(63)', count: () => 9 },
  { name: 'window compare', file: 'gated-bits', component: 'Bits(48)', count: () => 1 },
  { name: 'first time', file: '', component: '', count: (tier) => tier },
  {
    name: 'batch slot',
    file: 'batch-slot',
    component: 'BatchSlot()',
    count: () => 0,
    batchCount: (tier) => tier,
  },
  {
    name: 'batch slot: commitment',
    file: 'tagged-poseidon',
    component: 'TaggedPoseidon(10, 1)',
    count: () => 0,
  },
  { name: 'claim leaf', file: 'claim-leaf', component: 'ClaimLeaf()', count: () => 0 },
  { name: 'policy bounds', file: 'policy-bounds', component: 'PolicyBounds()', count: () => 0 },
  { name: 'summary total', file: 'summary-total', component: 'SummaryTotal()', count: () => 0 },
  { name: 'fleet slot', file: 'fleet-slot', component: 'FleetSlot(0)', count: () => 0 },
  {
    name: 'fleet tree node',
    file: 'tagged-poseidon',
    component: 'TaggedPoseidon(4, 1)',
    count: () => 0,
  },
  {
    name: 'fleet policy root',
    file: 'tagged-poseidon',
    component: 'TaggedPoseidon(3, 1)',
    count: () => 0,
  },
];

/** How many of a gadget a period circuit of a tier has. */
export function gadgetCount(gadget: Gadget, circuit: 'spend' | 'batch', tier: number): number {
  return circuit === 'batch' && gadget.batchCount !== undefined
    ? gadget.batchCount(tier)
    : gadget.count(tier);
}

/** Compiles every gadget alone and counts its constraints; about 15 s. */
export async function gadgetLedger(): Promise<readonly LedgerRow[]> {
  const directory = join(artifactsDirectory(), `ledger-${process.pid}`);
  mkdirSync(directory, { recursive: true });
  const known = new Map<string, number>();
  try {
    const rows: LedgerRow[] = [];
    for (const { name, file, component } of GADGETS) {
      // One multiplication a slot, written inline in the Spend template.
      let constraints = component === '' ? 1 : known.get(component);
      if (constraints === undefined) {
        const main = join(directory, `gadget${known.size}.circom`);
        const include = relative(directory, join(CIRCUITS_DIRECTORY, 'src', `${file}.circom`));
        writeFileSync(
          main,
          `pragma circom 2.1.6;\ninclude "${include}";\ncomponent main = ${component};\n`,
        );
        const { r1cs } = await compileCircuit(main, directory);
        constraints = readR1cs(readFileSync(r1cs)).constraintCount;
        known.set(component, constraints);
      }
      rows.push({ gadget: name, constraints });
    }
    return rows;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
