import {
  refuseAttestation,
  refuseBudget,
  refuseCertificate,
  refuseDelegation,
  refuseEdge,
  refuseEquivocation,
  refuseGrant,
  refusePairClose,
  refusePeriodClose,
  refuseReceipt,
  refuseVoucher,
} from './body-rules.ts';
import { boolean, type Codec, integer, list, nullable, object, oneOf } from './codec.ts';
import {
  noteCoreCodec,
  noteTailCodec,
  periodPartsCodec,
  refuseFirstOfPair,
  versionValue,
} from './note-codecs.ts';
import type {
  BodyOf,
  EquivocationProof,
  Grant,
  Groth16Proof,
  PublicSignals,
  ReceiptNote,
  Role,
  SignedEvidence,
  WireType,
} from './objects.ts';
import {
  amountValue,
  bpsValue,
  coordinateValue,
  counterValue,
  denominationValue,
  durationValue,
  fieldValue,
  hashValue,
  labelValue,
  nonceValue,
  ordinalValue,
  partyValue,
  proseValue,
  signatureValue,
  tierValue,
  timeValue,
} from './value-codecs.ts';

/** Members that every body has, and those that all but EquivocationProof end with. */
const head = <Type extends WireType>(type: Type) => ({
  v: versionValue,
  type: oneOf<Type>([type]),
});
const nonce = nonceValue;

const keyDelegation = object<BodyOf<'KeyDelegation'>>(
  {
    ...head('KeyDelegation'),
    party: partyValue,
    key: partyValue,
    roles: list(oneOf<Role>(['party', 'operator', 'auditor']), 1, 3),
    nextIdentityHash: hashValue,
    notBefore: timeValue,
    expiresAt: timeValue,
    nonce,
  },
  refuseDelegation,
);

const keyRevocation = object<BodyOf<'KeyRevocation'>>({
  ...head('KeyRevocation'),
  party: partyValue,
  key: partyValue,
  nonce,
});

const edgeAgreement = object<BodyOf<'EdgeAgreement'>>(
  {
    ...head('EdgeAgreement'),
    a: partyValue,
    b: partyValue,
    denomination: denominationValue,
    limitA: amountValue,
    limitB: amountValue,
    rateBps: integer(0, 100_000),
    expiresAt: timeValue,
    graceMs: durationValue,
    haircutBps: bpsValue,
    nonce,
  },
  refuseEdge,
);

const edgeLimitChange = object<BodyOf<'EdgeLimitChange'>>({
  ...head('EdgeLimitChange'),
  edge: hashValue,
  grantor: partyValue,
  limit: amountValue,
  sequence: ordinalValue,
  nonce,
});

const categoryValue = integer(0, 7);

const budgetDelegation = object<BodyOf<'BudgetDelegation'>>(
  {
    ...head('BudgetDelegation'),
    budget: hashValue,
    principal: partyValue,
    agent: partyValue,
    denomination: denominationValue,
    cap: amountValue,
    windowStart: timeValue,
    windowEnd: timeValue,
    categories: list(
      object<BodyOf<'BudgetDelegation'>['categories'][number]>({
        name: labelValue,
        ceiling: amountValue,
        cap: amountValue,
      }),
      1,
      8,
    ),
    payees: list(
      object<BodyOf<'BudgetDelegation'>['payees'][number]>({
        party: partyValue,
        category: categoryValue,
      }),
      0,
      256,
    ),
    defaultCategory: nullable(categoryValue),
    tier: tierValue,
    parent: nullable(hashValue),
    policySalt: nonceValue,
    nonce,
  },
  refuseBudget,
);

const policyStatement = object<BodyOf<'PolicyStatement'>>({
  ...head('PolicyStatement'),
  budget: hashValue,
  principal: partyValue,
  agent: partyValue,
  policyDigest: fieldValue,
  tier: tierValue,
  nonce,
});

const taskBudget = object<BodyOf<'TaskBudget'>>({
  ...head('TaskBudget'),
  budget: hashValue,
  task: labelValue,
  cap: amountValue,
  nonce,
});

const noteKeyCertificate = object<BodyOf<'NoteKeyCertificate'>>(
  {
    ...head('NoteKeyCertificate'),
    party: partyValue,
    counterparty: partyValue,
    period: hashValue,
    noteKey: partyValue,
    nonce,
  },
  refuseCertificate,
);

const paymentIntent = object<BodyOf<'PaymentIntent'>>({
  ...head('PaymentIntent'),
  receiver: partyValue,
  denomination: denominationValue,
  amount: amountValue,
  expiresAt: timeValue,
  description: proseValue(0, 256),
  policyHash: nullable(hashValue),
  constraints: object<BodyOf<'PaymentIntent'>['constraints']>({
    maxFeeBps: bpsValue,
    latencyMs: durationValue,
  }),
  nonce,
});

const grant = object<Grant>(
  {
    budget: hashValue,
    task: nullable(labelValue),
    period: hashValue,
    index: integer(0, 1023),
    category: categoryValue,
    regime: integer(0, 31),
    authorizationNonce: nonceValue,
    noteSalt: nonceValue,
    core: noteCoreCodec,
    coreSig: signatureValue,
  },
  refuseGrant,
);

const capacityVoucher = object<BodyOf<'CapacityVoucher'>>(
  {
    ...head('CapacityVoucher'),
    intent: hashValue,
    edge: hashValue,
    from: partyValue,
    to: partyValue,
    denomination: denominationValue,
    amount: amountValue,
    fee: amountValue,
    at: timeValue,
    expiresAt: timeValue,
    policyHash: nullable(hashValue),
    prevReceipt: nullable(hashValue),
    grant: nullable(grant),
    nonce,
  },
  refuseVoucher,
);

const receiptNote = object<ReceiptNote>(
  { core: hashValue, seq: ordinalValue, prev: hashValue, sig: signatureValue },
  (note) => refuseFirstOfPair(note.seq, note.prev),
);

const finalizeReceipt = object<BodyOf<'FinalizeReceipt'>>(
  {
    ...head('FinalizeReceipt'),
    intent: hashValue,
    voucher: hashValue,
    amount: amountValue,
    fee: amountValue,
    at: timeValue,
    notes: list(receiptNote, 0, 1),
    nonce,
  },
  refuseReceipt,
);

const voidReceipt = object<BodyOf<'VoidReceipt'>>({
  ...head('VoidReceipt'),
  intent: hashValue,
  voucher: hashValue,
  noteVoid: nullable(
    object<NonNullable<BodyOf<'VoidReceipt'>['noteVoid']>>({
      core: hashValue,
      sig: signatureValue,
    }),
  ),
  nonce,
});

const pairClose = object<BodyOf<'PairClose'>>(
  {
    ...head('PairClose'),
    period: hashValue,
    payer: partyValue,
    payee: partyValue,
    lastSeq: counterValue,
    prev: hashValue,
    nonce,
  },
  refusePairClose,
);

const periodClose = object<BodyOf<'PeriodClose'>>(
  {
    ...head('PeriodClose'),
    budget: hashValue,
    period: hashValue,
    periodIndex: counterValue,
    count: integer(0, 1024),
    tokensRoot: fieldValue,
    final: boolean,
    nonce,
  },
  refusePeriodClose,
);

/** A list of fixed length; its codec's type is the tuple's. */
const pair = list(coordinateValue, 2, 2) as unknown as Codec<readonly [string, string]>;

const attestationSummary = object<BodyOf<'AttestationSummary'>>(
  {
    ...head('AttestationSummary'),
    budget: hashValue,
    period: hashValue,
    periodIndex: counterValue,
    circuit: object<BodyOf<'AttestationSummary'>['circuit']>({
      name: oneOf<'spend'>(['spend']),
      tier: tierValue,
    }),
    parts: periodPartsCodec,
    publicSignals: list(fieldValue, 6, 6) as unknown as Codec<PublicSignals>,
    proof: object<Groth16Proof>({
      a: pair,
      b: list(pair, 2, 2) as unknown as Codec<Groth16Proof['b']>,
      c: pair,
    }),
    verificationKeyHash: hashValue,
    nonce,
  },
  refuseAttestation,
);

function evidence<T>(codec: Codec<T>): Codec<SignedEvidence<T>> {
  return object<SignedEvidence<T>>({ object: codec, sig: signatureValue });
}

type CoreProof = Extract<EquivocationProof, { readonly kind: 'core' }>;
type TailProof = Extract<EquivocationProof, { readonly kind: 'tail' }>;

const coreProof = object<CoreProof>(
  {
    ...head('EquivocationProof'),
    kind: oneOf<'core'>(['core']),
    first: evidence(noteCoreCodec),
    second: evidence(noteCoreCodec),
  },
  refuseEquivocation,
);

const tailProof = object<TailProof>(
  {
    ...head('EquivocationProof'),
    kind: oneOf<'core' | 'tail'>(['core', 'tail']) as Codec<'tail'>,
    first: evidence(noteTailCodec),
    second: evidence(noteTailCodec),
  },
  refuseEquivocation,
);

const equivocationProof: Codec<EquivocationProof> = {
  // Anything but a core proof is read as a tail proof, whose `kind` then names what is allowed.
  read: (value) =>
    value !== null && typeof value === 'object' && 'kind' in value && value.kind === 'core'
      ? coreProof.read(value)
      : tailProof.read(value),
  write: (proof) => (proof.kind === 'core' ? coreProof.write(proof) : tailProof.write(proof)),
};

const payloadErasure = object<BodyOf<'PayloadErasure'>>({
  ...head('PayloadErasure'),
  eventId: hashValue,
  reason: proseValue(1, 256),
  nonce,
});

/** How each enabled type is read and written. */
export const bodyCodecs: { readonly [Type in WireType]: Codec<BodyOf<Type>> } = {
  KeyDelegation: keyDelegation,
  KeyRevocation: keyRevocation,
  EdgeAgreement: edgeAgreement,
  EdgeLimitChange: edgeLimitChange,
  BudgetDelegation: budgetDelegation,
  PolicyStatement: policyStatement,
  TaskBudget: taskBudget,
  NoteKeyCertificate: noteKeyCertificate,
  PaymentIntent: paymentIntent,
  CapacityVoucher: capacityVoucher,
  FinalizeReceipt: finalizeReceipt,
  VoidReceipt: voidReceipt,
  PairClose: pairClose,
  PeriodClose: periodClose,
  AttestationSummary: attestationSummary,
  EquivocationProof: equivocationProof,
  PayloadErasure: payloadErasure,
};

/** Every enabled type, in the order of docs/reference/wire-objects.md. */
export const WIRE_TYPES = Object.keys(bodyCodecs) as readonly WireType[];
