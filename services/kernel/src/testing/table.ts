import { decide } from '../book/decide.ts';
import type { Decision } from '../book/decision.ts';
import { type BookRefusalReason, refuse } from '../book/refusals.ts';
import { parseAnyJson } from '../codec/canonical-json.ts';
import type { VerifiedObject } from '../wire/verified.ts';
import { commandFor, createFleet, type Fleet } from './test-book.ts';

/** One line of a decide table: after `given` on a fleet, `when` is decided as `gives` says, exactly. */
export type Row = {
  readonly name: string;
  readonly given?: (fleet: Fleet) => void;
  readonly when: (fleet: Fleet) => VerifiedObject;
  readonly gives: Decision | ((fleet: Fleet, object: VerifiedObject) => Decision);
};

/** A refusal with the rule of its reason. */
export function refused(
  reason: BookRefusalReason,
  field?: string,
  facts?: Readonly<Record<string, string | number>>,
): Decision {
  return { kind: 'rejected', refusal: refuse(reason, field, facts) };
}

/** The wire JSON of an object, as disclosures show it. */
export const shown = (object: VerifiedObject) => parseAnyJson(object.text)?.value ?? null;

/** What the table says and what the book decides; a decision must not change the state. */
export function decideRow(row: Row): { readonly expected: Decision; readonly actual: Decision } {
  const fleet = createFleet();
  row.given?.(fleet);
  const object = row.when(fleet);
  const expected = typeof row.gives === 'function' ? row.gives(fleet, object) : row.gives;
  return { expected, actual: decide(fleet.book.state, commandFor(object), fleet.book.now) };
}
