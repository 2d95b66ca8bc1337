/** What the tables of claims are made of: edits of disclosures and lines, and small worlds. */
import type { JsonObject, JsonValue } from '@atomicity/kernel/codec/canonical-json';
import { CLAIMS, type ClaimName } from '../claims/names.ts';
import { FleetWorld } from './fleet-world.ts';
import { type Edit, resealed } from './rewritten-log.ts';

export const object = (value: JsonValue | undefined) => value as JsonObject;

/** Turns one hex digit of a text into another. */
export const flipHex = (value: JsonValue | undefined) => {
  const text = String(value);
  return `${text.slice(0, -1)}${text.endsWith('0') ? '1' : '0'}`;
};

export const inBody = (change: (body: JsonObject) => JsonObject) => (disclosure: JsonObject) => ({
  ...disclosure,
  body: change(object(disclosure['body'])),
});

export const signal = (position: number) =>
  inBody((body) => ({
    ...body,
    publicSignals: (body['publicSignals'] as string[]).map((value, index) =>
      index === position ? `0${flipHex(value).slice(1)}` : value,
    ),
  }));

/** Drops the n-th event of a type, counted from 1. */
export function without(type: string, nth: number): Edit {
  let seen = 0;
  return (event, eventType) => {
    if (eventType !== type) return event;
    seen += 1;
    return seen === nth ? undefined : event;
  };
}

export function editLine(bundle: string, type: string, edit: (line: string) => string): string {
  return resealed(bundle, (lines) => {
    const index = lines.findLastIndex((line) => line.includes(`"type":"${type}"}`));
    return lines.map((line, position) => (position === index ? edit(line) : line));
  });
}

export type Case = { readonly why: string; readonly bundle: () => Promise<string> | string };
export type TrustedCase = Case & { readonly trust?: () => string };

export async function freshWorld(
  act: (fresh: FleetWorld) => Promise<void> | void,
): Promise<FleetWorld> {
  const fresh = new FleetWorld();
  await act(fresh);
  await fresh.checkpoint();
  return fresh;
}

export function rowsOf(table: Partial<Record<ClaimName, readonly TrustedCase[]>>) {
  return CLAIMS.flatMap((claim) => (table[claim] ?? []).map((row) => ({ claim, ...row })));
}
