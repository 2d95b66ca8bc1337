import {
  BATCH_ITEMS_MAX,
  type BatchItem,
  ITEM_SPEND_MAX,
  ITEM_STEP_MS_MAX,
} from '../note/batch-commitment.ts';
import type { NoteCore, NoteTail, NoteVoid } from '../note/note.ts';
import { PERIOD_CIRCUITS, type PeriodCircuit, type PeriodParts } from '../period/period-digest.ts';
import type { Amount } from '../units/amount.ts';
import { ZERO_HASH } from '../units/id.ts';
import {
  type Codec,
  Failure,
  inconsistent,
  integer,
  list,
  named,
  object,
  oneOf,
  schemaOf,
} from './codec.ts';
import {
  amountValue,
  counterValue,
  fieldValue,
  hashValue,
  ordinalValue,
  originValue,
  partyValue,
  registryValue,
  tierValue,
} from './value-codecs.ts';

const TREE_SIZE_MAX = 2 ** 48 - 1;

export const versionValue = oneOf<1>([1], 'unknown_version');

const itemSpendValue: Codec<Amount> = {
  schema: schemaOf(amountValue),
  read: (value) => {
    const spend = amountValue.read(value);
    if (spend instanceof Failure || spend <= ITEM_SPEND_MAX) return spend;
    return new Failure('item_too_large');
  },
  write: (spend) => amountValue.write(spend),
};

const items = list(
  object<BatchItem>({ spend: itemSpendValue, stepMs: integer(0, ITEM_STEP_MS_MAX) }),
  1,
  BATCH_ITEMS_MAX,
);

/** The payments of a batch note, in order. */
export const batchItems: Codec<readonly BatchItem[]> = {
  ...items,
  read: (value) => {
    if (!Array.isArray(value)) return items.read(value);
    if (value.length === 0) return new Failure('batch_empty');
    return value.length > BATCH_ITEMS_MAX ? new Failure('batch_too_long') : items.read(value);
  },
};

/** The index of a core stays below the largest tier; below the budget's own is for the book. */
const noteCore = object<NoteCore>(
  {
    v: versionValue,
    kind: oneOf<NoteCore['kind']>(['single', 'batch']),
    origin: originValue,
    period: hashValue,
    index: integer(0, 1023),
    payer: partyValue,
    payee: partyValue,
    intent: hashValue,
    commitment: fieldValue,
  },
  (core) =>
    core.payer === core.payee ? inconsistent('payee', 'payer and payee are two keys') : undefined,
);
export const noteCoreCodec = named('NoteCore', noteCore);

/** A sequence starts at 1 after zeros and goes on after a hash. */
export function refuseFirstOfPair(seq: number, prev: string): Failure | undefined {
  return (seq === 1) === (prev === ZERO_HASH)
    ? undefined
    : inconsistent('prev', 'prev is 64 zeros exactly for seq 1');
}

const noteTail = object<NoteTail>(
  {
    v: versionValue,
    core: hashValue,
    payer: partyValue,
    payee: partyValue,
    period: hashValue,
    seq: ordinalValue,
    prev: hashValue,
  },
  (tail) => refuseFirstOfPair(tail.seq, tail.prev),
);
export const noteTailCodec = named('NoteTail', noteTail);

export const noteVoidCodec: Codec<NoteVoid> = object<NoteVoid>({
  v: versionValue,
  core: hashValue,
});

export const periodPartsCodec: Codec<PeriodParts> = object<PeriodParts>(
  {
    period: hashValue,
    budget: hashValue,
    periodIndex: counterValue,
    principal: partyValue,
    agent: partyValue,
    origin: originValue,
    firstTreeSize: integer(0, TREE_SIZE_MAX),
    lastTreeSize: integer(0, TREE_SIZE_MAX),
    lastRoot: hashValue,
    previousSummary: fieldValue,
    chainId: integer(0, Number.MAX_SAFE_INTEGER),
    registry: registryValue,
    circuit: oneOf<PeriodCircuit>(PERIOD_CIRCUITS),
    tier: tierValue,
  },
  (parts) =>
    parts.lastTreeSize < parts.firstTreeSize
      ? inconsistent('lastTreeSize', 'a tree does not shrink')
      : undefined,
);
