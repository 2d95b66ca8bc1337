/** The three that fail, as the ledger records it, and how the silent one comes back. */

import { closePair } from '@atomicity/client/note-keys';
import { randomNonce, type SignedObject } from '@atomicity/client/signer';
import { isJsonObject } from '@atomicity/kernel/codec/canonical-json';
import { signedAmount } from '@atomicity/kernel/units/amount';
import { type Hash, ZERO_HASH } from '@atomicity/kernel/units/id';
import { unixMs } from '@atomicity/kernel/units/time';
import type { EdgeDisagreement, EdgeState, SignedEvidence } from '@atomicity/kernel/wire/objects';
import { encodeObject, objectId } from '@atomicity/kernel/wire/parse-object';
import { submitAll } from '../cycle/fleet.ts';
import { type Agent, type Cast, type Member, type Provider, required } from './cast.ts';
import type { DemoClock } from './demo-clock.ts';
import { type AgentTrade, closeBudgets, type Held, quote, voucherFor } from './trade.ts';

/**
 * The principal and the provider of an agent's last payment sign two states of their edge that exclude
 * each other, and the proof of it is recorded: the edge is disputed.
 */
export async function openDispute(cast: Cast, trade: AgentTrade, clock: DemoClock): Promise<Hash> {
  const { provider, order } = required(trade.paid.at(-1));
  const { principal } = cast;
  const at = unixMs(clock.now());
  const [a, b] =
    principal.party.id < provider.party.id ? [principal, provider] : [provider, principal];
  // What the principal owes; the provider claims that it is a hundredth more.
  const owed = (units: bigint) => signedAmount(a === principal ? -units : units);
  const claims = new Map<Member, bigint>([
    [principal, order.amount],
    [provider, order.amount + order.amount / 100n],
  ]);
  const stateOf = (member: Member): SignedEvidence<EdgeState> => {
    const object: EdgeState = {
      v: 1,
      type: 'EdgeState',
      edge: provider.edge,
      a: a.party.id,
      b: b.party.id,
      sequence: 1,
      previous: ZERO_HASH,
      at,
      balance: owed(required(claims.get(member))),
      carry: signedAmount(0n),
      open: [],
      nonce: randomNonce(),
    };
    return { object, sig: member.party.key.signId(objectId(object)) };
  };
  const delegationOf = ({ delegation, party }: Member) => ({
    object: delegation.body,
    sig: party.identity.signId(delegation.id),
  });
  const body: EdgeDisagreement = {
    v: 1,
    type: 'EdgeDisagreement',
    first: stateOf(a),
    second: stateOf(b),
    delegations: [delegationOf(a), delegationOf(b)],
  };
  const proof: SignedObject = { id: objectId(body), body, text: encodeObject(body, []) };
  await submitAll(principal.client, [proof]);
  return provider.edge;
}

/** The agent signs its last payment after its credential has ended; gives the book's reason. */
export async function payTooLate(cast: Cast, agent: Agent, clock: DemoClock): Promise<string> {
  const [asked] = await quote(cast, agent, [required(agent.orders.at(-1))], clock);
  const { id, text } = voucherFor(agent, required(asked), clock);
  // By another's hand: the agent's own requests would not even be read.
  const [outcome] = await cast.principal.client.submit([{ commandId: id, text }]);
  if (outcome?.kind !== 'refused') return 'accepted';
  agent.session.takeBack();
  return outcome.problem.reason;
}

/** How a hold stands in the books of the node. */
export async function holdStatus(provider: Provider, { voucher }: Held): Promise<string> {
  const { value } = await provider.client.hold(voucher.id);
  return isJsonObject(value) && typeof value['status'] === 'string' ? value['status'] : 'unknown';
}

/**
 * The silent provider is back and signs, with the agent, where their pair ended: the hold that lapsed
 * was not used. Now the principal can close the agent's budget.
 */
export async function comeBack(cast: Cast, { agent, unanswered }: AgentTrade): Promise<void> {
  const { period } = agent.session;
  const closes = [...new Set(unanswered.map(({ provider }) => provider))].map((provider) =>
    closePair(
      { party: agent.party, counterparty: provider.party.id },
      { party: provider.party, counterparty: agent.party.id },
      { period, ...provider.session.pairEnd(agent.party.id, period) },
      randomNonce,
    ),
  );
  await submitAll(agent.client, closes);
  await closeBudgets(cast, [agent]);
}
