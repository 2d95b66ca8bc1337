import { isJsonObject, type JsonObject, type JsonValue } from '../codec/canonical-json.ts';
import { type WireRefusal, type WireRefusalReason, wireRefusal } from './refusals.ts';
import { listSchema, nullableSchema, objectSchema, type SchemaNode } from './schema-node.ts';

/**
 * A small layer to read JSON values strictly into typed ones and to write them back. Reading gives
 * the value or a `Failure`, whose path grows from the inside out while it is handed up, so that
 * nothing is paid for paths where nothing fails.
 */
export class Failure {
  readonly reason: WireRefusalReason;
  readonly rule: string | undefined;
  path: string;

  constructor(reason: WireRefusalReason, rule?: string, path = '') {
    this.reason = reason;
    this.rule = rule;
    this.path = path;
  }

  /** This failure as seen from the object or array that holds the failed value. */
  under(member: string | number): Failure {
    this.path = `/${escapePointer(member)}${this.path}`;
    return this;
  }

  toRefusal(base: string): WireRefusal {
    return wireRefusal(this.reason, base + this.path, this.rule);
  }
}

/** RFC 6901 §3: `~` and `/` inside a member name. */
function escapePointer(member: string | number): string {
  return String(member).replaceAll('~', '~0').replaceAll('/', '~1');
}

export type Codec<T> = {
  readonly read: (value: JsonValue) => T | Failure;
  readonly write: (value: T) => JsonValue;
  /** What `read` accepts, as far as JSON Schema can say it. Absent where nobody publishes it. */
  readonly schema?: SchemaNode;
};

const ANYTHING: SchemaNode = {};

/** The schema of a codec; a codec without one accepts anything as far as a schema can tell. */
export function schemaOf<T>(codec: Codec<T>): SchemaNode {
  return codec.schema ?? ANYTHING;
}

/** The same codec under a name that published schemas show once. */
export function named<T>(title: string, codec: Codec<T>): Codec<T> {
  return { ...codec, schema: { title, ...schemaOf(codec) } };
}

/** Text that `parse` accepts: wrong_type unless text, out_of_range where it gives undefined. */
export function text<T extends string>(
  rule: string,
  parse: (text: string) => T | undefined,
  limits: SchemaNode = {},
): Codec<T> {
  return {
    schema: { type: 'string', description: rule, ...limits },
    read: (value) => {
      if (typeof value !== 'string') return new Failure('wrong_type', `text: ${rule}`);
      return parse(value) ?? new Failure('out_of_range', rule);
    },
    write: (value) => value,
  };
}

/** Text that matches a pattern. */
export function pattern(rule: string, expression: RegExp): Codec<string> {
  return text(rule, (value) => (expression.test(value) ? value : undefined), {
    pattern: expression.source,
  });
}

/** Text that stands for another kind of value, such as an amount. */
export function viaText<T>(
  rule: string,
  parse: (text: string) => T | undefined,
  format: (value: T) => string,
  limits: SchemaNode = {},
): Codec<T> {
  return {
    schema: { type: 'string', description: rule, ...limits },
    read: (value) => {
      if (typeof value !== 'string') return new Failure('wrong_type', `text: ${rule}`);
      return parse(value) ?? new Failure('out_of_range', rule);
    },
    write: format,
  };
}

/** An integer from `min` to `max`. */
export function integer<T extends number = number>(min: number, max: number): Codec<T> {
  const rule = `an integer ${min} … ${max}`;
  return {
    schema: { type: 'integer', minimum: min, maximum: max },
    read: (value) => {
      if (typeof value !== 'number') return new Failure('wrong_type', rule);
      return Number.isSafeInteger(value) && value >= min && value <= max
        ? (value as T)
        : new Failure('out_of_range', rule);
    },
    write: (value) => value,
  };
}

export const boolean: Codec<boolean> = {
  schema: { type: 'boolean' },
  read: (value) => (typeof value === 'boolean' ? value : new Failure('wrong_type', 'a boolean')),
  write: (value) => value,
};

/** One of some literal texts or numbers. */
export function oneOf<T extends string | number>(
  values: readonly T[],
  reason: WireRefusalReason = 'out_of_range',
): Codec<T> {
  const rule = `one of ${values.join(', ')}`;
  return {
    schema: values.length === 1 ? { const: values[0] ?? null } : { enum: values },
    read: (value) => {
      if (typeof value !== typeof values[0]) return new Failure('wrong_type', rule);
      return values.find((known) => known === value) ?? new Failure(reason, rule);
    },
    write: (value) => value,
  };
}

/** A value or null. */
export function nullable<T>(codec: Codec<T>): Codec<T | null> {
  return {
    schema: nullableSchema(schemaOf(codec)),
    read: (value) => (value === null ? null : codec.read(value)),
    write: (value) => (value === null ? null : codec.write(value)),
  };
}

/** A list of `min` to `max` items. */
export function list<T>(item: Codec<T>, min: number, max: number): Codec<readonly T[]> {
  const rule = `a list of ${min} … ${max} items`;
  return {
    schema: listSchema(schemaOf(item), min, max),
    read: (value) => {
      if (!Array.isArray(value)) return new Failure('wrong_type', rule);
      if (value.length < min || value.length > max) return new Failure('out_of_range', rule);
      const items: T[] = [];
      for (let i = 0; i < value.length; i++) {
        const read = item.read(value[i]);
        if (read instanceof Failure) return read.under(i);
        items.push(read);
      }
      return items;
    },
    write: (items) => items.map((value) => item.write(value)),
  };
}

/** A codec for every member of an object. */
export type Members<T> = { readonly [Name in keyof T]-?: Codec<T[Name]> };

/** First member of `value` that is not documented, then first documented one that it lacks. */
function refuseMembers(value: JsonObject, codecs: ReadonlyMap<string, unknown>) {
  for (const name of Object.keys(value)) {
    if (!codecs.has(name)) return new Failure('unknown_field').under(name);
  }
  for (const name of codecs.keys()) {
    if (!Object.hasOwn(value, name)) return new Failure('missing_field').under(name);
  }
  return undefined;
}

/** The members of `value`, read and put down in the order of `entries`, or the first that fails. */
function readMembers(
  value: JsonObject,
  entries: readonly (readonly [string, Codec<unknown>])[],
): Record<string, unknown> | Failure {
  const result: Record<string, unknown> = {};
  for (const [name, codec] of entries) {
    const read = codec.read(value[name] as JsonValue);
    if (read instanceof Failure) return read.under(name);
    result[name] = read;
  }
  return result;
}

/**
 * An object with exactly these members. Order of refusal: unknown members (in text order), missing
 * ones, then each member in declared order, then `rule`.
 */
export function object<T extends object>(
  members: Members<T>,
  rule?: (value: T) => Failure | undefined,
): Codec<T> {
  const entries = Object.entries(members) as [string, Codec<unknown>][];
  const codecs = new Map(entries);
  // Written in the order of canonical JSON, which is also how a canonical text is read.
  const sorted = [...entries].sort(([left], [right]) => (left < right ? -1 : 1));
  const isComplete = (value: JsonObject): boolean => {
    const names = Object.keys(value);
    return names.length === sorted.length && sorted.every(([name], i) => name === names[i]);
  };
  return {
    schema: objectSchema(entries.map(([name, codec]) => [name, schemaOf(codec)])),
    read: (value) => {
      if (!isJsonObject(value)) return new Failure('wrong_type', 'an object');
      const failure = isComplete(value) ? undefined : refuseMembers(value, codecs);
      if (failure !== undefined) return failure;
      const result = readMembers(value, sorted);
      // Which failure comes first is a matter of the declared order.
      if (result instanceof Failure) return readMembers(value, entries) as Failure;
      return rule?.(result as T) ?? (result as T);
    },
    write: (value) => {
      const result: Record<string, JsonValue> = {};
      for (const [name, codec] of sorted) {
        result[name] = codec.write((value as Record<string, unknown>)[name]);
      }
      return result;
    },
  };
}

/** Refuses a list unless `keyOf` rises strictly from item to item. */
export function refuseUnsorted<T>(
  items: readonly T[],
  keyOf: (item: T) => string,
  name: string,
): Failure | undefined {
  for (let i = 1; i < items.length; i++) {
    const [before, after] = [items[i - 1], items[i]];
    if (before === undefined || after === undefined || keyOf(before) < keyOf(after)) continue;
    return new Failure('not_sorted').under(i).under(name);
  }
  return undefined;
}

/** A failure of a rule between members, shown at one of them. */
export function inconsistent(member: string, rule: string): Failure {
  return new Failure('inconsistent_fields', rule).under(member);
}
