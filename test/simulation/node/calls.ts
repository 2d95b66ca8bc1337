import type { Hash } from '@atomicity/kernel/units/id';
import type { StateProposalAnswer } from '@atomicity/router/edge-states/edge-state-desk';
import type { PeerAnswer, PeerMessage } from '@atomicity/router/ports';
import type { SharedObject, ShareOutcome } from '@atomicity/router/sharing/share-ports';
import type { Network } from '../engine/network.ts';

/** What a node asks of another: each kind is an endpoint of the node's interface. */
export type Call =
  | { readonly kind: 'hops'; readonly message: PeerMessage }
  | { readonly kind: 'state'; readonly edge: Hash; readonly text: string }
  | { readonly kind: 'share'; readonly objects: readonly SharedObject[] };

export type Reply =
  | { readonly kind: 'hops'; readonly answer: PeerAnswer }
  | { readonly kind: 'state'; readonly answer: StateProposalAnswer }
  | { readonly kind: 'share'; readonly outcomes: readonly ShareOutcome[] };

export type SimNetwork = Network<Call, Reply>;

/** Objects about hops that a call carries. */
export function hopTexts(call: Call): readonly string[] {
  return call.kind === 'hops' ? call.message.objects : [];
}

/** Objects about hops that a reply carries. */
export function replyTexts(reply: Reply): readonly string[] {
  if (reply.kind !== 'hops') return [];
  return reply.answer.answers.flatMap((one) => (one.kind === 'answer' ? [one.object] : []));
}
