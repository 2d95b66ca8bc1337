/** A summary as an attestor would hand it over; its hashes are of nothing. */
import { fieldToHex } from '@atomicity/kernel/codec/field';
import type { SummaryDisclosure } from '@atomicity/kernel/disclosure/summary-opening';
import { periodHash } from '@atomicity/kernel/period/period-hash';
import { testNonce } from '@atomicity/kernel/testing/keys';
import { ORIGIN } from '@atomicity/kernel/testing/world';
import { amount } from '@atomicity/kernel/units/amount';
import type { Hash } from '@atomicity/kernel/units/id';
import { unixMs } from '@atomicity/kernel/units/time';

const eight = Array.from({ length: 8 }, () => amount(0n));

/** The totals of the first period of a budget. */
export function totalsOf(budget: Hash): SummaryDisclosure {
  return {
    v: 1,
    kind: 'summary',
    origin: ORIGIN,
    budget,
    period: periodHash(budget, 0),
    periodIndex: 0,
    summary: {
      policyDigest: fieldToHex(1n),
      periodDigest: fieldToHex(2n),
      nullifier: fieldToHex(3n),
      periodTotal: amount(70n),
      cumulativeTotal: amount(70n),
      count: 4,
      firstAt: unixMs(5),
      lastAt: unixMs(6),
      categoryTotals: eight,
      cumulativeCategoryTotals: eight,
      salt: testNonce('summary'),
    },
  };
}
