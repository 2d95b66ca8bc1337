import type { VerifiedDelegation } from '@atomicity/kernel/routing/delegated-signer';
import { amount } from '@atomicity/kernel/units/amount';
import { unixMs } from '@atomicity/kernel/units/time';
import type { RoutingOffer } from '@atomicity/kernel/wire/objects';
import type { VirtualTime } from '../engine/virtual-time.ts';
import { mustVerify, signVerified } from '../node/identities.ts';
import type { Heard } from '../node/knowledge.ts';
import type { SimNode } from '../node/sim-node.ts';
import type { NodePlan, World } from './prepare.ts';

const REFRESH_MS = 100_000;
const TTL_MS = 300_000;

type Stage = {
  readonly world: World;
  readonly time: VirtualTime;
  readonly nodes: ReadonlyMap<string, SimNode>;
};

/** A node's offer: its price and the lines on which it owes nothing yet, as wide as they are. */
export function offerOf(world: World, node: NodePlan, sequence: number) {
  const { identity, policy, policyHash, clock } = node;
  const edges = world.edges
    .filter(({ nodes }) => nodes.includes(node.name))
    .map(({ agreement: { body } }) => {
      const isA = body.a === identity.id;
      return { to: isA ? body.b : body.a, capacity: isA ? body.limitB : body.limitA };
    });
  return signVerified<RoutingOffer>(
    {
      v: 1,
      type: 'RoutingOffer',
      policy,
      policyHash,
      sequence,
      at: unixMs(clock.now()),
      ttlMs: TTL_MS,
      edges: edges
        .map(({ to, capacity }) => ({ to, capacity: amount(capacity) }))
        .sort((left, right) => (left.to < right.to ? -1 : 1)),
      nonce: world.draw(),
    },
    identity.signer,
  );
}

/**
 * Spreads offers: everybody hears everybody's, anew before it expires, and at once after a start.
 * It stands for the exchange of offers, which is not what these runs are about.
 */
export class Gossip {
  readonly #stage: Stage;
  readonly #heard = new Map<string, Heard>();
  #sequence = 1;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  start(): void {
    const { world, time } = this.#stage;
    this.#sequence += 1;
    for (const plan of world.nodes) {
      const delegation = mustVerify(plan.identity.delegation.text) as VerifiedDelegation;
      this.#heard.set(plan.name, { offer: offerOf(world, plan, this.#sequence), delegation });
    }
    for (const node of this.#stage.nodes.values()) this.tell(node);
    time.after(REFRESH_MS, () => this.start());
  }

  /** Tells one node everything. */
  tell(node: SimNode): void {
    for (const heard of this.#heard.values()) node.hear(heard);
  }
}
