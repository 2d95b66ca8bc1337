import type { JsonObject, JsonValue } from '@atomicity/kernel/codec/canonical-json';
import { isJsonObject } from '@atomicity/kernel/codec/canonical-json';
import { table } from '../table.ts';

const textOf = (value: JsonValue | undefined): string =>
  value === undefined || value === null ? '–' : String(value);

/** The start of an id or a party: enough to tell them apart by eye. */
export const short = (value: JsonValue | undefined): string => {
  const text = textOf(value);
  return text.startsWith('pk:') ? text.slice(3, 11) : text.slice(0, 8);
};

const time = (value: JsonValue | undefined): string =>
  typeof value === 'number' ? new Date(value).toISOString().slice(11, 23) : '–';

function objects(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

/** Hops of `GET /v1/hops` as a table for people. */
export function hopTable(hops: JsonValue | undefined): string {
  const rows = objects(hops).map((hop) => [
    short(hop['intent']),
    short(hop['voucher']),
    `${short(hop['from'])} → ${short(hop['to'])}`,
    textOf(hop['side']),
    textOf(hop['status']),
    textOf(hop['amount']),
    textOf(hop['fee']),
    time(hop['heldAt']),
    time(hop['deadline']),
    textOf(hop['reason']),
  ]);
  const header = ['intent', 'voucher', 'from → to', 'our side', 'status', 'amount', 'fee'];
  return table([...header, 'held', 'deadline', 'reason'], rows);
}

/** A payment of `GET /v1/payments/:intent` for people. */
export function paymentText(payment: JsonObject): string {
  const { intent, order, delivery, progress, hops } = payment;
  const lines = [`Payment ${textOf(intent)}`];
  if (isJsonObject(progress)) {
    const { status, reason, hop, rounds } = progress;
    const why =
      reason === null ? '' : `, ${textOf(reason)}${hop === null ? '' : ` at ${short(hop)}`}`;
    lines.push(`  ${textOf(status)}${why}; ${textOf(rounds)} rounds of planning`);
  }
  if (isJsonObject(order)) {
    const { amountPaid, amount, denomination, feeInUse, maxFee, probeSpend, maxProbeSpend } = order;
    lines.push(
      `  paid ${textOf(amountPaid)} of ${textOf(amount)} ${textOf(denomination)}; ` +
        `fees ${textOf(feeInUse)} of ${textOf(maxFee)}; ` +
        `probes ${textOf(probeSpend)} of ${textOf(maxProbeSpend)}`,
    );
  }
  if (isJsonObject(delivery)) {
    const { vouchers, ended, finalizeReceipt } = delivery;
    const parts = Array.isArray(vouchers) ? vouchers.length : 0;
    const state = ended === true ? 'ended' : finalizeReceipt === null ? 'buffered' : 'claimed';
    lines.push(`  as receiver: ${parts} parts, ${state}`);
  }
  return `${lines.join('\n')}\n\n${hopTable(hops)}`;
}
