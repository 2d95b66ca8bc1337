import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { type PartyId, parsePartyId } from '@atomicity/kernel/units/id';
import { UsageError } from './usage-error.ts';

/** Options and positional arguments, by the rules of `util.parseArgs`. @throws UsageError naming the option. */
export function parseOptions<Spec extends ParseArgsOptionsConfig>(
  argv: readonly string[],
  options: Spec,
) {
  try {
    const { values } = parseArgs({ args: [...argv], options, strict: true });
    return values;
  } catch (error) {
    const isUsage =
      error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
    if (!isUsage) throw error;
    // Node explains how to pass such a thing as a positional argument: nothing here takes one.
    throw new UsageError(error.message.split('. To specify')[0] ?? error.message);
  }
}

/** An option that has to be there. @throws UsageError naming it. */
export function required(value: string | undefined, option: string): string {
  if (value !== undefined && value !== '') return value;
  throw new UsageError(`--${option} is required`);
}

/** A whole number in a range. @throws UsageError naming the option and the range. */
export function wholeNumber(
  text: string,
  option: string,
  range: { readonly min: number; readonly max: number },
): number {
  const number = Number(text);
  const isWhole = /^(0|[1-9]\d{0,15})$/.test(text);
  if (isWhole && number >= range.min && number <= range.max) return number;
  throw new UsageError(
    `--${option}: a whole number from ${range.min} to ${range.max}, not ${text}`,
  );
}

/** One of a few words. @throws UsageError naming the option and the words. */
export function oneOf<Word extends string>(
  text: string,
  option: string,
  words: readonly Word[],
): Word {
  const word = words.find((candidate) => candidate === text);
  if (word !== undefined) return word;
  throw new UsageError(`--${option}: ${words.join(' or ')}, not ${text}`);
}

/** A party's identity. @throws UsageError naming the option. */
export function party(text: string, option: string): PartyId {
  const id = parsePartyId(text);
  if (id !== undefined) return id;
  throw new UsageError(`--${option}: a party is pk: and 52 characters of z-base-32, not ${text}`);
}
