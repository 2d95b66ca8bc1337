/** A period of the log against the list of authorizations that its principal says it issued. */
import { fieldToHex } from '@atomicity/kernel/codec/field';
import type { Tier } from '@atomicity/kernel/codec/merkle-16';
import { tokensRoot } from '@atomicity/kernel/note/roots';
import { checkCompleteness } from '@atomicity/kernel/period-close/completeness';
import type { IssuedList } from '@atomicity/kernel/period-close/issued-list';
import { type Evidence, shortHash } from '../evidence/evidence.ts';
import { type Finding, fails, notShown } from './verdict.ts';

function tierOf(evidence: Evidence, budget: string): Tier | undefined {
  return evidence.policies.find(({ object }) => object.body.budget === budget)?.object.body.tier;
}

/**
 * Empty where the period is complete by the principal's own list. A full bundle names each authorization
 * that differs; a sealed one shows only that the roots do.
 */
export function issuedFindings(evidence: Evidence, issued: IssuedList): readonly Finding[] {
  const { period, budget, authorizations } = issued;
  const where = `period ${shortHash(period)}`;
  const [close] = evidence.periods.get(period)?.closes ?? [];
  const tier = tierOf(evidence, budget);
  if (close === undefined || tier === undefined) {
    return [notShown('the principal’s list is of a period that this log does not close', where)];
  }
  const { byPeriod, unreadable } = evidence.listedAuthorizations;
  const listed = byPeriod.get(period);
  if (evidence.header.kind === 'full' && unreadable === 0) {
    const refusals = checkCompleteness(authorizations, listed ?? []);
    if (refusals.length > 0) {
      return refusals.map(({ reason, index, authorization }) =>
        fails(`${reason}: authorization ${authorization} at index ${index}`, where),
      );
    }
  }
  const { count, tokensRoot: stated } = close.object.body;
  if (authorizations.length > tier) {
    return [fails(`${authorizations.length} authorizations issued in a tier of ${tier}`, where)];
  }
  const isSame =
    authorizations.length === count && fieldToHex(tokensRoot(authorizations, tier)) === stated;
  if (isSame) return [];
  const reason = `the ${authorizations.length} authorizations that the principal issued are not the ${count} that were closed`;
  return [fails(reason, where)];
}
