/** Private values of the journal as text: JSON in which an integer of any size is `123n`. */

const INTEGER = /^-?\d+n$/;

/** Text of a value without functions; equal values with members in one order give equal text. */
export function fleetJson(value: unknown): string {
  return JSON.stringify(value, (_key, each: unknown) =>
    typeof each === 'bigint' ? `${each}n` : each,
  );
}

/** Reads what `fleetJson` wrote. Only for text from a file that only this program writes. */
export function parseFleetJson<T>(text: string): T {
  return JSON.parse(text, (_key, each: unknown) =>
    typeof each === 'string' && INTEGER.test(each) ? BigInt(each.slice(0, -1)) : each,
  ) as T;
}
