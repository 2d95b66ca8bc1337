import { type AnyRefusal, statusOfReason } from './refusal-status.ts';

/** A problem detail; members beyond RFC 9457's are the refusal's. */
export type Problem = {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly reason: string;
  /** JSON pointer into the object, header, parameter or body member. */
  readonly field?: string;
  readonly rule?: string;
  readonly facts?: Readonly<Record<string, string | number>>;
};

/**
 * The problem document of a refusal: `type` is `urn:atomicity:refusal:<reason>`, `title` the reason
 * in words. Nothing of the machine (stack, path, SQL) can be in it.
 * Source: RFC 9457 §3.
 */
export function problemOf(refusal: AnyRefusal): Problem {
  const { reason, field, rule, facts } = refusal;
  return {
    type: `urn:atomicity:refusal:${reason}`,
    title: reason.replaceAll('_', ' '),
    status: statusOfReason(reason),
    reason,
    ...(field === undefined ? {} : { field }),
    ...(rule === undefined ? {} : { rule }),
    ...(facts === undefined ? {} : { facts }),
  };
}

/** Thrown inside a request to end it with a refusal; the exception filter answers it. */
export class RefusedRequest extends Error {
  readonly refusal: AnyRefusal;
  readonly retryAfterSeconds: number | undefined;
  /** True for the refusal of an object, which is counted with its object. */
  readonly counted: boolean;

  constructor(refusal: AnyRefusal, retryAfterSeconds?: number, counted = false) {
    super(refusal.reason);
    this.name = 'RefusedRequest';
    this.refusal = refusal;
    this.retryAfterSeconds = retryAfterSeconds;
    this.counted = counted;
  }
}
