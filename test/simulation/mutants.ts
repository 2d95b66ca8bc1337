import type { Decision } from '@atomicity/kernel/book/decision';
import type { BookEvent, RecordedEvent } from '@atomicity/kernel/book/events';
import type { BookState } from '@atomicity/kernel/book/state';
import type { Hop } from '@atomicity/kernel/hop/hop';
import { amount } from '@atomicity/kernel/units/amount';
import { ZERO_HASH } from '@atomicity/kernel/units/id';
import { unixMs } from '@atomicity/kernel/units/time';
import type { Rules } from './node/book.ts';
import type { SimNode, Tamper } from './node/sim-node.ts';

/**
 * A bug put in on purpose, through the ports: the product's code stays as it is. The tests show
 * that the model finds each.
 */
export type Mutant = {
  readonly name: string;
  readonly bug: string;
  readonly rules?: (production: Rules) => Rules;
  readonly tamper?: Tamper;
  readonly prepare?: (nodes: readonly SimNode[]) => void;
};

/** Changes events as they are decided. */
function changing(rules: Rules, change: (event: BookEvent, state: BookState) => BookEvent): Rules {
  return {
    ...rules,
    decide: (state, command, now) => {
      const decision = rules.decide(state, command, now);
      if (decision.kind !== 'accepted') return decision;
      return { ...decision, events: decision.events.map((event) => change(event, state)) };
    },
  };
}

/** Decides on a state that is not the book's. */
function seeing(rules: Rules, look: (state: BookState) => BookState): Rules {
  return { ...rules, decide: (state, command, now) => rules.decide(look(state), command, now) };
}

/** Changes a hop before an event is applied to it, so that the kernel's own assertions let it pass. */
function onHop(rules: Rules, types: readonly string[], change: (hop: Hop) => Hop): Rules['evolve'] {
  return (state, event) => {
    const voucher = 'voucher' in event.data ? event.data.voucher : undefined;
    const hop = state.hops.get(voucher ?? ZERO_HASH);
    if (hop === undefined || !types.includes(event.type)) return rules.evolve(state, event);
    const { terms } = hop;
    const next = rules.evolve(
      { ...state, hops: state.hops.set(terms.voucher, change(hop)) },
      event,
    );
    const after = next.hops.get(terms.voucher);
    if (after === undefined) return next;
    return { ...next, hops: next.hops.set(terms.voucher, { ...after, terms }) };
  };
}

const lateByOne = (rules: Rules, type: 'HopReceipt' | 'FinalizeReceipt'): Rules => ({
  lapses: (state, now) => rules.lapses(state, unixMs(now - 1)),
  decide: (state, command, now) => {
    const isLate = command.kind === 'object' && command.object.body.type === type;
    return rules.decide(state, command, isLate ? unixMs(now - 1) : now);
  },
  evolve: onHop(rules, ['HopActivated', 'HopClaimed'], (hop) => ({
    ...hop,
    terms: { ...hop.terms, deadline: unixMs(hop.terms.deadline + 1) },
  })),
});

const forgetsMargin = (rules: Rules): Rules =>
  changing(rules, (event, state) => {
    if (event.type !== 'HopHeld' || event.data.side !== 'payee') return event;
    const marginMs = state.hosted.get(event.data.to)?.marginMs ?? 0;
    const deadline = unixMs(event.data.deadline + marginMs);
    return { ...event, data: { ...event.data, deadline } };
  });

/** Rounding down is the price less one wherever rounding up adds something. */
function cheaper(state: BookState): BookState {
  let { policies } = state;
  for (const [hash, known] of policies.entries()) {
    const { feeFlat } = known.terms.policy;
    if (feeFlat === 0n) continue;
    const policy = { ...known.terms.policy, feeFlat: amount(feeFlat - 1n) };
    policies = policies.set(hash, { ...known, terms: { ...known.terms, policy } });
  }
  return { ...state, policies };
}

function withoutHolds(state: BookState): BookState {
  let { edges } = state;
  const zero = amount(0n);
  for (const [id, edge] of edges.entries()) {
    edges = edges.set(id, { ...edge, heldFromA: zero, heldFromB: zero });
  }
  return { ...state, edges };
}

/** Lapses what is claimed, too, once its time is over. */
const lapsesClaims = (rules: Rules): Rules => ({
  ...rules,
  lapses: (state, now) => {
    const more: BookEvent[] = [];
    for (const [, { terms, status }] of state.hops.entries()) {
      if (status !== 'claimed' || now < terms.deadline) continue;
      const { voucher, side, intent, part, edge, from, to, denomination, amount: sum, fee } = terms;
      const ref = { voucher, side, intent, part, edge, from, to, denomination, amount: sum, fee };
      const data = { ...ref, why: 'expired' as const, reason: 'expired', receipt: null, at: now };
      more.push({ type: 'HopLapsed', data });
    }
    return [...rules.lapses(state, now), ...more];
  },
  evolve: onHop(rules, ['HopLapsed'], (hop) =>
    hop.status === 'claimed' ? { ...hop, status: 'held' } : hop,
  ),
});

/** Holds again what an active hop held. */
function reopened(state: BookState, { type, data }: RecordedEvent): BookState {
  if (type !== 'HopActivated' || data.side !== 'payer') return state;
  const edge = state.edges.get(data.edge);
  if (edge === undefined || state.hops.get(data.voucher)?.status !== 'active') return state;
  const side = edge.terms.a === data.from ? 'heldFromA' : 'heldFromB';
  const held = { ...edge, [side]: amount(edge[side] + data.amount + data.fee) };
  return { ...state, edges: state.edges.set(data.edge, held) };
}

/** Pays again for a claim that comes again. */
function activatesTwice(rules: Rules): Rules {
  const paid = new Map<string, Decision>();
  const apply = onHop(rules, ['HopActivated'], (hop) =>
    hop.status === 'active' ? { ...hop, status: 'held' } : hop,
  );
  return {
    ...rules,
    evolve: (state, event) => apply(reopened(state, event), event),
    decide: (state, command, now) => {
      const decision = rules.decide(state, command, now);
      if (command.kind !== 'object') return decision;
      const key = `${state.stream} ${command.object.id}`;
      const isPayment =
        decision.kind === 'accepted' &&
        decision.events.some(({ type, data }) => type === 'HopActivated' && data.side === 'payer');
      if (isPayment) paid.set(key, decision);
      return decision.kind === 'duplicate' ? (paid.get(key) ?? decision) : decision;
    },
  };
}

const takesPartials = (rules: Rules): Rules =>
  changing(rules, (event) => {
    if (event.type !== 'IntentRecorded' || event.data.delivery === null) return event;
    const delivery = { ...event.data.delivery, minDeliverable: amount(1n) };
    return { ...event, data: { ...event.data, delivery } };
  });

/** All mutants; the tests say within how many seeds each is found. */
export const MUTANTS: readonly Mutant[] = [
  {
    name: 'late-claim',
    bug: 'a payer takes a claim one millisecond late',
    rules: (rules) => lateByOne(rules, 'HopReceipt'),
  },
  {
    name: 'late-finalize',
    bug: 'a receiver finalizes one millisecond late',
    rules: (rules) => lateByOne(rules, 'FinalizeReceipt'),
  },
  { name: 'no-margin', bug: 'a payee forgets its margin', rules: forgetsMargin },
  {
    name: 'fee-down',
    bug: 'a forwarder rounds its fee down',
    rules: (rules) => seeing(rules, cheaper),
    tamper: {
      ports: (ports) => ({
        ...ports,
        book: { ...ports.book, state: () => cheaper(ports.book.state()) },
      }),
    },
  },
  {
    name: 'holds-for-free',
    bug: 'a book leaves open holds out of its limits',
    rules: (rules) => seeing(rules, withoutHolds),
  },
  { name: 'claim-lapses', bug: 'a payee lets a claimed hop lapse by time', rules: lapsesClaims },
  { name: 'pays-twice', bug: 'a payer activates a hop twice', rules: activatesTwice },
  { name: 'takes-partials', bug: 'a receiver finalizes less than it asked', rules: takesPartials },
  {
    name: 'lying-disk',
    bug: 'a disk loses at a crash what it said was durable',
    prepare: (nodes) => {
      for (const { disk } of nodes) disk.lies = true;
    },
  },
];
