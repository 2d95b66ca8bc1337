import { known } from '../book/invariant.ts';
import { type BookRefusal, refuse } from '../book/refusals.ts';
import type { BookState, Edge } from '../book/state.ts';
import { hexToBytes } from '../codec/bytes.ts';
import { taggedHash } from '../codec/tagged-hash.ts';
import { AMOUNT_MAX, type SignedAmount, signedAmount } from '../units/amount.ts';
import { type Hash, type Nonce, nonceFromBytes, ZERO_HASH } from '../units/id.ts';
import type { UnixMs } from '../units/time.ts';
import type { EdgeState } from '../wire/objects.ts';
import { carryAt } from './carry.ts';
import { isElsewhere } from './hosting.ts';
import { claimedOn, OPEN_MAX, openVouchersOf } from './open-vouchers.ts';

/** The carry of a next state of the edge at `at`, and the balance with it, as this book has them. */
export function reckon(
  edge: Edge,
  at: UnixMs,
): { readonly carry: bigint; readonly balance: bigint } {
  const carry = carryAt(edge.state?.terms, edge.terms.rateBps, at);
  return { carry, balance: edge.balance + carry };
}

/**
 * Refuses a balance, seen from a, that no amount can say, or that none could say once the open holds
 * are paid: they were granted before and must find room. Refusal: balance_out_of_range.
 */
export function refuseBalance(
  { heldFromA, heldFromB }: Edge,
  balance: bigint,
  field: string,
): BookRefusal | undefined {
  return balance + heldFromB > AMOUNT_MAX || heldFromA - balance > AMOUNT_MAX
    ? refuse('balance_out_of_range', field)
    : undefined;
}

function refuseNotLater(edge: Edge, at: UnixMs): BookRefusal | undefined {
  const previous = edge.state?.terms.at;
  return previous !== undefined && at <= previous
    ? refuse('at_not_later', '/body/at', { at, previous })
    : undefined;
}

/**
 * Where a state stands in the chain of its edge. Refusals, in order: not_on_edge, sequence_not_next,
 * previous_mismatch, at_not_later.
 */
export function refuseChain(edge: Edge, body: EdgeState): BookRefusal | undefined {
  if (body.a !== edge.terms.a || body.b !== edge.terms.b) return refuse('not_on_edge', '/body/a');
  const last = edge.state?.terms;
  const expected = (last?.sequence ?? 0) + 1;
  if (body.sequence !== expected) {
    return refuse('sequence_not_next', '/body/sequence', { expected, actual: body.sequence });
  }
  const previous = last?.state ?? ZERO_HASH;
  if (body.previous !== previous) {
    return refuse('previous_mismatch', '/body/previous', { expected: previous });
  }
  return refuseNotLater(edge, body.at);
}

/** The same book, edge and time give the same nonce, so that a proposal sent again is the same. */
function proposalNonce(edge: Hash, previous: Hash, at: UnixMs): Nonce {
  const time = hexToBytes(at.toString(16).padStart(12, '0'));
  const hash = taggedHash('EdgeStateNonce', hexToBytes(edge), hexToBytes(previous), time);
  return nonceFromBytes(hash.subarray(0, 16));
}

/**
 * The next state of an edge as this book has it, for its party to sign and the other end to judge;
 * `at` is the book's now. Of two books that of a proposes, so that proposals never cross.
 * Refusals, in order: edge_unknown, not_the_proposer, at_not_later, too_many_open,
 * balance_out_of_range. Again at the same time: the same body.
 */
export function proposeEdgeState(
  state: BookState,
  edgeId: Hash,
  at: UnixMs,
): EdgeState | BookRefusal {
  const edge = state.edges.get(edgeId);
  if (edge === undefined) return refuse('edge_unknown', '/body/edge');
  const { a, b } = edge.terms;
  if (isElsewhere(state, b, a)) return refuse('not_the_proposer', '/body/a', { proposer: a });
  const last = edge.state?.terms;
  const late = refuseNotLater(edge, at);
  if (late !== undefined) return late;
  const open = openVouchersOf(state, edge);
  if (open.length > OPEN_MAX) return refuse('too_many_open', '/body/open', { open: open.length });
  const { carry, balance } = reckon(edge, at);
  const outside = refuseBalance(edge, balance, '/body/balance');
  if (outside !== undefined) return outside;
  const previous = last?.state ?? ZERO_HASH;
  return {
    v: 1,
    type: 'EdgeState',
    edge: edgeId,
    a,
    b,
    sequence: (last?.sequence ?? 0) + 1,
    previous,
    at,
    balance: signedAmount(balance),
    carry: signedAmount(carry),
    open,
    nonce: proposalNonce(edgeId, previous, at),
  };
}

/** How a proposed state and this book differ; `ours` at the proposal's `at`. */
export type EdgeStateDifference = {
  readonly sequence: { readonly ours: number; readonly theirs: number };
  readonly previous: { readonly ours: Hash; readonly theirs: Hash };
  readonly balance: { readonly ours: bigint; readonly theirs: SignedAmount };
  readonly carry: { readonly ours: bigint; readonly theirs: SignedAmount };
  /** Open here and not there, and the other way round, ascending. */
  readonly onlyOurs: readonly Hash[];
  readonly onlyTheirs: readonly Hash[];
  /** Claims of this book that the payer has not answered. */
  readonly claimed: readonly Hash[];
};

/**
 * `agree`: sign it. `in_motion`: messages are under way, ask again later. `disagree`: nothing that is
 * under way explains it: sign what this book has (`ours`), and both together are the proof.
 */
export type EdgeStateVerdict =
  | { readonly kind: 'agree' }
  | { readonly kind: 'in_motion'; readonly facts: EdgeStateDifference }
  | { readonly kind: 'disagree'; readonly facts: EdgeStateDifference }
  | { readonly kind: 'refused'; readonly refusal: BookRefusal };

function differenceOf(state: BookState, edge: Edge, body: EdgeState): EdgeStateDifference {
  const open = openVouchersOf(state, edge);
  const { carry, balance } = reckon(edge, body.at);
  const [ours, theirs] = [new Set(open), new Set(body.open)];
  return {
    sequence: { ours: (edge.state?.terms.sequence ?? 0) + 1, theirs: body.sequence },
    previous: { ours: edge.state?.terms.state ?? ZERO_HASH, theirs: body.previous },
    balance: { ours: balance, theirs: body.balance },
    carry: { ours: carry, theirs: body.carry },
    onlyOurs: open.filter((voucher) => !theirs.has(voucher)),
    onlyTheirs: body.open.filter((voucher) => !ours.has(voucher)),
    claimed: claimedOn(state, open),
  };
}

function verdictOf(facts: EdgeStateDifference): EdgeStateVerdict {
  const { previous, balance, carry, onlyOurs, onlyTheirs, claimed } = facts;
  if (previous.ours !== previous.theirs) return { kind: 'disagree', facts };
  if (onlyOurs.length + onlyTheirs.length > 0) return { kind: 'in_motion', facts };
  if (carry.ours !== carry.theirs) return { kind: 'disagree', facts };
  if (balance.ours === balance.theirs) return { kind: 'agree' };
  return { kind: claimed.length > 0 ? 'in_motion' : 'disagree', facts };
}

function refuseTime(
  state: BookState,
  edge: Edge,
  { at }: EdgeState,
  now: UnixMs,
): BookRefusal | undefined {
  const { skewMs } = known(state.opened, 'book');
  const late = refuseNotLater(edge, at);
  if (late !== undefined) return late;
  return Math.abs(at - now) > skewMs
    ? refuse('at_skewed', '/body/at', { at, now, skewMs })
    : undefined;
}

const refusedAs = (refusal: BookRefusal): EdgeStateVerdict => ({ kind: 'refused', refusal });

/**
 * What the end that did not propose a state makes of it at `now`, before it signs. A difference that
 * messages under way explain is none: open vouchers that only one end has, a claim without an
 * answer, a state that one end has not got (then `facts.sequence` differs).
 * Refusals, in order: edge_unknown, not_on_edge, not_the_proposer, at_not_later, at_skewed,
 * balance_out_of_range. Pure.
 */
export function judgeEdgeState(state: BookState, body: EdgeState, now: UnixMs): EdgeStateVerdict {
  const edge = state.edges.get(body.edge);
  if (edge === undefined) return refusedAs(refuse('edge_unknown', '/body/edge'));
  const { a, b } = edge.terms;
  if (body.a !== a || body.b !== b) return refusedAs(refuse('not_on_edge', '/body/a'));
  if (isElsewhere(state, a, b)) {
    return refusedAs(refuse('not_the_proposer', '/body/a', { proposer: a }));
  }
  const facts = differenceOf(state, edge, body);
  if (facts.sequence.ours !== facts.sequence.theirs) return { kind: 'in_motion', facts };
  const refusal =
    refuseTime(state, edge, body, now) ?? refuseBalance(edge, facts.balance.ours, '/body/balance');
  return refusal === undefined ? verdictOf(facts) : refusedAs(refusal);
}

/**
 * What must be so in a book before a co-signed state counts there. The book of a, which proposed it,
 * may have gone on since: there a's signature stands for what was open and owed.
 * Refusals, in order: carry_mismatch, open_mismatch, balance_mismatch, balance_out_of_range.
 */
export function refuseContent(
  state: BookState,
  edge: Edge,
  body: EdgeState,
): BookRefusal | undefined {
  const { a, b } = edge.terms;
  const { carry, balance } = reckon(edge, body.at);
  if (body.carry !== carry) {
    return refuse('carry_mismatch', '/body/carry', { expected: `${carry}` });
  }
  if (!isElsewhere(state, a, b)) {
    if (body.open.join() !== openVouchersOf(state, edge).join()) {
      return refuse('open_mismatch', '/body/open');
    }
    if (body.balance !== balance) {
      return refuse('balance_mismatch', '/body/balance', { expected: `${balance}` });
    }
  }
  return refuseBalance(edge, balance, '/body/carry');
}
