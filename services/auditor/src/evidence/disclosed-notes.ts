/** The disclosures that are no wire object: the public parts of holds and of how they end. */
import type { JsonValue } from '@atomicity/kernel/codec/canonical-json';
import type { NoteCore, NoteTail, NoteVoid } from '@atomicity/kernel/note/note';
import type { Hash, Signature } from '@atomicity/kernel/units/id';
import { type Codec, Failure, object } from '@atomicity/kernel/wire/codec';
import { noteCoreCodec, noteTailCodec, noteVoidCodec } from '@atomicity/kernel/wire/note-codecs';
import { hashValue, signatureValue } from '@atomicity/kernel/wire/value-codecs';

export type DisclosedCore = { readonly core: NoteCore; readonly sig: Signature };
export type DisclosedTail = { readonly tail: NoteTail; readonly sig: Signature };
export type DisclosedVoid = { readonly noteVoid: NoteVoid; readonly sig: Signature };
export type DisclosedLapse = { readonly core: Hash };

const coreCodec = object<DisclosedCore>({ core: noteCoreCodec, sig: signatureValue });
const tailCodec = object<DisclosedTail>({ tail: noteTailCodec, sig: signatureValue });
const voidCodec = object<DisclosedVoid>({ noteVoid: noteVoidCodec, sig: signatureValue });
const lapseCodec = object<DisclosedLapse>({ core: hashValue });

function reader<T>(codec: Codec<T>): (value: JsonValue) => T | undefined {
  return (value) => {
    const read = codec.read(value);
    return read instanceof Failure ? undefined : read;
  };
}

/** Each reads a disclosure strictly, or gives `undefined`. */
export const readCore = reader(coreCodec);
export const readTail = reader(tailCodec);
export const readVoid = reader(voidCodec);
export const readLapse = reader(lapseCodec);
