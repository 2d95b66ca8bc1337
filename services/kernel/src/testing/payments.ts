/** Builders for payments. Each fills in what a valid object would say next in the given book. */
import type { BookState } from '../book/state.ts';
import { pairId } from '../book/state.ts';
import { fieldToHex } from '../codec/field.ts';
import { coreHash, type NoteCore, tailHash, tailOf, voidHash } from '../note/note.ts';
import { periodHash } from '../period/period-hash.ts';
import { amount } from '../units/amount.ts';
import { type FieldHex, type Hash, parseSignature, ZERO_FIELD, ZERO_HASH } from '../units/id.ts';
import { unixMs } from '../units/time.ts';
import { voucherCommitment } from '../wire/check-opening.ts';
import type { BodyOf, Grant } from '../wire/objects.ts';
import { testHash } from './keys.ts';

import {
  AGENT,
  type Built,
  type Change,
  HOUR,
  must,
  ORIGIN,
  partyOf,
  START,
  type TestParty,
  through,
  USD,
  type World,
} from './world.ts';

export function intent(
  world: World,
  receiver: TestParty,
  value: bigint,
  change: Change<'PaymentIntent'> = {},
): Built<'PaymentIntent'> {
  return world.object(
    {
      v: 1,
      type: 'PaymentIntent',
      receiver: receiver.id,
      denomination: USD,
      amount: amount(value),
      expiresAt: unixMs(START + 90 * HOUR),
      description: 'test',
      policyHash: null,
      constraints: { maxFeeBps: 1_000, latencyMs: 1_000 },
      delivery: null,
      nonce: world.nonce(),
      ...change,
    },
    through(receiver),
  );
}

type VoucherChange = Omit<Change<'CapacityVoucher'>, 'from'> & { readonly signer?: TestParty };

function voucherBody(
  world: World,
  of: Built<'PaymentIntent'>,
  edgeId: Hash,
  from: TestParty,
  change: Change<'CapacityVoucher'>,
): BodyOf<'CapacityVoucher'> {
  const at = change.at ?? START;
  return {
    v: 1,
    type: 'CapacityVoucher',
    intent: of.id,
    edge: edgeId,
    from: from.id,
    to: of.body.receiver,
    denomination: of.body.denomination,
    amount: of.body.amount,
    fee: amount(0n),
    at,
    expiresAt: unixMs(at + HOUR),
    policyHash: of.body.policyHash,
    prevReceipt: null,
    grant: null,
    route: null,
    nonce: world.nonce(),
    ...change,
  };
}

export function voucher(
  world: World,
  of: Built<'PaymentIntent'>,
  edgeId: Hash,
  from: TestParty,
  { signer = from, ...change }: VoucherChange = {},
): Built<'CapacityVoucher'> {
  return world.object(voucherBody(world, of, edgeId, from, change), through(signer));
}

type GrantChange = Partial<Omit<Grant, 'core' | 'coreSig'>> & {
  readonly core?: Partial<NoteCore>;
};

export function granted(
  world: World,
  state: BookState,
  of: Built<'PaymentIntent'>,
  edgeId: Hash,
  budgetId: Hash,
  changes: VoucherChange & { readonly from?: TestParty; readonly grants?: GrantChange } = {},
): Built<'CapacityVoucher'> {
  const { signer = AGENT, from = AGENT, grants = {}, ...change } = changes;
  const held = must(state.budgets.get(budgetId), 'budget');
  const period = grants.period ?? periodHash(budgetId, held.periodIndex);
  const index = grants.index ?? state.periods.get(period)?.count ?? 0;
  const body = voucherBody(world, of, edgeId, from, change);
  const payeeParty = partyOf(body.to);
  const payer = AGENT.noteKey(body.to, period);
  const payee = payeeParty.noteKey(AGENT.id, period);
  const listed = held.terms.payees.find(({ party }) => party === body.to)?.category;
  const { core: coreChange = {}, ...grantChange } = grants;
  const blank: Grant = {
    budget: budgetId,
    task: null,
    period,
    index,
    category: listed ?? 0,
    regime: 0,
    items: null,
    authorizationNonce: world.nonce(),
    noteSalt: world.nonce(),
    ...grantChange,
    core: {
      v: 1,
      kind: (grants.items ?? null) === null ? 'single' : 'batch',
      origin: ORIGIN,
      period,
      index,
      payer: payer.id,
      payee: payee.id,
      intent: of.id,
      commitment: ZERO_FIELD,
    },
    coreSig: must(parseSignature(`${of.id}${of.id}`), 'signature'),
  };
  const opening =
    world.crypto === 'real'
      ? fieldToHex(voucherCommitment(body, blank))
      : (`00${testHash(world.nonce()).slice(2)}` as FieldHex);
  const core: NoteCore = { ...blank.core, commitment: opening, ...coreChange };
  const signed: Grant = { ...blank, core, coreSig: world.sign(payer, coreHash(core)) };
  return world.object({ ...body, grant: signed }, through(signer));
}

export function note(
  world: World,
  state: BookState,
  grant: Grant,
  payee: TestParty,
  seq?: number,
  prev?: Hash,
) {
  const { core } = grant;
  const pair = state.periods.get(core.period)?.pairs.get(pairId(core.payer, core.payee));
  const tail = tailOf(core, seq ?? (pair?.lastSeq ?? 0) + 1, prev ?? pair?.prev ?? ZERO_HASH);
  const key = payee.noteKey(AGENT.id, core.period);
  return { core: tail.core, seq: tail.seq, prev: tail.prev, sig: world.sign(key, tailHash(tail)) };
}

export function receipt(
  world: World,
  state: BookState,
  of: Built<'CapacityVoucher'>,
  change: Change<'FinalizeReceipt'> & { readonly signer?: TestParty } = {},
): Built<'FinalizeReceipt'> {
  const { intent: intentId, to, amount: value, fee, at, grant } = of.body;
  const { signer = partyOf(to), ...rest } = change;
  const notes = grant === null ? [] : [note(world, state, grant, signer)];
  return world.object(
    {
      v: 1,
      type: 'FinalizeReceipt',
      intent: intentId,
      voucher: of.id,
      amount: value,
      fee,
      at,
      notes,
      delivery: null,
      nonce: world.nonce(),
      ...rest,
    },
    through(signer),
  );
}

export function voidReceipt(
  world: World,
  of: Built<'CapacityVoucher'>,
  change: Change<'VoidReceipt'> & { readonly signer?: TestParty } = {},
): Built<'VoidReceipt'> {
  const { intent: intentId, to, grant } = of.body;
  const { signer = partyOf(to), ...rest } = change;
  const core = grant === null ? null : coreHash(grant.core);
  const key = grant === null ? signer.key : signer.noteKey(AGENT.id, grant.period);
  const noteVoid = core === null ? null : { core, sig: world.sign(key, voidHash({ v: 1, core })) };
  return world.object(
    {
      v: 1,
      type: 'VoidReceipt',
      intent: intentId,
      voucher: of.id,
      noteVoid,
      nonce: world.nonce(),
      ...rest,
    },
    through(signer),
  );
}
