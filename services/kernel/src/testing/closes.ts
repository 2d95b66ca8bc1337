/** Builders for closes, attestations, proofs and erasures, valid for the given book unless changed. */
import type { BookState } from '../book/state.ts';
import { pairId } from '../book/state.ts';
import { fieldToHex } from '../codec/field.ts';
import { coreHash, type NoteCore, tailHash, tailOf } from '../note/note.ts';
import { tokensRoot } from '../note/roots.ts';
import { circuitOf, nullifier, type PeriodParts, periodDigest } from '../period/period-digest.ts';
import { periodHash } from '../period/period-hash.ts';
import { endedSlots } from '../period-close/count-period.ts';
import { type FieldHex, type Hash, ZERO_FIELD, ZERO_HASH } from '../units/id.ts';
import type { PublicSignals } from '../wire/objects.ts';
import { type TestKey, testHash } from './keys.ts';
import {
  AGENT,
  type Built,
  type Change,
  must,
  OPERATOR,
  ORIGIN,
  own,
  PRINCIPAL,
  type TestParty,
  through,
  type World,
} from './world.ts';

export function pairClose(
  world: World,
  state: BookState,
  period: Hash,
  payee: TestParty,
  change: Change<'PairClose'> = {},
): Built<'PairClose'> {
  const [one, other] = [AGENT.noteKey(payee.id, period), payee.noteKey(AGENT.id, period)];
  const pair = state.periods.get(period)?.pairs.get(pairId(one.id, other.id));
  return world.object(
    {
      v: 1,
      type: 'PairClose',
      period,
      payer: one.id,
      payee: other.id,
      lastSeq: pair?.lastSeq ?? 0,
      prev: pair?.prev ?? ZERO_HASH,
      nonce: world.nonce(),
      ...change,
    },
    own(one),
    own(other),
  );
}

export function periodClose(
  world: World,
  state: BookState,
  budgetId: Hash,
  change: Change<'PeriodClose'> & { readonly signer?: TestParty } = {},
): Built<'PeriodClose'> {
  const { signer = PRINCIPAL, ...rest } = change;
  const held = must(state.budgets.get(budgetId), 'budget');
  const periodIndex = rest.periodIndex ?? held.periodIndex;
  const id = periodHash(budgetId, periodIndex);
  const period = state.periods.get(id);
  const ready = period !== undefined && period.open === 0 && period.closed === null;
  const root = ready ? fieldToHex(tokensRoot(endedSlots(period), held.terms.tier)) : ZERO_FIELD;
  return world.object(
    {
      v: 1,
      type: 'PeriodClose',
      budget: budgetId,
      period: id,
      periodIndex,
      count: period?.count ?? 0,
      tokensRoot: root,
      final: false,
      nonce: world.nonce(),
      ...rest,
    },
    through(signer),
  );
}

type AttestationChange = Omit<Change<'AttestationSummary'>, 'parts'> & {
  readonly parts?: Partial<PeriodParts>;
  readonly signer?: TestParty;
};

export function attestation(
  world: World,
  state: BookState,
  budgetId: Hash,
  periodIndex: number,
  changes: AttestationChange = {},
): Built<'AttestationSummary'> {
  const { signer = OPERATOR, parts: partsChange = {}, ...change } = changes;
  const held = must(state.budgets.get(budgetId), 'budget');
  const { principal, agent, tier } = held.terms;
  const period = periodHash(budgetId, periodIndex);
  const closed = state.periods.get(period)?.closed;
  const parts: PeriodParts = {
    period,
    budget: budgetId,
    periodIndex,
    principal,
    agent,
    origin: ORIGIN,
    firstTreeSize: 0,
    lastTreeSize: 100,
    lastRoot: testHash('root'),
    previousSummary: held.lastSummary ?? ZERO_FIELD,
    chainId: 0,
    registry: '0'.repeat(40),
    circuit: circuitOf(state.periods.get(period)?.kind ?? null),
    tier,
    ...partsChange,
  };
  const publicSignals: PublicSignals = [
    closed?.leavesRoot ?? ZERO_FIELD,
    closed?.tokensRoot ?? ZERO_FIELD,
    `00${testHash(`summary ${periodIndex}`).slice(2)}` as FieldHex,
    held.policy?.policyDigest ?? ZERO_FIELD,
    fieldToHex(periodDigest(parts)),
    fieldToHex(nullifier(budgetId, periodIndex)),
  ];
  return world.object(
    {
      v: 1,
      type: 'AttestationSummary',
      budget: budgetId,
      period,
      periodIndex,
      circuit: { name: parts.circuit, tier: parts.tier },
      parts,
      publicSignals,
      proof: {
        a: ['1', '2'],
        b: [
          ['1', '2'],
          ['3', '4'],
        ],
        c: ['1', '2'],
      },
      verificationKeyHash: testHash('verification key'),
      nonce: world.nonce(),
      ...change,
    },
    through(signer),
  );
}

export function equivocation(
  world: World,
  core: NoteCore,
  payer: TestKey,
): Built<'EquivocationProof'> {
  const other: NoteCore = { ...core, intent: testHash('another intent') };
  const evidence = (one: NoteCore) => ({ object: one, sig: world.sign(payer, coreHash(one)) });
  return world.object({
    v: 1,
    type: 'EquivocationProof',
    kind: 'core',
    first: evidence(core),
    second: evidence(other),
  });
}

export function tailEquivocation(
  world: World,
  core: NoteCore,
  payee: TestKey,
): Built<'EquivocationProof'> {
  const evidence = (prev: Hash) => {
    const tail = tailOf(core, 2, prev);
    return { object: tail, sig: world.sign(payee, tailHash(tail)) };
  };
  return world.object({
    v: 1,
    type: 'EquivocationProof',
    kind: 'tail',
    first: evidence(testHash('one')),
    second: evidence(testHash('two')),
  });
}

export function erasure(
  world: World,
  event: Hash,
  signer: TestParty = OPERATOR,
): Built<'PayloadErasure'> {
  return world.object(
    { v: 1, type: 'PayloadErasure', eventId: event, reason: 'test', nonce: world.nonce() },
    through(signer),
  );
}
