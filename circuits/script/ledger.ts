// Prints where the constraints go, from artifacts.lock. Run: npm run ledger -w @atomicity/circuits
import { circuitPin, readArtifactLock } from '@atomicity/prover/artifacts/artifact-lock';
import { GADGETS } from './gadget-ledger.ts';

const lock = readArtifactLock();
const small = circuitPin('spend-16').constraints;
const large = circuitPin('spend-64').constraints;

console.log(`${lock.toolchain}\n`);
console.log('gadget             each   tier 16         tier 64');
const sums = { 16: 0, 64: 0 };
for (const gadget of GADGETS) {
  const each = lock.ledger.find((row) => row.gadget === gadget.name)?.constraints ?? 0;
  const cells = ([16, 64] as const).map((tier) => {
    const count = gadget.count(tier);
    sums[tier] += count * each;
    return count === 0 ? '-'.padEnd(15) : `${count} = ${count * each}`.padEnd(15);
  });
  console.log(`${gadget.name.padEnd(17)} ${String(each).padStart(5)}   ${cells.join(' ')}`);
}
const rest = (tier: 16 | 64, total: number): string => `${total - sums[tier]}`.padEnd(15);
console.log(`saved in place            ${rest(16, small)} ${rest(64, large)}`);
console.log(`total                     ${String(small).padEnd(15)} ${large}`);
console.log(`per note: (${large} - ${small}) / 48 = ${((large - small) / 48).toFixed(1)}`);
