import { type Refusal, WIRE_REFUSALS } from '@atomicity/kernel/wire/refusals';

/** Why the HTTP edge itself refuses, with the status of each; the kernel's reasons come below. */
export const EDGE_STATUS = {
  request_signature_missing: 401,
  request_signature_malformed: 401,
  component_not_covered: 401,
  request_signature_stale: 401,
  request_signature_invalid: 401,
  request_replayed: 401,
  request_key_unknown: 401,
  content_digest_mismatch: 400,
  authority_not_served: 421,
  role_not_allowed: 403,
  not_a_peer: 403,
  not_the_principal: 403,
  network_off: 404,
  malformed_request: 400,
  malformed_parameter: 400,
  not_found: 404,
  method_not_allowed: 405,
  request_timeout: 408,
  exists_with_different_payload: 409,
  request_too_large: 413,
  unsupported_media_type: 415,
  rate_limited: 429,
  header_too_large: 431,
  mirror_full: 507,
  internal_error: 500,
  busy: 503,
  outcome_unknown: 503,
  stopped: 503,
  read_model_behind: 503,
} as const;

export type EdgeReason = keyof typeof EDGE_STATUS;

export type EdgeRefusal = {
  readonly reason: EdgeReason;
  readonly field?: string | undefined;
  readonly rule?: string | undefined;
  readonly facts?: Readonly<Record<string, string | number>> | undefined;
};

/** Reasons after which the same request may succeed, and the seconds to wait first. */
export const RETRY_AFTER_SECONDS: Partial<Record<EdgeReason, number>> = {
  busy: 1,
  rate_limited: 1,
  read_model_behind: 1,
  outcome_unknown: 5,
};

/** Reasons of the kernel whose status differs from that of their layer. */
const SPECIAL_STATUS: Readonly<Record<string, number>> = {
  object_too_large: 413,
  exists_with_different_terms: 409,
};

const WIRE_REASONS: ReadonlySet<string> = new Set(WIRE_REFUSALS.map(({ reason }) => reason));

/**
 * The HTTP status of a refusal, the one place where reasons meet status codes. What the wire layer
 * refuses is no acceptable object for any book: 400. What the book refuses is well-formed, correctly
 * signed and against a rule: 422.
 */
export function statusOfReason(reason: string): number {
  const special = SPECIAL_STATUS[reason];
  if (special !== undefined) return special;
  if (Object.hasOwn(EDGE_STATUS, reason)) return EDGE_STATUS[reason as EdgeReason];
  return WIRE_REASONS.has(reason) ? 400 : 422;
}

export type AnyRefusal = EdgeRefusal | Refusal;
