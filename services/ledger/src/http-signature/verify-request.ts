import { keyOfPartyId, type PartyId, parsePartyId } from '@atomicity/kernel/units/id';
import { strictSignatureShape } from '@atomicity/kernel/wire/ed25519-strict';
import type { EdgeRefusal } from '../http/refusal-status.ts';
import { verifyWithOpenssl } from '../verify/openssl-ed25519.ts';
import { contentDigest } from './content-digest.ts';
import type { NonceCache } from './nonce-cache.ts';
import { missingCoverage, type RequestParts, signatureBase } from './signature-base.ts';
import { parseSignatureFields } from './signature-input.ts';

export type SignedRequest = RequestParts & {
  readonly signatureInput: string | undefined;
  readonly signature: string | undefined;
  /** The exact bytes of the body; empty when there is none. */
  readonly body: Uint8Array;
};

export type SignatureRules = {
  /** Largest |now − created|, in ms. */
  readonly skewMs: number;
  readonly nonces: NonceCache;
  /** Authorities (`host:port`) this node answers to; empty: whatever the Host header says. */
  readonly authorities: readonly string[];
};

export type RequestVerdict =
  | { readonly ok: true; readonly key: PartyId }
  | { readonly ok: false; readonly refusal: EdgeRefusal };

/**
 * Checks the RFC 9421 signature of a request and that it is neither stale nor replayed; `now` in ms.
 * Whether the key may do what it asks is not decided here.
 *
 * Refusals in order: `request_signature_missing`, `request_signature_malformed`, `authority_not_served`,
 * `component_not_covered`, `content_digest_mismatch`, `request_signature_stale`, `request_signature_invalid`,
 * `request_replayed`, `busy`. A second call with the same request is `request_replayed`.
 * Source: RFC 9421 §3.2, §7.2.2 (replay); RFC 9530 §2.
 */
export function verifyRequest(
  request: SignedRequest,
  rules: SignatureRules,
  now: number,
): RequestVerdict {
  if (request.signatureInput === undefined || request.signature === undefined) {
    const field = request.signatureInput === undefined ? 'signature-input' : 'signature';
    return refuse({ reason: 'request_signature_missing', field });
  }
  const fields = parseSignatureFields(request.signatureInput, request.signature);
  if (!fields.ok) {
    return refuse({
      reason: 'request_signature_malformed',
      field: fields.field,
      rule: fields.rule,
    });
  }
  const { input, signature } = fields;
  const key = parsePartyId(input.keyid);
  if (key === undefined) {
    return refuse({
      reason: 'request_signature_malformed',
      field: 'signature-input',
      rule: 'keyid pk:…',
    });
  }
  if (rules.authorities.length > 0 && !rules.authorities.includes(request.authority)) {
    return refuse({ reason: 'authority_not_served', field: 'host' });
  }
  const uncovered = checkCoverage(request, input.components);
  if (uncovered) return refuse(uncovered);
  const base = signatureBase(request, input.components, input.params);
  if (base === undefined) {
    return refuse({
      reason: 'request_signature_malformed',
      field: 'signature-input',
      rule: 'components',
    });
  }
  const createdAt = input.created * 1000;
  if (Math.abs(now - createdAt) > rules.skewMs) {
    const facts = { created: input.created, now: Math.floor(now / 1000), skewMs: rules.skewMs };
    return refuse({
      reason: 'request_signature_stale',
      field: 'signature-input',
      rule: 'created',
      facts,
    });
  }
  if (!isSignedBy(key, base, signature)) {
    return refuse({ reason: 'request_signature_invalid', field: 'signature' });
  }
  // Only verified requests are remembered: nobody fills the cache without a key.
  const verdict = rules.nonces.remember(key, input.nonce, createdAt + rules.skewMs, now);
  if (verdict === 'replayed')
    return refuse({ reason: 'request_replayed', field: 'signature-input' });
  if (verdict === 'full') return refuse({ reason: 'busy', rule: 'nonce cache' });
  return { ok: true, key };
}

function checkCoverage(
  request: SignedRequest,
  components: readonly string[],
): EdgeRefusal | undefined {
  const hasBody = request.body.length > 0;
  const missing = missingCoverage(request, components, hasBody);
  if (missing !== undefined) {
    return { reason: 'component_not_covered', field: 'signature-input', rule: missing };
  }
  const digest = request.contentDigest;
  if ((hasBody || digest !== undefined) && digest !== contentDigest(request.body)) {
    return { reason: 'content_digest_mismatch', field: 'content-digest' };
  }
  return undefined;
}

function isSignedBy(key: PartyId, base: string, signature: Uint8Array): boolean {
  const raw = keyOfPartyId(key);
  if (strictSignatureShape(raw, signature) !== undefined) return false;
  return verifyWithOpenssl(raw, Buffer.from(base), signature);
}

function refuse(refusal: EdgeRefusal): RequestVerdict {
  return { ok: false, refusal };
}
