import type { JsonObject, JsonValue } from '../codec/canonical-json.ts';

/** A JSON Schema (draft 2020-12). One with a `title` is named once in a published schema. */
export type SchemaNode = JsonObject;

/** Which property names a member must have for its object to need none of the other checks. */
export function objectSchema(members: readonly (readonly [string, SchemaNode])[]): SchemaNode {
  return {
    type: 'object',
    properties: Object.fromEntries(members),
    required: members.map(([name]) => name),
    additionalProperties: false,
  };
}

/** A value or null. */
export function nullableSchema(schema: SchemaNode): SchemaNode {
  return { anyOf: [schema, { type: 'null' }] };
}

/** A list of `min` to `max` items. */
export function listSchema(items: SchemaNode, min: number, max: number): SchemaNode {
  return { type: 'array', items, minItems: min, maxItems: max };
}

function isNode(value: JsonValue): value is SchemaNode {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * `schema` with each titled schema inside it replaced by a reference and put down once in
 * `definitions`. Titles name one schema each.
 */
export function withReferences(schema: JsonValue, definitions: Map<string, JsonValue>): JsonValue {
  if (Array.isArray(schema)) return schema.map((item) => withReferences(item, definitions));
  if (!isNode(schema)) return schema;
  const { title } = schema;
  if (typeof title !== 'string') return inside(schema, definitions);
  if (!definitions.has(title)) {
    definitions.set(title, null);
    definitions.set(title, inside(schema, definitions));
  }
  return { $ref: `#/$defs/${title}` };
}

function inside(schema: SchemaNode, definitions: Map<string, JsonValue>): JsonValue {
  return Object.fromEntries(
    Object.entries(schema).map(([name, value]) => [name, withReferences(value, definitions)]),
  );
}
