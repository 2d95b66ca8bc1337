import type { NoteCore, NoteTail, NoteVoid } from '../note/note.ts';
import type { PeriodParts } from '../period/period-digest.ts';
import { ZERO_HASH } from '../units/id.ts';
import { type Codec, Failure, inconsistent, integer, named, object, oneOf } from './codec.ts';
import {
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

const kinds = oneOf<NoteCore['kind']>(['single', 'batch']);
const kindValue: Codec<NoteCore['kind']> = {
  schema: { const: 'single' },
  read: (value) => {
    const kind = kinds.read(value);
    return kind === 'batch' ? new Failure('note_kind_not_enabled') : kind;
  },
  write: (kind) => kind,
};

/** The index of a core stays below the largest tier; below the budget's own is for the book. */
const noteCore = object<NoteCore>(
  {
    v: versionValue,
    kind: kindValue,
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
    circuit: oneOf<'spend'>(['spend']),
    tier: tierValue,
  },
  (parts) =>
    parts.lastTreeSize < parts.firstTreeSize
      ? inconsistent('lastTreeSize', 'a tree does not shrink')
      : undefined,
);
