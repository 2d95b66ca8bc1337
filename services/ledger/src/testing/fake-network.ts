/** A fake router and a fake mirror in memory: they answer what the test lays down and keep what they were given. */
import type { Hash, PartyId } from '@atomicity/kernel/units/id';
import type { PaymentView } from '../payment-view.ts';
import type { PaymentNetwork, PaymentRequest, PeerMessage, ReceiptMirror } from '../peer-port.ts';

/** A payment of which nothing is known but what the test says. */
export function paymentView(intent: Hash, more: Partial<PaymentView> = {}): PaymentView {
  return { intent, order: null, delivery: null, progress: null, hops: [], ...more };
}

/** A fake: no hop, no book; `payments` and `evidenceOf` are filled by the test. */
export function fakeNetwork(party: PartyId, peers: readonly PartyId[]) {
  const seen = { messages: [] as PeerMessage[], signals: [] as string[], states: [] as string[] };
  const orders: PaymentRequest[] = [];
  const payments = new Map<Hash, PaymentView>();
  const evidenceOf = new Map<Hash, readonly string[]>();
  const network: PaymentNetwork = {
    party,
    isPeer: (candidate) => peers.includes(candidate),
    receive: async (message) => {
      seen.messages.push(message);
      return { answers: message.objects.map(() => ({ kind: 'none' as const })), clock: 'clock' };
    },
    offers: async () => [{ offer: 'offer', delegation: null, remainingMs: 1000 }],
    signal: async (_from, text) => {
      if (text === 'bad') return { reason: 'malformed_signal' };
      seen.signals.push(text);
      return undefined;
    },
    pay: async (request) => {
      orders.push(request);
      const [intent] = payments.keys();
      return intent === undefined
        ? { ok: false, refusal: { reason: 'order_expired' } }
        : { ok: true, intent };
    },
    payment: (intent) => payments.get(intent),
    evidence: async (intent) => evidenceOf.get(intent) ?? [],
    delegationsOf: (texts) => texts.map((text) => `delegation of ${text.length}`),
    proposeState: async (_from, _edge, text) => {
      seen.states.push(text);
      if (text === 'other') return { kind: 'differs', object: 'mine' };
      if (text === 'bad') return { kind: 'refused', refusal: { reason: 'edge_unknown' } };
      return { kind: 'signed', object: 'both' };
    },
    hops: (intent) =>
      [...payments.values()]
        .flatMap(({ hops }) => hops)
        .filter((hop) => intent === undefined || hop.intent === intent),
  };
  return { network, seen, orders, payments, evidenceOf };
}

/** A fake: keeps at most `textsMax` texts for each party, in memory. */
export function memoryMirror(textsMax: number): ReceiptMirror {
  const kept = new Map<string, string[]>();
  return {
    keep: async (party, intent, texts) => {
      const place = `${party} ${intent}`;
      const all = [...new Set([...(kept.get(place) ?? []), ...texts])];
      if (all.length > textsMax) return 'full';
      kept.set(place, all);
      return 'kept';
    },
    of: async (party, intent) => kept.get(`${party} ${intent}`) ?? [],
  };
}
