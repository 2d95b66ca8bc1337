import { policyHash, routingFee } from '@atomicity/kernel/routing/fee-policy';
import { regionOf } from '@atomicity/kernel/routing/region';
import { type Amount, amount, signedAmount } from '@atomicity/kernel/units/amount';
import { type Denomination, parseDenomination } from '@atomicity/kernel/units/denomination';
import { ZERO_HASH } from '@atomicity/kernel/units/id';
import { unixMs } from '@atomicity/kernel/units/time';
import { nextIdentityHash } from '@atomicity/kernel/wire/identity-hash';
import type {
  BodyOf,
  FeePolicy,
  HopTransition,
  Route,
  SignedEvidence,
  WireBody,
} from '@atomicity/kernel/wire/objects';
import { objectId } from '@atomicity/kernel/wire/parse-object';
import { hash, type Key, key, nonce, type Signed, sign, signed } from './sample-keys.ts';

// One payment across books: alice pays dave through bob and carol, each of whom earns a fee.

const [alice, bob, carol, dave] = ['alice', 'bob', 'carol', 'dave'].map(key) as [
  Key,
  Key,
  Key,
  Key,
];
const [aliceKey, bobKey] = [key('alice, delegated'), key('bob, delegated')];
const finalizeKey = key('finalize');
const operator = key('operator');

const EUR: Denomination = parseDenomination('EUR/4') ?? ('' as Denomination);
const AT = unixMs(1_767_229_200_000);
const after = (ms: number) => unixMs(AT + ms);
const VALUE = amount(250_000n);

const policyOf = (hop: Key): FeePolicy => ({
  hop: hop.id,
  denomination: EUR,
  feeBps: 20,
  feeFlat: amount(3n),
  amountMin: amount(1n),
  amountMax: amount(10_000_000n),
  marginMs: 2_000,
});
const [bobsPolicy, carolsPolicy] = [policyOf(bob), policyOf(carol)];
const feeOf = (policy: FeePolicy): Amount => routingFee(policy, VALUE) ?? amount(0n);

function evidence<Body extends WireBody>(object: Body, by: Key): SignedEvidence<Body> {
  return { object, sig: sign(objectId(object), by) };
}

function delegation(party: Key, delegated: Key): BodyOf<'KeyDelegation'> {
  return {
    v: 1,
    type: 'KeyDelegation',
    party: party.id,
    key: delegated.id,
    roles: ['party'],
    nextIdentityHash: nextIdentityHash(key('a later identity').id),
    notBefore: unixMs(AT - 3_600_000),
    expiresAt: after(86_400_000),
    nonce: nonce(`delegation ${delegated.id}`),
  };
}

/** Two parties in the order of an edge. */
const inOrder = (one: Key, other: Key) =>
  (one.id < other.id ? [one, other] : [other, one]) as [Key, Key];
const [first, second] = inOrder(alice, bob);
const edgeOf = (one: Key, other: Key) => hash(`edge ${inOrder(one, other).map(({ id }) => id)}`);

const intent: BodyOf<'PaymentIntent'> = {
  v: 1,
  type: 'PaymentIntent',
  receiver: dave.id,
  denomination: EUR,
  amount: VALUE,
  expiresAt: after(120_000),
  description: 'invoice 7',
  policyHash: null,
  constraints: { maxFeeBps: 100, latencyMs: 5_000 },
  delivery: { finalizeKey: finalizeKey.id, minDeliverable: amount(200_000n), partsMax: 4 },
  nonce: nonce('delivery intent'),
};

const order: BodyOf<'PaymentOrder'> = {
  v: 1,
  type: 'PaymentOrder',
  intent: objectId(intent),
  payer: alice.id,
  receiver: dave.id,
  finalizeKey: finalizeKey.id,
  denomination: EUR,
  amount: VALUE,
  maxFee: amount(2_500n),
  maxProbeSpend: amount(5_000n),
  expiresAt: after(60_000),
  nonce: nonce('order'),
};

const offer: BodyOf<'RoutingOffer'> = {
  v: 1,
  type: 'RoutingOffer',
  policy: bobsPolicy,
  policyHash: policyHash(bobsPolicy),
  sequence: 41,
  at: AT,
  ttlMs: 60_000,
  edges: [carol, dave]
    .map(({ id }) => ({ to: id, capacity: amount(1_000_000n) }))
    .sort((left, right) => (left.to < right.to ? -1 : 1)),
  nonce: nonce('offer'),
};

const route: Route = {
  part: nonce('part'),
  finalizeKey: finalizeKey.id,
  seenAt: unixMs(AT - 1_500),
  probe: false,
  hops: [
    { party: carol.id, policyHash: policyHash(bobsPolicy) },
    { party: dave.id, policyHash: policyHash(carolsPolicy) },
  ],
};

const voucher: BodyOf<'CapacityVoucher'> = {
  v: 1,
  type: 'CapacityVoucher',
  intent: objectId(intent),
  edge: edgeOf(alice, bob),
  from: alice.id,
  to: bob.id,
  denomination: EUR,
  amount: VALUE,
  fee: amount(feeOf(bobsPolicy) + feeOf(carolsPolicy)),
  at: AT,
  expiresAt: after(30_000),
  policyHash: policyHash(bobsPolicy),
  prevReceipt: null,
  grant: null,
  route,
  nonce: nonce('routed voucher'),
};

const receipt: BodyOf<'FinalizeReceipt'> = {
  v: 1,
  type: 'FinalizeReceipt',
  intent: objectId(intent),
  voucher: null,
  amount: VALUE,
  fee: amount(0n),
  at: after(900),
  notes: [],
  delivery: { finalizeKey: finalizeKey.id, parts: [{ part: route.part, amount: VALUE }] },
  nonce: nonce('delivery receipt'),
};

function hopReceipt(
  transition: HopTransition,
  prev: BodyOf<'HopReceipt'> | null,
): BodyOf<'HopReceipt'> {
  return {
    v: 1,
    type: 'HopReceipt',
    hop: bob.id,
    peer: alice.id,
    voucher: objectId(voucher),
    intent: voucher.intent,
    part: route.part,
    transition,
    amount: voucher.amount,
    fee: voucher.fee,
    policyHash: voucher.policyHash,
    at: after(transition === 'held' ? 100 : 1_000),
    deadline: after(26_500),
    reason: transition === 'lapsed' ? 'edge_limit_exceeded' : null,
    prev: prev === null ? null : objectId(prev),
    finalize: transition === 'active' ? evidence(receipt, finalizeKey) : null,
    nonce: nonce(`hop receipt ${transition}`),
  };
}

const held = hopReceipt('held', null);

const commit: BodyOf<'CommitSignal'> = {
  v: 1,
  type: 'CommitSignal',
  intent: objectId(intent),
  finalizeKey: finalizeKey.id,
  parts: [route.part, nonce('second part')].sort(),
  windowMs: 2_000,
  nonce: nonce('commit'),
};

/** Bob forwards with less fee than his policy leaves, and so keeps more than it says. */
const forwarded: BodyOf<'CapacityVoucher'> = {
  ...voucher,
  edge: edgeOf(bob, carol),
  from: bob.id,
  to: carol.id,
  fee: amount(feeOf(carolsPolicy) - 100n),
  at: after(150),
  expiresAt: after(26_000),
  policyHash: policyHash(carolsPolicy),
  prevReceipt: objectId(held),
  route: { ...route, seenAt: after(20), hops: route.hops.slice(1) },
  nonce: nonce('forwarded voucher'),
};

const state: BodyOf<'EdgeState'> = {
  v: 1,
  type: 'EdgeState',
  edge: edgeOf(alice, bob),
  a: first.id,
  b: second.id,
  sequence: 1,
  previous: ZERO_HASH,
  at: after(3_600_000),
  balance: signedAmount(-251_006n),
  carry: signedAmount(0n),
  open: [hash('open voucher'), hash('another open voucher')].sort(),
  nonce: nonce('edge state'),
};

const keyOf = (party: Key) => (party.id === alice.id ? aliceKey : bobKey);
const otherState = { ...state, balance: signedAmount(-200_000n), nonce: nonce('other edge state') };

const disagreement: BodyOf<'EdgeDisagreement'> = {
  v: 1,
  type: 'EdgeDisagreement',
  first: evidence(state, keyOf(first)),
  second: evidence(otherState, keyOf(second)),
  delegations: [
    evidence(delegation(first, keyOf(first)), first),
    evidence(delegation(second, keyOf(second)), second),
  ],
};

const feeMismatch: BodyOf<'FeeMismatchProof'> = {
  v: 1,
  type: 'FeeMismatchProof',
  delegation: evidence(delegation(bob, bobKey), bob),
  offer: evidence(offer, bobKey),
  held: evidence(held, bobKey),
  voucher: evidence(forwarded, bobKey),
};

/** No proof: the hop kept exactly the fee of its policy. */
export function honestProof(): Signed {
  const onward = { ...forwarded, fee: feeOf(carolsPolicy) };
  return signed({ ...feeMismatch, voucher: evidence(onward, bobKey) }, []);
}

/** A proof over an amount for which the policy names no fee: it shows nothing. */
export function unpricedProof(): Signed {
  const large = { ...held, amount: amount(20_000_000n) };
  const onward = { ...forwarded, prevReceipt: objectId(large) };
  return signed(
    { ...feeMismatch, held: evidence(large, bobKey), voucher: evidence(onward, bobKey) },
    [],
  );
}

function creditSamples(): readonly Signed[] {
  const reassign: BodyOf<'Reassign'> = {
    v: 1,
    type: 'Reassign',
    debtor: alice.id,
    from: bob.id,
    to: carol.id,
    fromEdge: edgeOf(alice, bob),
    toEdge: edgeOf(alice, carol),
    denomination: EUR,
    amount: amount(40_000n),
    expiresAt: after(600_000),
    nonce: nonce('reassign'),
  };
  const request: BodyOf<'SettlementRequest'> = {
    v: 1,
    type: 'SettlementRequest',
    edge: edgeOf(alice, bob),
    creditor: bob.id,
    amount: amount(211_006n),
    endpoints: [
      { rail: 'lightning', target: 'lnbc21…' },
      { rail: 'sepa', target: 'DE02 1203 0000 0000 2020 51' },
    ],
    expiresAt: after(86_400_000),
    nonce: nonce('settlement request'),
  };
  const settled: BodyOf<'SettlementReceipt'> = {
    v: 1,
    type: 'SettlementReceipt',
    edge: request.edge,
    creditor: bob.id,
    request: objectId(request),
    amount: request.amount,
    rail: 'sepa',
    evidence: hash('bank statement'),
    at: after(43_200_000),
    nonce: nonce('settlement receipt'),
  };
  return [
    signed(
      state,
      [first, second].map((party) => [party, keyOf(party)] as const),
    ),
    signed(disagreement, []),
    signed(
      reassign,
      [alice, bob, carol].map((party) => [party, party] as const),
    ),
    signed(request, [[bob, bobKey]]),
    signed(settled, [[bob, bobKey]]),
  ];
}

function routingSamples(): readonly Signed[] {
  const hosting: BodyOf<'PartyHosting'> = {
    v: 1,
    type: 'PartyHosting',
    party: bob.id,
    marginMs: 2_000,
    nonce: nonce('hosting'),
  };
  const signal: BodyOf<'RoutingSignal'> = {
    v: 1,
    type: 'RoutingSignal',
    origin: bob.id,
    region: regionOf(dave.id),
    denomination: EUR,
    magnitude: 5,
    observed: 'success',
    sample: 12,
    sequence: 7,
    ttlMs: 120_000,
    nonce: nonce('signal'),
  };
  return [
    signed(hosting, [[operator, operator]]),
    signed(order, [[alice, aliceKey]]),
    signed(offer, [[bob, bobKey]]),
    signed(signal, [[bob, bobKey]]),
  ];
}

function hopSamples(): readonly Signed[] {
  const reading: BodyOf<'ClockReading'> = {
    v: 1,
    type: 'ClockReading',
    party: bob.id,
    peer: alice.id,
    at: unixMs(AT - 1_500),
    nonce: nonce('reading'),
  };
  const both = [[finalizeKey, finalizeKey]] as const;
  return [
    signed(intent, [[dave, dave]]),
    signed(voucher, [[alice, aliceKey]]),
    signed(receipt, both),
    signed(commit, both),
    ...[held, hopReceipt('active', held), hopReceipt('lapsed', null)].map((body) =>
      signed(body, [[bob, bobKey]]),
    ),
    signed(reading, [[bob, bobKey]]),
  ];
}

/**
 * What a payment across books adds: one of every new type, HopReceipts held, active and lapsed, and
 * the intent, voucher and receipt as they look on a route.
 */
export function networkSamples(): readonly Signed[] {
  return [...routingSamples(), ...hopSamples(), ...creditSamples(), signed(feeMismatch, [])];
}
