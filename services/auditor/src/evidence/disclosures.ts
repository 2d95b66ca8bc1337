/** Disclosures: checked against the envelope's hash, then filed by what they are. */
import { createHash } from 'node:crypto';

import {
  canonicalJson,
  isJsonObject,
  type JsonValue,
} from '@atomicity/kernel/codec/canonical-json';
import { coreHash, tailHash } from '@atomicity/kernel/note/note';
import type { SlotStatus } from '@atomicity/kernel/note/roots';
import { parseFieldHex } from '@atomicity/kernel/units/id';
import type { BodyOf, ParsedObject, WireType } from '@atomicity/kernel/wire/objects';
import { parseObject } from '@atomicity/kernel/wire/parse-object';
import { type BundleKind, type EventRecord, WITHHOLDABLE } from '../bundle/records.ts';
import { type Finding, fails } from '../claims/verdict.ts';
import { readCore, readLapse, readTail, readVoid } from './disclosed-notes.ts';
import type {
  LoggedCore,
  LoggedLapse,
  LoggedObject,
  LoggedPeriodClose,
  LoggedTail,
  LoggedVoid,
} from './evidence.ts';

/** The wire type behind each event that discloses a whole signed object. */
const OBJECT_OF: ReadonlyMap<string, WireType> = new Map([
  ['KeyDelegated', 'KeyDelegation'],
  ['KeyRevoked', 'KeyRevocation'],
  ['PolicyStated', 'PolicyStatement'],
  ['PairClosed', 'PairClose'],
  ['PeriodClosed', 'PeriodClose'],
  ['PeriodAttested', 'AttestationSummary'],
  ['EquivocationRecorded', 'EquivocationProof'],
  ['FeeMismatchRecorded', 'FeeMismatchProof'],
]);

/** Events that disclose a note's part if their hold drew on a budget, and nothing otherwise. */
const NOTE_EVENTS: ReadonlySet<string> = new Set([
  'HoldPlaced',
  'PaymentFinalized',
  'HoldVoided',
  'HoldLapsed',
]);

const ENDINGS: ReadonlySet<string> = new Set(['spent', 'void', 'lapsed', 'unspent']);

export type Filed = {
  readonly findings: Finding[];
  readonly cores: LoggedCore[];
  readonly tails: LoggedTail[];
  readonly voids: LoggedVoid[];
  readonly lapses: LoggedLapse[];
  readonly pairCloses: LoggedObject<'PairClose'>[];
  readonly policies: LoggedObject<'PolicyStatement'>[];
  readonly periodCloses: LoggedPeriodClose[];
  readonly attestations: LoggedObject<'AttestationSummary'>[];
  readonly equivocations: LoggedObject<'EquivocationProof'>[];
  readonly feeMismatches: LoggedObject<'FeeMismatchProof'>[];
  readonly delegations: LoggedObject<'KeyDelegation'>[];
  readonly revocations: LoggedObject<'KeyRevocation'>[];
  /** Key records that a sealed bundle leaves out, and the revocations among them: log indexes. */
  readonly withheld: number[];
  readonly withheldRevocations: number[];
  /** HoldPlaced events without a disclosure: log indexes. */
  readonly plainHolds: number[];
};

function emptyFiles(): Filed {
  return {
    findings: [],
    cores: [],
    tails: [],
    voids: [],
    lapses: [],
    pairCloses: [],
    policies: [],
    periodCloses: [],
    attestations: [],
    equivocations: [],
    feeMismatches: [],
    delegations: [],
    revocations: [],
    withheld: [],
    withheldRevocations: [],
    plainHolds: [],
  };
}

function parseAs<Type extends WireType>(
  value: JsonValue | undefined,
  type: Type,
): ParsedObject<BodyOf<Type>> | undefined {
  if (!isJsonObject(value)) return undefined;
  const parsed = parseObject(canonicalJson(value));
  if (parsed.kind !== 'parsed' || parsed.object.body.type !== type) return undefined;
  return parsed.object as ParsedObject<BodyOf<Type>>;
}

function isStatuses(value: JsonValue | undefined): value is readonly SlotStatus[] {
  return Array.isArray(value) && value.every((item) => ENDINGS.has(String(item)));
}

/** PeriodClosed adds what the book computed: `{body, leavesRoot, signatures, statuses}`. */
function readPeriodClose(
  value: JsonValue,
): Omit<LoggedPeriodClose, 'logIndex' | 'at' | 'stream'> | undefined {
  if (!isJsonObject(value)) return undefined;
  const { leavesRoot: root, statuses, ...wire } = value;
  const object = parseAs(wire, 'PeriodClose');
  const leavesRoot = typeof root === 'string' ? parseFieldHex(root) : undefined;
  if (object === undefined || leavesRoot === undefined || !isStatuses(statuses)) return undefined;
  return { object, leavesRoot, statuses };
}

function placeOf({ index, envelope: { stream, at } }: EventRecord) {
  return { logIndex: index, stream, at };
}

/** Files one object; false if the disclosure is not what its event type says. */
function fileObject(files: Filed, event: EventRecord, value: JsonValue, type: WireType): boolean {
  const logged = placeOf(event);
  const file = <Type extends WireType>(list: LoggedObject<Type>[], wireType: Type): boolean => {
    const object = parseAs(value, wireType);
    if (object === undefined) return false;
    list.push({ object, ...logged });
    return true;
  };
  switch (type) {
    case 'KeyDelegation':
      return file(files.delegations, type);
    case 'KeyRevocation':
      return file(files.revocations, type);
    case 'PolicyStatement':
      return file(files.policies, type);
    case 'PairClose':
      return file(files.pairCloses, type);
    case 'AttestationSummary':
      return file(files.attestations, type);
    case 'EquivocationProof':
      return file(files.equivocations, type);
    case 'FeeMismatchProof':
      return file(files.feeMismatches, type);
    case 'PeriodClose': {
      const close = readPeriodClose(value);
      if (close !== undefined) files.periodCloses.push({ ...close, ...logged });
      return close !== undefined;
    }
    default:
      return false;
  }
}

function fileNote(files: Filed, event: EventRecord, value: JsonValue): boolean {
  const logged = placeOf(event);
  switch (event.envelope.type) {
    case 'HoldPlaced': {
      const read = readCore(value);
      if (read !== undefined) files.cores.push({ hash: coreHash(read.core), ...read, ...logged });
      return read !== undefined;
    }
    case 'PaymentFinalized': {
      const read = readTail(value);
      if (read !== undefined) files.tails.push({ hash: tailHash(read.tail), ...read, ...logged });
      return read !== undefined;
    }
    case 'HoldVoided': {
      const read = readVoid(value);
      if (read !== undefined) files.voids.push({ ...read, ...logged });
      return read !== undefined;
    }
    default: {
      const read = readLapse(value);
      if (read !== undefined) files.lapses.push({ ...read, ...logged });
      return read !== undefined;
    }
  }
}

function missing(files: Filed, event: EventRecord, kind: BundleKind): Finding | undefined {
  const { type, disclosure } = event.envelope;
  const where = `log index ${event.index}`;
  if (disclosure !== null) {
    if (kind === 'full' || !WITHHOLDABLE.has(type)) {
      return fails(`the disclosure of ${type} is missing`, where);
    }
    files.withheld.push(event.index);
    if (type === 'KeyRevoked') files.withheldRevocations.push(event.index);
    return undefined;
  }
  if (type === 'HoldPlaced') files.plainHolds.push(event.index);
  return OBJECT_OF.has(type) ? fails(`${type} without the disclosure it owes`, where) : undefined;
}

/** taggedHash('Disclosure', text), on node:crypto: there is one for nearly every event. */
function disclosureHash(text: string): string {
  return createHash('sha256').update('atomicity/Disclosure/v1\0').update(text).digest('hex');
}

function check(files: Filed, event: EventRecord, kind: BundleKind): Finding | undefined {
  const { disclosure, disclosureText, envelope, index } = event;
  if (disclosureText === null) return missing(files, event, kind);
  const where = `log index ${index}`;
  if (envelope.disclosure === null) return fails('a disclosure that the log does not hold', where);
  if (disclosureHash(disclosureText) !== envelope.disclosure) {
    return fails('the disclosure is not the one that the log holds', where);
  }
  const wireType = OBJECT_OF.get(envelope.type);
  const filed =
    wireType === undefined
      ? NOTE_EVENTS.has(envelope.type) && fileNote(files, event, disclosure)
      : fileObject(files, event, disclosure, wireType);
  return filed ? undefined : fails(`the disclosure of ${envelope.type} is malformed`, where);
}

/** Starts with nothing; `add` takes the events in log order and files what they disclose. */
export function disclosureFiles(kind: BundleKind): { add(event: EventRecord): void; files: Filed } {
  const files = emptyFiles();
  return {
    files,
    add(event) {
      const finding = check(files, event, kind);
      if (finding !== undefined) files.findings.push(finding);
    },
  };
}
