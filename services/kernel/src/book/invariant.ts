/** A broken law of the book: the process that meets it must end, replay recovers. */
export class InvariantBroken extends Error {
  override readonly name = 'InvariantBroken';
}

/** Throws `InvariantBroken` unless the condition holds. */
export function assert(condition: boolean, law: string): asserts condition {
  if (!condition) throw new InvariantBroken(law);
}

/** The value, which the log guarantees to be there. @throws InvariantBroken otherwise. */
export function known<T>(value: T | undefined | null, what: string): T {
  if (value === undefined || value === null) throw new InvariantBroken(`unknown ${what}`);
  return value;
}

/** For the end of a switch over a union: compiles only if every case is handled. */
export function assertNever(value: never, what: string): never {
  throw new InvariantBroken(`${what} is not handled: ${JSON.stringify(value)}`);
}
