import { PERIOD_CIRCUITS, type PeriodCircuit } from '../period/period-digest.ts';
import {
  refuseAttestation,
  refuseBudget,
  refuseCertificate,
  refusePairClose,
  refusePeriodClose,
} from './budget-rules.ts';
import {
  boolean,
  type Codec,
  integer,
  list,
  named,
  nullable,
  object,
  oneOf,
  schemaOf,
} from './codec.ts';
import { body, evidence, head } from './head-codecs.ts';
import { noteCoreCodec, noteTailCodec, periodPartsCodec } from './note-codecs.ts';
import type { BodyOf, EquivocationProof, Groth16Proof, PublicSignals } from './objects.ts';
import {
  amountValue,
  categoryValue,
  coordinateValue,
  counterValue,
  denominationValue,
  fieldValue,
  hashValue,
  labelValue,
  nonceValue,
  partyValue,
  tierValue,
  timeValue,
} from './value-codecs.ts';

export const budgetDelegation = body(
  'BudgetDelegation',
  {
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
    nonce: nonceValue,
  },
  refuseBudget,
);

export const policyStatement = body('PolicyStatement', {
  budget: hashValue,
  principal: partyValue,
  agent: partyValue,
  policyDigest: fieldValue,
  tier: tierValue,
  nonce: nonceValue,
});

export const taskBudget = body('TaskBudget', {
  budget: hashValue,
  task: labelValue,
  cap: amountValue,
  nonce: nonceValue,
});

export const noteKeyCertificate = body(
  'NoteKeyCertificate',
  {
    party: partyValue,
    counterparty: partyValue,
    period: hashValue,
    noteKey: partyValue,
    nonce: nonceValue,
  },
  refuseCertificate,
);

export const pairClose = body(
  'PairClose',
  {
    period: hashValue,
    payer: partyValue,
    payee: partyValue,
    lastSeq: counterValue,
    prev: hashValue,
    nonce: nonceValue,
  },
  refusePairClose,
);

export const periodClose = body(
  'PeriodClose',
  {
    budget: hashValue,
    period: hashValue,
    periodIndex: counterValue,
    count: integer(0, 1024),
    tokensRoot: fieldValue,
    final: boolean,
    nonce: nonceValue,
  },
  refusePeriodClose,
);

/** A list of fixed length; its codec's type is the tuple's. */
const pair = list(coordinateValue, 2, 2) as unknown as Codec<readonly [string, string]>;

/** A proof by its points' affine coordinates, as in every object and file that carries one. */
export const groth16ProofValue: Codec<Groth16Proof> = object<Groth16Proof>({
  a: pair,
  b: list(pair, 2, 2) as unknown as Codec<Groth16Proof['b']>,
  c: pair,
});

export const attestationSummary = body(
  'AttestationSummary',
  {
    budget: hashValue,
    period: hashValue,
    periodIndex: counterValue,
    circuit: object<BodyOf<'AttestationSummary'>['circuit']>({
      name: oneOf<PeriodCircuit>(PERIOD_CIRCUITS),
      tier: tierValue,
    }),
    parts: periodPartsCodec,
    publicSignals: list(fieldValue, 6, 6) as unknown as Codec<PublicSignals>,
    proof: groth16ProofValue,
    verificationKeyHash: hashValue,
    nonce: nonceValue,
  },
  refuseAttestation,
);

type CoreProof = Extract<EquivocationProof, { readonly kind: 'core' }>;
type TailProof = Extract<EquivocationProof, { readonly kind: 'tail' }>;

const coreProof = object<CoreProof>({
  ...head('EquivocationProof'),
  kind: oneOf<'core'>(['core']),
  first: evidence(noteCoreCodec),
  second: evidence(noteCoreCodec),
});

const tailProof = object<TailProof>({
  ...head('EquivocationProof'),
  kind: oneOf<'core' | 'tail'>(['core', 'tail']) as Codec<'tail'>,
  first: evidence(noteTailCodec),
  second: evidence(noteTailCodec),
});

const eitherProof: Codec<EquivocationProof> = {
  schema: { oneOf: [schemaOf(coreProof), schemaOf(tailProof)] },
  // Anything but a core proof is read as a tail proof, whose `kind` then names what is allowed.
  read: (value) =>
    value !== null && typeof value === 'object' && 'kind' in value && value.kind === 'core'
      ? coreProof.read(value)
      : tailProof.read(value),
  write: (proof) => (proof.kind === 'core' ? coreProof.write(proof) : tailProof.write(proof)),
};

export const equivocationProof = named('EquivocationProof', eitherProof);
