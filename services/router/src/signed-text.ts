import type { Hash } from '@atomicity/kernel/units/id';
import type { WireBody } from '@atomicity/kernel/wire/objects';
import { encodeObject, objectId } from '@atomicity/kernel/wire/parse-object';
import type { Refusal } from '@atomicity/kernel/wire/refusals';
import type { VerifiedObject } from '@atomicity/kernel/wire/verified';
import type { AgentPorts } from './ports.ts';

/** The party's signature under a body; the same body gives the same text. */
export function signedText(
  ports: Pick<AgentPorts, 'sign' | 'counters'>,
  body: WireBody,
): { readonly id: Hash; readonly text: string } {
  const id = objectId(body);
  ports.counters?.signature(body.type);
  return { id, text: encodeObject(body, [ports.sign(id)]) };
}

/** True for a refusal among other values. */
export function isRefusal<Value extends object>(value: Value | Refusal): value is Refusal {
  return 'reason' in value;
}

/** Signatures that had to be checked for an object, those inside it included. */
function signatureCount({ body, signatures }: VerifiedObject): number {
  if (body.type === 'HopReceipt') return signatures.length + (body.finalize === null ? 0 : 1);
  // Two states or an offer, a receipt and a voucher, with the delegations.
  if (body.type === 'EdgeDisagreement' || body.type === 'FeeMismatchProof') return 4;
  return signatures.length;
}

/** `verify` of the ports, counted by type. */
export async function verifyText(
  ports: Pick<AgentPorts, 'verify' | 'counters'>,
  text: string,
): Promise<VerifiedObject | Refusal> {
  const value = await ports.verify(text);
  if (!isRefusal(value)) ports.counters?.verification(value.body.type, signatureCount(value));
  return value;
}
