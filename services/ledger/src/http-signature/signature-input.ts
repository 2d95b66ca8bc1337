/** Strict reading of the three header fields that carry a request signature. */

export type SignatureInput = {
  /** Covered components in order, without quotes. */
  readonly components: readonly string[];
  /** Seconds since the epoch, as RFC 9421 has it. */
  readonly created: number;
  readonly keyid: string;
  readonly nonce: string;
  /** The serialised inner list with its parameters: the value of `@signature-params`. */
  readonly params: string;
};

export type SignatureFields =
  | { readonly ok: true; readonly input: SignatureInput; readonly signature: Uint8Array }
  | { readonly ok: false; readonly field: string; readonly rule: string };

const INPUT =
  /^([a-z][a-z0-9_-]{0,31})=(\(((?:"[a-z@-]{1,32}")(?: "[a-z@-]{1,32}"){0,7})\)((?:;[a-z]{1,16}=(?:"[ !#-[\]-~]{0,128}"|[0-9]{1,15})){1,8}))$/;
const PARAMETER = /;([a-z]+)=(?:"([^"]*)"|([0-9]+))/g;
const SIGNATURE = /^([a-z][a-z0-9_-]{0,31})=:([A-Za-z0-9+/]{86}==):$/;
const NONCE = /^[0-9a-f]{32}$/;

/** The application tag that every request signature carries, so that a key's signatures do not mix. */
export const SIGNATURE_TAG = 'atomicity';

/**
 * Reads `Signature-Input` and `Signature` with exactly one signature, in the serialisation that
 * RFC 8941 gives. Parameters: `created`, `keyid`, `nonce` (32 hex digits), `tag="atomicity"`, and at
 * will `alg="ed25519"`; any other, or one twice, is refused.
 * Source: RFC 9421 §2.3, §4.1, §4.2; RFC 8941 §4.1.
 */
export function parseSignatureFields(
  signatureInput: string | undefined,
  signature: string | undefined,
): SignatureFields {
  const input = INPUT.exec(signatureInput ?? '');
  if (!input) return refuse('signature-input', 'one signature in RFC 8941 form');
  const [, label, params = '', list = '', parameterText = ''] = input;
  const value = SIGNATURE.exec(signature ?? '');
  if (!value || value[1] !== label) {
    return refuse('signature', 'the 64 bytes under the label of signature-input');
  }
  const bytes = Buffer.from(value[2] ?? '', 'base64');
  if (bytes.toString('base64') !== value[2]) return refuse('signature', 'canonical base64');
  const components = list.split(' ').map((quoted) => quoted.slice(1, -1));
  if (new Set(components).size < components.length) {
    return refuse('signature-input', 'each component once');
  }
  const read = readParameters(parameterText);
  if (typeof read === 'string') return refuse('signature-input', read);
  return { ok: true, input: { components, ...read, params }, signature: new Uint8Array(bytes) };
}

function readParameters(
  text: string,
): { readonly created: number; readonly keyid: string; readonly nonce: string } | string {
  const seen = new Map<string, { readonly text?: string; readonly number?: number }>();
  for (const [, name = '', quoted, digits] of text.matchAll(PARAMETER)) {
    if (seen.has(name)) return `parameter ${name} once`;
    seen.set(name, digits === undefined ? { text: quoted ?? '' } : { number: Number(digits) });
  }
  const known = ['created', 'keyid', 'nonce', 'tag', 'alg'];
  for (const name of seen.keys()) if (!known.includes(name)) return 'known parameters only';
  const created = seen.get('created')?.number;
  if (created === undefined) return 'parameter created';
  const keyid = seen.get('keyid')?.text;
  if (keyid === undefined) return 'parameter keyid';
  const nonce = seen.get('nonce')?.text;
  if (nonce === undefined || !NONCE.test(nonce)) return 'parameter nonce of 32 hex digits';
  if (seen.get('tag')?.text !== SIGNATURE_TAG) return `parameter tag="${SIGNATURE_TAG}"`;
  const alg = seen.get('alg');
  if (alg !== undefined && alg.text !== 'ed25519') return 'parameter alg="ed25519"';
  return { created, keyid, nonce };
}

function refuse(field: string, rule: string): SignatureFields {
  return { ok: false, field, rule };
}
