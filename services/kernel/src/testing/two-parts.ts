/** Two parts of one intent on their way over alice – bob – carol, and what carol signs for them. */
import type { Hash, Nonce } from '../units/id.ts';
import { createLine, heldByCarol, hopAt, type Line } from './hop-table.ts';
import { receiptFor } from './network-node.ts';
import { finalizeKeyOf } from './network-payment.ts';
import { own } from './world.ts';

/** Two parts of 400 and 600 at carol, who wants at least 900 of 1,000. */
export function twoParts(options: Parameters<typeof createLine>[0] = {}) {
  const line = createLine({ asks: { minDeliverable: 900n }, ...options });
  const [one, two] = [heldByCarol(line, {}, 400n), heldByCarol(line, {}, 600n)];
  const partOf = ({ onward }: typeof one) => hopAt(line.carol, onward).terms.part;
  return { line, one, two, partOf };
}

/** Carol's receipt for the parts of these vouchers. */
export const receipt = (line: Line, ...vouchers: readonly Hash[]) =>
  receiptFor(
    line.network,
    line.carol,
    line.asked.id,
    vouchers
      .map((voucher) => hopAt(line.carol, voucher).terms)
      .sort((left, right) => (left.part < right.part ? -1 : 1)),
  );

/** Carol's signal for parts. */
export function signal(
  line: Line,
  parts: readonly Nonce[],
  key = finalizeKeyOf(line.asked.id, line.network),
) {
  return line.network.world.object(
    {
      v: 1,
      type: 'CommitSignal',
      intent: line.asked.id,
      finalizeKey: key.id,
      parts: [...parts].sort(),
      windowMs: 2_000,
      nonce: line.network.world.nonce(),
    },
    own(key),
  );
}
