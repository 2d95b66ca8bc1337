/** Payloads against their commitments; those that are missing, and the orders that erase some. */
import { createHash } from 'node:crypto';
import {
  canonicalJson,
  isJsonObject,
  type JsonObject,
} from '@atomicity/kernel/codec/canonical-json';
import { type PartyId, parsePartyId, type StreamId } from '@atomicity/kernel/units/id';
import type { BodyOf, ParsedObject } from '@atomicity/kernel/wire/objects';
import { parseObject } from '@atomicity/kernel/wire/parse-object';
import type { EventRecord } from '../bundle/records.ts';
import { type Finding, fails, notShown } from '../claims/verdict.ts';
import type { LoggedErasure, MissingPayload } from './evidence.ts';

export type PayloadCheck = {
  add(event: EventRecord): void;
  /** Valid after the last event. */
  result(): {
    readonly findings: readonly Finding[];
    readonly holdsWithoutNote: readonly Finding[];
    readonly opened: number;
    readonly missing: readonly MissingPayload[];
    readonly erasures: readonly LoggedErasure[];
  };
};

function commitmentOf(salt: string, payload: string): string {
  const hash = createHash('sha256').update('atomicity/Payload/v1\0');
  return hash.update(Buffer.from(salt, 'hex')).update(payload).digest('hex');
}

function objectOf({ cause }: JsonObject): JsonObject {
  const object = isJsonObject(cause) ? cause['object'] : undefined;
  return isJsonObject(object) ? object : {};
}

function bodyOf(payload: JsonObject): JsonObject {
  const { body } = objectOf(payload);
  return isJsonObject(body) ? body : {};
}

function erasureOf(payload: JsonObject): ParsedObject<BodyOf<'PayloadErasure'>> | undefined {
  const parsed = parseObject(canonicalJson(objectOf(payload)));
  if (parsed.kind !== 'parsed') return undefined;
  const { id, body, signatures, text } = parsed.object;
  return body.type === 'PayloadErasure' ? { id, body, signatures, text } : undefined;
}

/** The operator that a book names when it opens. */
function operatorIn({ data }: JsonObject): PartyId | undefined {
  const operator = isJsonObject(data) ? data['operator'] : undefined;
  return typeof operator === 'string' ? parsePartyId(operator) : undefined;
}

/** Starts for a full bundle; `add` takes the events in log order. */
export function payloadCheck(): PayloadCheck {
  const findings: Finding[] = [];
  const holdsWithoutNote: Finding[] = [];
  const missing: MissingPayload[] = [];
  const erasures: LoggedErasure[] = [];
  const operators = new Map<StreamId, PartyId>();
  let opened = 0;
  const judgeHold = ({ envelope, payload }: EventRecord, where: string) => {
    if (envelope.type !== 'HoldPlaced' || envelope.disclosure !== null) return;
    if (payload === null) {
      holdsWithoutNote.push(notShown('an erased hold without a note: under which budget?', where));
    } else if (bodyOf(payload)['grant'] !== null) {
      holdsWithoutNote.push(fails('a hold under a budget without its note', where));
    }
  };
  const judgeOrder = ({ envelope, index }: EventRecord, payload: JsonObject, where: string) => {
    const object = erasureOf(payload);
    if (object === undefined) {
      findings.push(fails('an erasure without its order', where));
      return;
    }
    const { stream, at } = envelope;
    erasures.push({ object, logIndex: index, stream, at, operator: operators.get(stream) });
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
      if (envelope.type === 'BookOpened') {
        const operator = operatorIn(payload);
        if (operator !== undefined) operators.set(envelope.stream, operator);
      }
      if (envelope.type === 'PayloadErased') judgeOrder(event, payload, where);
    },
    result: () => ({ findings, holdsWithoutNote, opened, missing, erasures }),
  };
}
