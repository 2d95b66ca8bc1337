import type { TokenSlot } from '../note/roots.ts';
import type { Hash } from '../units/id.ts';

/**
 * How a period's list of authorizations differs from what its principal issued. Nothing in a proof or in
 * a log can show what was left out of both: the principal's own list is the other side of the comparison.
 */
export const COMPLETENESS_REFUSALS = [
  { reason: 'authorization_omitted', rule: 'every authorization issued is in the period' },
  { reason: 'authorization_invented', rule: 'every authorization in the period was issued' },
  { reason: 'authorization_counted_twice', rule: 'an authorization is in the period once' },
  { reason: 'category_changed', rule: 'an authorization keeps the category it was issued in' },
  { reason: 'order_changed', rule: 'authorizations stand in the order in which they were issued' },
] as const;

export type CompletenessRefusal = {
  readonly reason: (typeof COMPLETENESS_REFUSALS)[number]['reason'];
  /** In the principal's list for an omission, else in the period's. */
  readonly index: number;
  readonly authorization: Hash;
};

/**
 * Compares the authorizations of a period with those that the principal issued, both in index order. Empty:
 * they are the same list, so both have one tokensRoot. Each difference is named once, in the order of the
 * refusals above and then of the index; `order_changed` only where nothing else differs.
 * @throws RangeError if the principal's list names an authorization twice: it is no list of what was issued.
 */
export function checkCompleteness(
  issued: readonly TokenSlot[],
  listed: readonly TokenSlot[],
): readonly CompletenessRefusal[] {
  const own = new Map(issued.map((slot) => [slot.authorization, slot]));
  if (own.size !== issued.length) throw new RangeError('an authorization issued twice');
  const places = new Map<Hash, number[]>();
  listed.forEach(({ authorization }, index) => {
    const known = places.get(authorization);
    if (known === undefined) places.set(authorization, [index]);
    else known.push(index);
  });
  const name = (reason: CompletenessRefusal['reason'], index: number, authorization: Hash) => ({
    reason,
    index,
    authorization,
  });
  const refusals = [
    ...issued.flatMap(({ authorization }, index) =>
      places.has(authorization) ? [] : [name('authorization_omitted', index, authorization)],
    ),
    ...[...places].flatMap(([authorization, [first = 0]]) =>
      own.has(authorization) ? [] : [name('authorization_invented', first, authorization)],
    ),
    ...[...places].flatMap(([authorization, [, ...again]]) =>
      again.map((index) => name('authorization_counted_twice', index, authorization)),
    ),
    ...listed.flatMap(({ authorization, category }, index) => {
      const known = own.get(authorization);
      const changed = known !== undefined && known.category !== category;
      return changed ? [name('category_changed', index, authorization)] : [];
    }),
  ];
  if (refusals.length > 0) return refusals;
  return listed.flatMap(({ authorization }, index) =>
    issued[index]?.authorization === authorization
      ? []
      : [name('order_changed', index, authorization)],
  );
}
