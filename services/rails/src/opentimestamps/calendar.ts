/** What a calendar does for us. The HTTP client and every test double pass one contract suite. */

import type { Timestamp } from './proof.ts';

export type CalendarAnswer =
  | { readonly kind: 'found'; readonly timestamp: Timestamp }
  /** The calendar holds the commitment and has nothing better yet. */
  | { readonly kind: 'pending' }
  /** The calendar says that it does not hold it. */
  | { readonly kind: 'not_found' };

export interface Calendar {
  /** For people and logs: where this calendar is. */
  readonly url: string;
  /** True if a pending attestation with this URI is this calendar's to upgrade. */
  answersFor(uri: string): boolean;
  /**
   * Submits a 32-byte digest; the timestamp that comes back is for that digest.
   * A repeat asks for the same promise about the same digest.
   *
   * @throws {RailError} outcome `not_applied` if it surely did not arrive, else `unknown`.
   */
  submit(digest: Uint8Array, signal: AbortSignal): Promise<Timestamp>;
  /**
   * Whether a digest was submitted. The public protocol has no such question: those calendars
   * answer `unknown`; the local calendar knows.
   *
   * @throws {RailError} as `timestampOf`.
   */
  lookUp(digest: Uint8Array, signal: AbortSignal): Promise<CalendarAnswer | { kind: 'unknown' }>;
  /**
   * Asks for what is known of a commitment, the message of a pending attestation.
   *
   * @throws {RailError} outcome `not_applied`; asking changes nothing.
   */
  timestampOf(commitment: Uint8Array, signal: AbortSignal): Promise<CalendarAnswer>;
}
