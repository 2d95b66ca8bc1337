import { isJsonObject, parseAnyJson } from '@atomicity/kernel/codec/canonical-json';
import type { Hash } from '@atomicity/kernel/units/id';
import type { PaymentIntent } from '@atomicity/kernel/wire/objects';
import { parseObject } from '@atomicity/kernel/wire/parse-object';
import { UsageError } from '../usage-error.ts';

/** What a receiver gives to whoever shall pay: its intent, and whose key signed it. Texts. */
export type Invoice = { readonly intent: string; readonly delegation: string };

export function invoiceText({ intent, delegation }: Invoice): string {
  return `${JSON.stringify({ v: 1, intent, delegation })}\n`;
}

export type ReadInvoice = Invoice & { readonly id: Hash; readonly body: PaymentIntent };

/** @throws UsageError naming the file and what is wrong with it. */
export function parseInvoice(file: string, text: string): ReadInvoice {
  const value = parseAnyJson(text)?.value;
  const { v, intent, delegation } = isJsonObject(value) ? value : {};
  if (v !== 1 || typeof intent !== 'string' || typeof delegation !== 'string') {
    throw new UsageError(`${file}: no invoice: {"v":1,"intent":"…","delegation":"…"}`);
  }
  const parsed = parseObject(intent);
  if (parsed.kind === 'refused') throw new UsageError(`${file}: intent: ${parsed.refusal.reason}`);
  const { id, body } = parsed.object;
  if (body.type !== 'PaymentIntent') throw new UsageError(`${file}: intent: a ${body.type}`);
  if (body.delivery === null) throw new UsageError(`${file}: intent: not payable from other nodes`);
  return { intent, delegation, id, body };
}
