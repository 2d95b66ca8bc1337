import type { SignedAmount } from '../units/amount.ts';
import type { PartyId } from '../units/id.ts';

/** One side of a movement; the legs of an event add up to zero. */
export type Leg = { readonly party: PartyId; readonly delta: SignedAmount };
