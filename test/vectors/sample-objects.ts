import { fieldToHex } from '@atomicity/kernel/codec/field';
import { authorizationId } from '@atomicity/kernel/note/commitment';
import { coreHash, type NoteCore, tailHash, tailOf, voidHash } from '@atomicity/kernel/note/note';
import { tokensRoot } from '@atomicity/kernel/note/roots';
import { nullifier, type PeriodParts, periodDigest } from '@atomicity/kernel/period/period-digest';
import { periodHash } from '@atomicity/kernel/period/period-hash';
import { policyDigest } from '@atomicity/kernel/policy/policy-digest';
import { amount } from '@atomicity/kernel/units/amount';
import { type Denomination, parseDenomination } from '@atomicity/kernel/units/denomination';
import { type Hash, ZERO_FIELD, ZERO_HASH } from '@atomicity/kernel/units/id';
import { type UnixMs, unixMs } from '@atomicity/kernel/units/time';
import { budgetHash } from '@atomicity/kernel/wire/budget-hash';
import { nextIdentityHash } from '@atomicity/kernel/wire/identity-hash';
import type { BodyOf } from '@atomicity/kernel/wire/objects';
import { objectId } from '@atomicity/kernel/wire/parse-object';
import { networkSamples } from './network-samples.ts';
import { hash, key, nonce, type Signed, sign, signed } from './sample-keys.ts';
import { grantedVoucher, SAMPLE_ORIGIN } from './sample-vouchers.ts';

const keys = {
  principal: key('principal'),
  next: key('next principal'),
  agent: key('agent'),
  agentKey: key('agent, delegated'),
  payee: key('payee'),
  payerNote: key('payer note'),
  payeeNote: key('payee note'),
  operator: key('operator'),
};

const USD: Denomination = parseDenomination('USD/6') ?? ('' as Denomination);
const START: UnixMs = unixMs(1_767_225_600_000);
const END: UnixMs = unixMs(START + 86_400_000);
const AT: UnixMs = unixMs(START + 3_600_000);
export const ORIGIN = SAMPLE_ORIGIN;

const ids = { agent: keys.agent.id, nonce: nonce('budget'), principal: keys.principal.id };

export const sampleBudget: BodyOf<'BudgetDelegation'> = {
  v: 1,
  type: 'BudgetDelegation',
  budget: budgetHash(ids),
  principal: ids.principal,
  agent: ids.agent,
  denomination: USD,
  cap: amount(5_000_000_000n),
  windowStart: START,
  windowEnd: END,
  categories: [
    { name: 'inference', ceiling: amount(50_000_000n), cap: amount(4_000_000_000n) },
    { name: 'storage', ceiling: amount(10_000_000n), cap: amount(1_000_000_000n) },
  ],
  payees: [{ party: keys.payee.id, category: 1 }],
  defaultCategory: 0,
  tier: 16,
  parent: null,
  policySalt: nonce('policy'),
  nonce: ids.nonce,
};

const period = periodHash(sampleBudget.budget, 0);
const budgetRef = { budget: sampleBudget.budget, period, periodIndex: 0 };

const edge: BodyOf<'EdgeAgreement'> = {
  v: 1,
  type: 'EdgeAgreement',
  a: [keys.principal.id, keys.payee.id].sort()[0] ?? keys.payee.id,
  b: [keys.principal.id, keys.payee.id].sort()[1] ?? keys.payee.id,
  denomination: USD,
  limitA: amount(0n),
  limitB: amount(9_223_372_036_854_775_807n),
  rateBps: 450,
  expiresAt: END,
  graceMs: 60_000,
  haircutBps: 100,
  nonce: nonce('edge'),
};

const intent: BodyOf<'PaymentIntent'> = {
  v: 1,
  type: 'PaymentIntent',
  receiver: keys.payee.id,
  denomination: USD,
  amount: amount(1_250_000n),
  expiresAt: unixMs(AT + 60_000),
  description: 'déjà vu "quoted" \u2028 😀',
  policyHash: null,
  constraints: { maxFeeBps: 50, latencyMs: 2_000 },
  delivery: null,
  nonce: nonce('intent'),
};

const place = { budget: sampleBudget.budget, period, intent, edge };
export const sampleVoucher = grantedVoucher(place);
/** The same hold as three payments under one batch note. */
export const sampleBatchVoucher = grantedVoucher(place, [
  { spend: amount(1_000_000n), stepMs: 0 },
  { spend: amount(250_000n), stepMs: 20_000 },
  { spend: amount(250n), stepMs: 10_000 },
]);
const core = sampleVoucher.grant.core;
const tail = tailOf(core, 1, ZERO_HASH);

const receipt: BodyOf<'FinalizeReceipt'> = {
  v: 1,
  type: 'FinalizeReceipt',
  intent: sampleVoucher.intent,
  voucher: objectId(sampleVoucher),
  amount: sampleVoucher.amount,
  fee: sampleVoucher.fee,
  at: unixMs(AT + 5_000),
  notes: [{ core: tail.core, seq: 1, prev: ZERO_HASH, sig: sign(tailHash(tail), keys.payeeNote) }],
  delivery: null,
  nonce: nonce('receipt'),
};

const voidReceipt: BodyOf<'VoidReceipt'> = {
  v: 1,
  type: 'VoidReceipt',
  intent: sampleVoucher.intent,
  voucher: objectId(sampleVoucher),
  noteVoid: {
    core: tail.core,
    sig: sign(voidHash({ v: 1, core: tail.core }), keys.payeeNote),
  },
  nonce: nonce('void'),
};

export const sampleParts: PeriodParts = {
  ...budgetRef,
  principal: ids.principal,
  agent: ids.agent,
  origin: ORIGIN,
  firstTreeSize: 12,
  lastTreeSize: 4_711,
  lastRoot: hash('root'),
  previousSummary: ZERO_FIELD,
  chainId: 0,
  registry: '0'.repeat(40),
  circuit: 'spend',
  tier: 16,
};

export const sampleAuthorization = authorizationId({
  budget: sampleBudget.budget,
  category: 1,
  index: 0,
  intent: sampleVoucher.intent,
  nonce: sampleVoucher.grant.authorizationNonce,
  payee: keys.payee.id,
  period,
});

const attestation: BodyOf<'AttestationSummary'> = {
  v: 1,
  type: 'AttestationSummary',
  ...budgetRef,
  circuit: { name: 'spend', tier: 16 },
  parts: sampleParts,
  publicSignals: [
    ZERO_FIELD,
    ZERO_FIELD,
    ZERO_FIELD,
    fieldToHex(policyDigest(sampleBudget)),
    fieldToHex(periodDigest(sampleParts)),
    fieldToHex(nullifier(sampleBudget.budget, 0)),
  ],
  proof: {
    a: ['1', '2'],
    b: [
      ['3', '4'],
      ['5', '6'],
    ],
    c: ['7', '8'],
  },
  verificationKeyHash: hash('verification key'),
  nonce: nonce('attestation'),
};

function equivocations(): readonly BodyOf<'EquivocationProof'>[] {
  const head = { v: 1, type: 'EquivocationProof' } as const;
  const coreOf = (object: NoteCore) => ({ object, sig: sign(coreHash(object), keys.payerNote) });
  const tailFor = (object: NoteCore) => {
    const made = tailOf(object, 1, ZERO_HASH);
    return { object: made, sig: sign(tailHash(made), keys.payeeNote) };
  };
  const other = { ...core, intent: hash('another intent') };
  return [
    { ...head, kind: 'core', first: coreOf(core), second: coreOf(other) },
    { ...head, kind: 'tail', first: tailFor(core), second: tailFor(other) },
  ];
}

const head = { v: 1 } as const;
const { principal, agent, agentKey, payee, payerNote, payeeNote, operator, next } = keys;

function keyAndEdgeSamples(): readonly Signed[] {
  return [
    signed(
      {
        ...head,
        type: 'KeyDelegation',
        party: agent.id,
        key: agentKey.id,
        roles: ['auditor', 'party'],
        nextIdentityHash: nextIdentityHash(next.id),
        notBefore: START,
        expiresAt: END,
        nonce: nonce('delegation'),
      },
      [[agent, agent]],
    ),
    signed(
      {
        ...head,
        type: 'KeyRevocation',
        party: agent.id,
        key: agentKey.id,
        nonce: nonce('revocation'),
      },
      [[agent, next]],
    ),
    signed(
      edge,
      [principal, payee].map((party) => [party, party] as const),
    ),
    signed(
      {
        ...head,
        type: 'EdgeLimitChange',
        edge: objectId(edge),
        grantor: payee.id,
        limit: amount(7_000_000n),
        sequence: 1,
        nonce: nonce('limit'),
      },
      [[payee, payee]],
    ),
  ];
}

function budgetSamples(): readonly Signed[] {
  return [
    signed(sampleBudget, [[principal, principal]]),
    signed(
      {
        ...head,
        type: 'PolicyStatement',
        budget: sampleBudget.budget,
        principal: principal.id,
        agent: agent.id,
        policyDigest: fieldToHex(policyDigest(sampleBudget)),
        tier: 16,
        nonce: nonce('statement'),
      },
      [[principal, principal]],
    ),
    signed(
      {
        ...head,
        type: 'TaskBudget',
        budget: sampleBudget.budget,
        task: 'nightly-run',
        cap: amount(100_000_000n),
        nonce: nonce('task'),
      },
      [[agent, agentKey]],
    ),
    signed(
      {
        ...head,
        type: 'NoteKeyCertificate',
        party: payee.id,
        counterparty: principal.id,
        period,
        noteKey: payeeNote.id,
        nonce: nonce('certificate'),
      },
      [
        [payee, payee],
        [payeeNote, payeeNote],
      ],
    ),
  ];
}

function paymentSamples(): readonly Signed[] {
  return [
    signed(intent, [[payee, payee]]),
    signed(sampleVoucher, [[agent, agentKey]]),
    signed(receipt, [[payee, payee]]),
    signed(voidReceipt, [[payee, payee]]),
  ];
}

function closingSamples(): readonly Signed[] {
  return [
    signed(
      {
        ...head,
        type: 'PairClose',
        period,
        payer: payerNote.id,
        payee: payeeNote.id,
        lastSeq: 1,
        prev: tailHash(tail),
        nonce: nonce('pair'),
      },
      [
        [payerNote, payerNote],
        [payeeNote, payeeNote],
      ],
    ),
    signed(
      {
        ...head,
        type: 'PeriodClose',
        ...budgetRef,
        count: 1,
        tokensRoot: fieldToHex(
          tokensRoot([{ authorization: sampleAuthorization, category: 1 }], 16),
        ),
        final: true,
        nonce: nonce('close'),
      },
      [[principal, principal]],
    ),
    signed(attestation, [[operator, operator]]),
    ...equivocations().map((body) => signed(body, [])),
    signed(
      {
        ...head,
        type: 'PayloadErasure',
        eventId: hash('event'),
        reason: 'request of the data subject',
        nonce: nonce('erasure'),
      },
      [[operator, operator]],
    ),
  ];
}

/** One or more signed objects of every type, each well-formed and verifiable. */
export function sampleObjects(): readonly Signed[] {
  return [
    ...keyAndEdgeSamples(),
    ...budgetSamples(),
    ...paymentSamples(),
    ...closingSamples(),
    ...networkSamples(),
    signed(sampleBatchVoucher, [[agent, agentKey]]),
  ];
}

/** Finds the one core of this world. */
export function findSampleCore(wanted: Hash): NoteCore | undefined {
  return wanted === coreHash(core) ? core : undefined;
}
