import { membersOf, parseJson, type ReadBody, refuse } from './json-body.ts';

const REASON_CHARS_MAX = 256;

/** Reads `{}`, canonical JSON. */
export function readNothing(body: Uint8Array): ReadBody<undefined> {
  const parsed = parseJson(body);
  return parsed?.text === '{}' ? { ok: true, value: undefined } : refuse('', 'the object {}');
}

/** Reads `{"reason":…}`, canonical JSON: 1 … 256 characters. */
export function readAbandoning(body: Uint8Array): ReadBody<string> {
  const parsed = parseJson(body);
  if (parsed === undefined) return refuse('', 'canonical JSON');
  const members = membersOf(parsed.value, ['reason'], '');
  if (!members.ok) return members;
  const [reason] = members.value;
  if (typeof reason !== 'string' || reason.length === 0 || reason.length > REASON_CHARS_MAX) {
    return refuse('/reason', `1 … ${REASON_CHARS_MAX} characters`);
  }
  if (parsed.text !== JSON.stringify({ reason })) return refuse('', 'canonical JSON');
  return { ok: true, value: reason };
}
