import type { SignedEvidence } from './body-head.ts';
import { type Codec, object, oneOf } from './codec.ts';
import { versionValue } from './note-codecs.ts';
import { signatureValue } from './value-codecs.ts';

/** Members that every body begins with. */
export const head = <Type extends string>(type: Type) => ({
  v: versionValue,
  type: oneOf<Type>([type]),
});

/** A signed object inside another, without saying who signed: its own rules name the key. */
export function evidence<T>(codec: Codec<T>): Codec<SignedEvidence<T>> {
  return object<SignedEvidence<T>>({ object: codec, sig: signatureValue });
}
