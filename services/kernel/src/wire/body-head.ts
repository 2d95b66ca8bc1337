import type { Signature } from '../units/id.ts';

export type Head<Type extends string> = { readonly v: 1; readonly type: Type };

/** An object of a note with the signature that makes it evidence. */
export type SignedEvidence<Evidence> = { readonly object: Evidence; readonly sig: Signature };
