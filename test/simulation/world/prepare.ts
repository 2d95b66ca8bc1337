import type { DrawNonce } from '@atomicity/client/signer';
import { policyHash } from '@atomicity/kernel/routing/fee-policy';
import { amount } from '@atomicity/kernel/units/amount';
import { type Denomination, parseDenomination } from '@atomicity/kernel/units/denomination';
import { type Hash, parseStreamId, type StreamId } from '@atomicity/kernel/units/id';
import { unixMs } from '@atomicity/kernel/units/time';
import type { EdgeAgreement, FeePolicy } from '@atomicity/kernel/wire/objects';
import type { VerifiedObject } from '@atomicity/kernel/wire/verified';
import type { FaultBudget, HostileKind } from '../engine/fault-budget.ts';
import type { Random } from '../engine/random.ts';
import { SkewedClock, type VirtualTime } from '../engine/virtual-time.ts';
import type { EdgeFacts, PolicyFacts } from '../model/facts.ts';
import {
  drawFrom,
  drawIdentity,
  mustVerify,
  type SimIdentity,
  signVerified,
} from '../node/identities.ts';
import { offerOf } from './gossip.ts';
import type { Topology } from './topology.ts';

/** Everything about one node that is fixed before the run begins. */
export type NodePlan = {
  readonly name: string;
  readonly identity: SimIdentity;
  readonly operator: SimIdentity;
  readonly stream: StreamId;
  readonly clock: SkewedClock;
  readonly policy: FeePolicy;
  readonly policyHash: Hash;
  readonly neighbours: readonly string[];
  readonly hostile: HostileKind | undefined;
};

export type EdgePlan = {
  readonly agreement: VerifiedObject<EdgeAgreement>;
  readonly facts: EdgeFacts;
  readonly nodes: readonly [string, string];
};

export type World = {
  readonly topology: Topology;
  readonly nodes: readonly NodePlan[];
  readonly edges: readonly EdgePlan[];
  readonly policies: ReadonlyMap<string, PolicyFacts>;
  readonly draw: DrawNonce;
};

/** True time 0 by a clock that is right. */
const EPOCH = 1_750_000_000_000;
const HOUR = 3_600_000;
const HOSTILE_KINDS: readonly HostileKind[] = [
  'overcharging',
  'denying',
  'late_claiming',
  'replaying',
  'flooding',
];

function denomination(text: string): Denomination {
  const parsed = parseDenomination(text);
  if (parsed === undefined) throw new Error(`no denomination: ${text}`);
  return parsed;
}

export const UNIT = denomination('USD/6');

function streamId(random: Random): StreamId {
  const id = parseStreamId(Buffer.from(random.bytes(16)).toString('hex'));
  if (id === undefined) throw new Error('no stream id');
  return id;
}

function drawPolicy(random: Random, hop: SimIdentity, marginMs: number): FeePolicy {
  return {
    hop: hop.id,
    denomination: UNIT,
    feeBps: random.below(300),
    feeFlat: amount(BigInt(random.below(4))),
    amountMin: amount(1n),
    amountMax: amount(1_000_000n),
    marginMs,
  };
}

function drawNode(
  random: Random,
  name: string,
  budget: FaultBudget,
  time: VirtualTime,
  neighbours: readonly string[],
  hostile: HostileKind | undefined,
): NodePlan {
  const identity = drawIdentity(random.fork('party'), ['party']);
  const policy = drawPolicy(random, identity, budget.marginMs);
  const skew = (random.unit() * 2 - 1) * budget.skewMs;
  const drift = (random.unit() * 2 - 1) * budget.driftPpm;
  return {
    name,
    identity,
    operator: drawIdentity(random.fork('operator'), ['operator']),
    stream: streamId(random),
    clock: new SkewedClock(time, Math.floor(EPOCH + skew), drift),
    policy,
    policyHash: policyHash(policy),
    neighbours,
    hostile,
  };
}

function drawEdge(random: Random, one: NodePlan, other: NodePlan): EdgePlan {
  const [a, b] = one.identity.id < other.identity.id ? [one, other] : [other, one];
  // Tight lines make parts necessary, and holds compete.
  const limitA = BigInt(random.between(300, 3_000));
  const limitB = BigInt(random.between(300, 3_000));
  const body: EdgeAgreement = {
    v: 1,
    type: 'EdgeAgreement',
    a: a.identity.id,
    b: b.identity.id,
    denomination: UNIT,
    limitA: amount(limitA),
    limitB: amount(limitB),
    rateBps: 0,
    expiresAt: unixMs(EPOCH + 10_000 * HOUR),
    graceMs: HOUR,
    haircutBps: 0,
    nonce: drawFrom(random)(),
  };
  const agreement = signVerified(body, a.identity.signer, b.identity.signer);
  const facts = {
    edge: agreement.id,
    a: body.a,
    b: body.b,
    denomination: UNIT,
    limitA,
    limitB,
  };
  return { agreement, facts, nodes: [a.name, b.name] };
}

/** Who is hostile: never so many that no honest pair is left. */
function drawHostile(random: Random, count: number, budget: FaultBudget) {
  const numbers = random.shuffled(Array.from({ length: count }, (_, i) => i));
  const chosen = numbers.slice(0, Math.min(budget.hostile, count - 3));
  return new Map(chosen.map((number) => [number, random.pick(HOSTILE_KINDS)]));
}

export function drawWorld(
  random: Random,
  topology: Topology,
  count: number,
  budget: FaultBudget,
  time: VirtualTime,
): World {
  // States of edges are agreed between clocks that differ by less than a minute only.
  const skewMs = random.chance(0.5) ? Math.min(budget.skewMs, 20_000) : budget.skewMs;
  const hostile = drawHostile(random.fork('hostile'), count, budget);
  const nodes = Array.from({ length: count }, (_, i) => {
    const neighbours = topology.links
      .filter((link) => link.includes(i))
      .map(([one, other]) => nameOf(one === i ? other : one));
    return drawNode(
      random.fork(`node ${i}`),
      nameOf(i),
      { ...budget, skewMs },
      time,
      neighbours,
      hostile.get(i),
    );
  });
  const edges = topology.links.flatMap(([one, other]) => {
    const [left, right] = [nodes[one], nodes[other]];
    if (left === undefined || right === undefined) return [];
    return [drawEdge(random.fork(`edge ${one} ${other}`), left, right)];
  });
  const policies = new Map(
    nodes.map(({ policy, policyHash: hash }) => {
      const { hop, feeBps, feeFlat } = policy;
      return [hash, { hop, feeBps: BigInt(feeBps), feeFlat }];
    }),
  );
  return { topology, nodes, edges, policies, draw: drawFrom(random.fork('nonces')) };
}

const nameOf = (number: number): string => `n${number}`;

/** What stands in a node's log before the run: keys, hosting, its edges, its price. */
export function foundation(world: World, node: NodePlan): readonly VerifiedObject[] {
  const { draw } = world;
  const { identity, operator, policy } = node;
  const parties = world.nodes.filter(
    ({ name }) => name === node.name || node.neighbours.includes(name),
  );
  const hosting = signVerified(
    {
      v: 1,
      type: 'PartyHosting',
      party: identity.id,
      marginMs: policy.marginMs,
      nonce: draw(),
    },
    operator.signer,
  );
  const edges = world.edges.filter(({ nodes }) => nodes.includes(node.name));
  const offer = offerOf(world, node, 1);
  const keys = [operator, ...parties.map((party) => party.identity)].map(({ delegation }) =>
    mustVerify(delegation.text),
  );
  return [...keys, hosting, ...edges.map(({ agreement }) => agreement), offer];
}
