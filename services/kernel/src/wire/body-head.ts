import type { Signature } from '../units/id.ts';

export type Head<Type extends string> = { readonly v: 1; readonly type: Type };

/** An object with the signature that holds its signer to it. */
export type SignedEvidence<Evidence> = { readonly object: Evidence; readonly sig: Signature };
