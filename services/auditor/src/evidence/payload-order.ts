/** Payloads against their commitments, and the missing ones against the orders that erased them. */
import { createHash } from 'node:crypto';
import { isJsonObject, type JsonObject } from '@atomicity/kernel/codec/canonical-json';
import type { EventRecord } from '../bundle/records.ts';
import { type Finding, fails, notShown } from '../claims/verdict.ts';

export type PayloadCheck = {
  add(event: EventRecord): void;
  /** Valid after the last event. */
  result(): {
    readonly findings: readonly Finding[];
    readonly holdsWithoutNote: readonly Finding[];
    readonly opened: number;
    readonly erased: number;
  };
};

function commitmentOf(salt: string, payload: string): string {
  const hash = createHash('sha256').update('atomicity/Payload/v1\0');
  return hash.update(Buffer.from(salt, 'hex')).update(payload).digest('hex');
}

function bodyOf(payload: JsonObject): JsonObject {
  const { cause } = payload;
  const object = isJsonObject(cause) ? cause['object'] : undefined;
  const body = isJsonObject(object) ? object['body'] : undefined;
  return isJsonObject(body) ? body : {};
}

/** Starts for a full bundle; `add` takes the events in log order. */
export function payloadCheck(): PayloadCheck {
  const findings: Finding[] = [];
  const holdsWithoutNote: Finding[] = [];
  const missing: { readonly eventId: string | null; readonly where: string }[] = [];
  const ordered = new Set<unknown>();
  let opened = 0;
  const judgeHold = ({ envelope, payload }: EventRecord, where: string) => {
    if (envelope.type !== 'HoldPlaced' || envelope.disclosure !== null) return;
    if (payload === null) {
      holdsWithoutNote.push(notShown('an erased hold without a note: under which budget?', where));
    } else if (bodyOf(payload)['grant'] !== null) {
      holdsWithoutNote.push(fails('a hold under a budget without its note', where));
    }
  };
  return {
    add(event) {
      const { envelope, payload, payloadText, salt, index, eventId } = event;
      const where = `log index ${index}`;
      judgeHold(event, where);
      if (payload === null || payloadText === null || salt === null) {
        missing.push({ eventId, where });
        return;
      }
      if (commitmentOf(salt, payloadText) !== envelope.payloadCommitment) {
        findings.push(fails('the payload does not open its commitment', where));
        return;
      }
      opened += 1;
      if (envelope.type === 'PayloadErased') ordered.add(bodyOf(payload)['eventId']);
    },
    result() {
      const withheld = missing.filter(({ eventId }) => !ordered.has(eventId));
      const unordered = withheld.map(({ where }) =>
        notShown('a payload is missing that no signed order erased', where),
      );
      const erased = missing.length - withheld.length;
      return { findings: [...findings, ...unordered], holdsWithoutNote, opened, erased };
    },
  };
}
