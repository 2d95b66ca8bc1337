import { formatAmount } from '@atomicity/kernel/units/amount';
import type { Hash, PartyId } from '@atomicity/kernel/units/id';
import type { Refusal } from '@atomicity/kernel/wire/refusals';
import type { PaymentView, ProgressView } from '@atomicity/ledger/hop-view';
import type {
  OfferView,
  PaymentNetwork,
  PaymentRequest,
  PaymentStart,
  PeerAnswer,
  PeerMessage,
  StateProposalAnswer,
} from '@atomicity/ledger/peer-port';
import type { HopAgent } from '@atomicity/router/hop-agent';
import type { BookPort } from '@atomicity/router/ports';
import { answerStateProposal, type StateDesk } from './edge-states.ts';
import type { HopIndex } from './hop-index.ts';
import { deliveryView, hopView, orderView } from './payment-views.ts';

export type PaymentNetworkParts = {
  readonly party: PartyId;
  readonly peers: ReadonlySet<PartyId>;
  readonly agent: HopAgent;
  readonly book: BookPort;
  readonly hops: HopIndex;
  readonly states: StateDesk;
  readonly offers: () => readonly OfferView[];
  readonly signal: (from: PartyId, text: string) => Promise<Refusal | undefined>;
};

/** The router as the HTTP edge sees it: the agent behind the ledger's port. */
export function paymentNetwork(parts: PaymentNetworkParts): PaymentNetwork {
  const { party, peers, agent, hops } = parts;
  return {
    party,
    isPeer: (candidate) => peers.has(candidate),
    receive: (message: PeerMessage): Promise<PeerAnswer> => agent.receive(message),
    offers: async () => parts.offers(),
    signal: parts.signal,
    pay: (request) => start(agent, request),
    payment: (intent) => paymentView(parts, intent),
    evidence: async (intent) => agent.evidenceOf(intent),
    proposeState: (from, edge, text): Promise<StateProposalAnswer> =>
      answerStateProposal(parts.states, from, edge, text),
    hops: (intent) => (intent === undefined ? hops.open() : hops.of(intent)).map(hopView),
  };
}

function paymentView(
  { party, agent, book, hops }: PaymentNetworkParts,
  intent: Hash,
): PaymentView | undefined {
  const state = book.state();
  const order = orderView(state, intent, party);
  const delivery = deliveryView(state, intent);
  const progress = progressView(agent, intent);
  const views = hops.of(intent).map(hopView);
  const isKnown = order !== null || delivery !== null || progress !== null || views.length > 0;
  return isKnown ? { intent, order, delivery, progress, hops: views } : undefined;
}

async function start(agent: HopAgent, request: PaymentRequest): Promise<PaymentStart> {
  const outcome = await agent.pay(request);
  return outcome.kind === 'taken'
    ? { ok: true, intent: outcome.view.intent }
    : { ok: false, refusal: outcome.refusal };
}

function progressView(agent: HopAgent, intent: Hash): ProgressView | null {
  const view = agent.payment(intent);
  if (view === undefined) return null;
  const { status, reason, hop, paid, fees, rounds } = view;
  return { status, reason, hop, paid: formatAmount(paid), fees: formatAmount(fees), rounds };
}
