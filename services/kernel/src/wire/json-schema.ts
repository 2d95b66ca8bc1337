import type { JsonObject, JsonValue } from '../codec/canonical-json.ts';
import { schemaOf } from './codec.ts';
import { bodyCodec } from './object-id.ts';
import type { WireType } from './objects.ts';
import { signatureCodec } from './parse-object.ts';
import { withReferences } from './schema-node.ts';
import { signerCount } from './signers.ts';

/**
 * The published JSON Schema (draft 2020-12) of a wire type: body and signatures, self-contained. It
 * refuses unknown and missing members, wrong types and whatever a pattern or a bound can say. What it
 * cannot say it describes: upper bounds of amounts, rules between members, orders of lists, and the
 * signatures themselves. `parseObject` accepts nothing that it refuses.
 */
export function wireSchema(type: WireType): JsonObject {
  const definitions = new Map<string, JsonValue>();
  const body = withReferences(schemaOf(bodyCodec(type)), definitions);
  const signature = withReferences(schemaOf(signatureCodec), definitions);
  const count = signerCount(type);
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: `urn:atomicity:wire:v1:${type}`,
    title: `${type}, signed`,
    type: 'object',
    properties: {
      body,
      signatures: { type: 'array', items: signature, minItems: count, maxItems: count },
    },
    required: ['body', 'signatures'],
    additionalProperties: false,
    $defs: Object.fromEntries(definitions),
  };
}
