import type { SignedEvidence } from './body-head.ts';
import { type Codec, type Failure, type Members, named, object, oneOf } from './codec.ts';
import { versionValue } from './note-codecs.ts';
import type { BodyOf, WireType } from './objects.ts';
import { signatureValue } from './value-codecs.ts';

/** Members that every body begins with. */
export const head = <Type extends string>(type: Type) => ({
  v: versionValue,
  type: oneOf<Type>([type]),
});

/** A body: `v`, `type` and these members, with the rules between them. */
export function body<Type extends WireType>(
  type: Type,
  members: Members<Omit<BodyOf<Type>, 'v' | 'type'>>,
  rule?: (value: BodyOf<Type>) => Failure | undefined,
): Codec<BodyOf<Type>> {
  const all = { ...head(type), ...members } as unknown as Members<BodyOf<Type>>;
  return named(type, object<BodyOf<Type>>(all, rule));
}

/** A signed object inside another, without saying who signed: its own rules name the key. */
export function evidence<T>(codec: Codec<T>): Codec<SignedEvidence<T>> {
  return object<SignedEvidence<T>>({ object: codec, sig: signatureValue });
}
