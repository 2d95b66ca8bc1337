import { isUtf8 } from 'node:buffer';
import type { EdgeRefusal } from './refusal-status.ts';

export type ReadBody<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly refusal: EdgeRefusal };

/** A JSON value with the text that it was read from; undefined for what is not JSON in UTF-8. */
export function parseJson(
  body: Uint8Array,
): { readonly text: string; readonly value: unknown } | undefined {
  if (!isUtf8(body)) return undefined;
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString();
  try {
    return { text, value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

/** The values of exactly these members. */
export function membersOf(
  value: unknown,
  names: readonly string[],
  at: string,
): ReadBody<readonly unknown[]> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return refuse(at, 'a JSON object');
  }
  const entries = new Map<string, unknown>(Object.entries(value));
  const missing = names.find((name) => !entries.has(name));
  if (missing !== undefined) return refuse(`${at}/${missing}`, 'this member');
  const unknown = [...entries.keys()].find((name) => !names.includes(name));
  if (unknown !== undefined) return refuse(`${at}/${unknown.slice(0, 64)}`, 'no other member');
  return { ok: true, value: names.map((name) => entries.get(name)) };
}

/** Refuses the member at `field`. */
export function refuse<T>(field: string, rule: string): ReadBody<T> {
  return { ok: false, refusal: { reason: 'malformed_request', field, rule } };
}
