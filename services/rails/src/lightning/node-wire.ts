/** The words in which a Lightning node is asked by another process: small JSON, read strictly. Pure. */

import { bytesToHex, hexToBytes } from '@atomicity/kernel/codec/bytes';
import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
} from '@atomicity/kernel/codec/canonical-json';
import type { InvoiceState, PaymentState } from './lightning-node.ts';

/** Large enough for an invoice in either direction. */
export const NODE_MESSAGE_SIZE_BYTES_MAX = 16_384;

/** What can be asked; each is `POST /<name>`. */
export const NODE_CALLS = [
  'nodeId',
  'createInvoice',
  'createHoldInvoice',
  'settleHold',
  'cancelHold',
  'trackInvoice',
  'pay',
  'trackPayment',
] as const;

export type NodeCall = (typeof NODE_CALLS)[number];

const INVOICE_STATES: readonly InvoiceState[] = ['absent', 'open', 'held', 'settled', 'canceled'];
const MSAT = /^(?:0|[1-9][0-9]{0,18})$/;
const HEX_32 = /^[0-9a-f]{64}$/;

/** A message that is not what it should be: `field` names the member. */
export class UnreadableMessage extends Error {
  override readonly name = 'UnreadableMessage';
  readonly field: string;
  constructor(field: string, rule: string) {
    super(`${field}: ${rule}`);
    this.field = field;
  }
}

/** Exactly these members. */
export function membersOf(value: JsonValue | undefined, names: readonly string[]): JsonObject {
  if (!isJsonObject(value)) throw new UnreadableMessage('', 'an object');
  const unknown = Object.keys(value).find((name) => !names.includes(name));
  if (unknown !== undefined) throw new UnreadableMessage(unknown, 'not documented');
  return value;
}

export function textAt(members: JsonObject, name: string, sizeMax = 8_192): string {
  const value = members[name];
  if (typeof value === 'string' && value.length <= sizeMax) return value;
  throw new UnreadableMessage(name, `text of at most ${sizeMax} characters`);
}

export function hexAt(members: JsonObject, name: string): string {
  const value = textAt(members, name);
  if (HEX_32.test(value)) return value;
  throw new UnreadableMessage(name, '64 lower-case hex digits');
}

export function msatAt(members: JsonObject, name: string): bigint {
  const value = textAt(members, name);
  if (MSAT.test(value)) return BigInt(value);
  throw new UnreadableMessage(name, 'millisatoshis in decimal digits');
}

export function numberAt(members: JsonObject, name: string, max: number): number {
  const value = members[name];
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 1 && value <= max) {
    return value;
  }
  throw new UnreadableMessage(name, `an integer 1 … ${max}`);
}

export function writePaymentState(state: PaymentState): JsonObject {
  if (state.kind !== 'succeeded') return { ...state };
  const { kind, preimage, feeMsat } = state;
  return { kind, preimage: bytesToHex(preimage), feeMsat: feeMsat.toString() };
}

export function readPaymentState(value: JsonValue | undefined): PaymentState {
  const members = membersOf(value, ['kind', 'preimage', 'feeMsat', 'reason']);
  const { kind } = members;
  switch (kind) {
    case 'absent':
    case 'in_flight':
      return { kind };
    case 'failed':
      return { kind, reason: textAt(members, 'reason', 256) };
    case 'succeeded':
      return {
        kind,
        preimage: hexToBytes(hexAt(members, 'preimage')),
        feeMsat: msatAt(members, 'feeMsat'),
      };
    default:
      throw new UnreadableMessage('kind', 'a state of a payment');
  }
}

export function readInvoiceState(value: JsonValue | undefined): InvoiceState {
  const state = INVOICE_STATES.find((known) => known === value);
  if (state !== undefined) return state;
  throw new UnreadableMessage('', 'a state of an invoice');
}
