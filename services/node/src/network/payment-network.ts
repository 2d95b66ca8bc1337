import type { Hop } from '@atomicity/kernel/hop/hop';
import { formatAmount } from '@atomicity/kernel/units/amount';
import type { Hash } from '@atomicity/kernel/units/id';
import { parseObject } from '@atomicity/kernel/wire/parse-object';
import type { PaymentView, ProgressView } from '@atomicity/ledger/payment-view';
import type { PaymentNetwork, PaymentRequest, PaymentStart } from '@atomicity/ledger/peer-port';
import type { EdgeStateDesk } from '@atomicity/router/edge-states/edge-state-desk';
import type { HopAgent } from '@atomicity/router/hop-agent';
import type { RoutingDesk } from '@atomicity/router/offers/routing-desk';
import type { BookPort, EvidenceStore } from '@atomicity/router/ports';
import type { DelegationTexts } from './delegation-texts.ts';
import type { HopIndex } from './hop-index.ts';
import type { Inquiry } from './inquiry.ts';
import type { NetworkConfig } from './network-config.ts';
import { deliveryView, hopView, orderView } from './payment-views.ts';

export type PaymentNetworkParts = {
  readonly config: Pick<NetworkConfig, 'party' | 'peers'>;
  readonly agent: HopAgent;
  readonly desk: RoutingDesk;
  readonly states: EdgeStateDesk;
  readonly book: BookPort;
  readonly hops: HopIndex;
  readonly evidence: EvidenceStore;
  readonly delegations: DelegationTexts;
  readonly inquiry: Inquiry;
};

/** The router as the HTTP edge sees it: agent, offers and states behind the ledger's port. */
export function paymentNetwork(parts: PaymentNetworkParts): PaymentNetwork {
  const { config, agent, desk, states, hops, delegations } = parts;
  const peers = new Set(config.peers.map(({ party }) => party));
  return {
    party: config.party,
    isPeer: (party) => peers.has(party),
    receive: (message) => agent.receive(message),
    offers: async () => desk.offers(),
    signal: (from, text) => desk.signal(from, text),
    pay: (request) => start(parts, request),
    payment: (intent) => paymentView(parts, intent),
    evidence: async (intent) => {
      await parts.inquiry.ask(intent);
      return agent.evidenceOf(intent);
    },
    delegationsOf: (texts) => delegations.ofSigners(texts),
    proposeState: (from, edge, text) => states.answer(from, edge, text),
    hops: (intent) => (intent === undefined ? hops.open() : hops.of(intent)).map(hopView),
  };
}

async function start(
  { agent, evidence, delegations }: PaymentNetworkParts,
  request: PaymentRequest,
): Promise<PaymentStart> {
  const outcome = await agent.pay(request);
  if (outcome.kind === 'refused') return { ok: false, refusal: outcome.refusal };
  const { intent } = outcome.view;
  // What the receiver asked for is part of the evidence: without it nobody can be late.
  const parsed = parseObject(request.intent);
  if (parsed.kind === 'parsed') evidence.note(intent, parsed.object.id, request.intent);
  if (request.delegation !== null) delegations.note(request.delegation);
  return { ok: true, intent };
}

function paymentView(
  { config, agent, book, hops }: PaymentNetworkParts,
  intent: Hash,
): PaymentView | undefined {
  const state = book.state();
  const order = orderView(state, intent, config.party);
  const delivery = deliveryView(state, intent);
  const known = hops.of(intent);
  const progress = progressView(agent, intent, known);
  const views = known.map(hopView);
  const isKnown = order !== null || delivery !== null || progress !== null || views.length > 0;
  return isKnown ? { intent, order, delivery, progress, hops: views } : undefined;
}

function progressView(agent: HopAgent, intent: Hash, hops: readonly Hop[]): ProgressView | null {
  const view = agent.payment(
    intent,
    hops.map(({ terms }) => terms.voucher),
  );
  if (view === undefined) return null;
  const { status, reason, hop, paid, fees, rounds } = view;
  return { status, reason, hop, paid: formatAmount(paid), fees: formatAmount(fees), rounds };
}
