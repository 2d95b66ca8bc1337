import type { Hash } from '@atomicity/kernel/units/id';
import type { AnyRefusal } from '../http/refusal-status.ts';

/** Where an event of a command stands in its book's stream. */
export type RecordedAs = { readonly eventId: Hash; readonly revision: number };

/** How a command ended, as far as the writer knows. */
export type CommandOutcome =
  | {
      readonly kind: 'accepted';
      /** True when the object had its effect before this call. */
      readonly duplicate: boolean;
      readonly object: Hash;
      /** Empty for an object that another command id brought in. */
      readonly events: readonly RecordedAs[];
    }
  | { readonly kind: 'refused'; readonly refusal: AnyRefusal }
  | {
      readonly kind: 'failed';
      /** `busy`, `stopped`: nothing was recorded. `outcome_unknown`: it may have been. */
      readonly reason: 'busy' | 'stopped' | 'outcome_unknown';
    };
