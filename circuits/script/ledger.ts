// Prints where the constraints go, from artifacts.lock. Run: npm run ledger -w @atomicity/circuits
import { circuitPin, readArtifactLock } from '@atomicity/prover/artifacts/artifact-lock';
import { CONTEXT_SQUARE, fleetGadgetRows } from './fleet-gadgets.ts';
import { GADGETS, gadgetCount } from './gadget-ledger.ts';

const COLUMNS = [
  ['spend', 16],
  ['spend', 64],
  ['batch', 16],
  ['batch', 64],
] as const;
const NAME_WIDTH = 23;
const CELL_WIDTH = 16;

const lock = readArtifactLock();
const cell = (text: string | number): string => String(text).padEnd(CELL_WIDTH);
const line = (name: string, each: string | number, cells: readonly (string | number)[]): void =>
  console.log(
    `${name.padEnd(NAME_WIDTH)} ${String(each).padStart(5)}   ${cells.map(cell).join('')}`,
  );

const totals = COLUMNS.map(([circuit, tier]) => circuitPin(`${circuit}-${tier}`).constraints);
const sums = COLUMNS.map(() => 0);

console.log(`${lock.toolchain}\n`);
line(
  'gadget',
  'each',
  COLUMNS.map(([circuit, tier]) => `${circuit}-${tier}`),
);
for (const gadget of GADGETS) {
  const each = lock.ledger.find((row) => row.gadget === gadget.name)?.constraints ?? 0;
  const cells = COLUMNS.map(([circuit, tier], i) => {
    const count = gadgetCount(gadget, circuit, tier);
    sums[i] = (sums[i] ?? 0) + count * each;
    return count === 0 ? '-' : `${count} = ${count * each}`;
  });
  line(gadget.name, each, cells);
}
line(
  'saved in place',
  '',
  totals.map((total, i) => total - (sums[i] ?? 0)),
);
line('total', '', totals);

const [spend16 = 0, spend64 = 0, batch16 = 0, batch64 = 0] = totals;
const perNote = (spend64 - spend16) / 48;
const perBatch = (batch64 - batch16) / 48;
console.log(`per note: (${spend64} - ${spend16}) / 48 = ${perNote.toFixed(1)}`);
console.log(`per batch note: (${batch64} - ${batch16}) / 48 = ${perBatch.toFixed(1)}`);
console.log(
  `per payment of a full batch note: ${perBatch.toFixed(1)} / 16 = ${(perBatch / 16).toFixed(1)}`,
);

const SIZES = [64, 256] as const;
const fleets = SIZES.map((size) => circuitPin(`fleet-${size}`).constraints);
const [rows = [], more = []] = SIZES.map((size) => fleetGadgetRows(lock, size));
console.log();
line(
  'gadget',
  'each',
  SIZES.map((size) => `fleet-${size}`),
);
rows.forEach(({ name, each, count }, i) => {
  const counts = [count, more[i]?.count ?? 0];
  line(
    name,
    each,
    counts.map((n) => `${n} = ${n * each}`),
  );
});
line('context square', CONTEXT_SQUARE, [CONTEXT_SQUARE, CONTEXT_SQUARE]);
line('total', '', fleets);
line(
  'per slot',
  '',
  fleets.map((total, i) => (total / (SIZES[i] ?? 1)).toFixed(1)),
);
