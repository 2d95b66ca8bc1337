import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { type Amount, parseAmount } from '@atomicity/kernel/units/amount';
import { type Denomination, parseDenomination } from '@atomicity/kernel/units/denomination';
import { type Hash, type PartyId, parseHash, parsePartyId } from '@atomicity/kernel/units/id';
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

/**
 * As `parseOptions`, with positional arguments: at least one for each name, and more only where the
 * last name ends in `…`. @throws UsageError naming what is missing or too much.
 */
export function parseArguments<Spec extends ParseArgsOptionsConfig>(
  argv: readonly string[],
  options: Spec,
  names: readonly string[],
) {
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      options,
      strict: true,
      allowPositionals: true,
    });
    const missing = names[positionals.length];
    if (missing !== undefined) throw new UsageError(`${missing} is required`);
    const extra = positionals[names.length];
    if (extra !== undefined && names.at(-1)?.endsWith('…') !== true) {
      throw new UsageError(`unexpected argument ${extra}`);
    }
    return { values, positionals };
  } catch (error) {
    const isUsage =
      error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
    if (!isUsage) throw error;
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

/** An amount in units of its denomination. @throws UsageError naming the option. */
export function units(text: string, option: string): Amount {
  const amount = parseAmount(text);
  if (amount !== undefined) return amount;
  throw new UsageError(`--${option}: units of the denomination, 0 … 2^63−1, not ${text}`);
}

/** A denomination, CODE/SCALE. @throws UsageError naming the option. */
export function denomination(text: string, option: string): Denomination {
  const known = parseDenomination(text);
  if (known !== undefined) return known;
  throw new UsageError(`--${option}: CODE/SCALE, as USD/6, not ${text}`);
}

/** A 64-digit id. @throws UsageError naming the option or argument. */
export function id(text: string, option: string): Hash {
  const hash = parseHash(text);
  if (hash !== undefined) return hash;
  throw new UsageError(`${option}: 64 lower-case hex digits, not ${text}`);
}

/** The origin of a node. @throws UsageError naming the option. */
export function nodeUrl(text: string, option: string): string {
  const url = URL.parse(text);
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url.origin;
  throw new UsageError(`--${option}: the http or https address of a node, not ${text}`);
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
