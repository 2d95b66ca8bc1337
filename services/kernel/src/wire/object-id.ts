import { canonicalJson } from '../codec/canonical-json.ts';
import { type TextHash, taggedTextHash } from '../codec/tagged-hash.ts';
import type { Hash } from '../units/id.ts';
import { bodyCodecs } from './body-codecs.ts';
import type { Codec } from './codec.ts';
import type { WireBody, WireType } from './objects.ts';

/** The codec of a body of this type. */
export function bodyCodec(type: WireType): Codec<WireBody> {
  return bodyCodecs[type] as unknown as Codec<WireBody>;
}

/** The canonical text of a body: what its id hashes. */
export function encodeBody(body: WireBody): string {
  return canonicalJson(bodyCodec(body.type).write(body));
}

/** The id of a body: taggedHash(type, canonical body). Of a parsed object, `id` is this already. */
export function objectId(body: WireBody, hash: TextHash = taggedTextHash): Hash {
  return hash(body.type, encodeBody(body));
}
