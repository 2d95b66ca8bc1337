import { refuseToSignReassign } from '@atomicity/kernel/credit/decide-reassign';
import { judgeEdgeState, proposeEdgeState } from '@atomicity/kernel/credit/edge-state';
import { amount } from '@atomicity/kernel/units/amount';
import type { Hash } from '@atomicity/kernel/units/id';
import { unixMs } from '@atomicity/kernel/units/time';
import type { EdgeState, Reassign, SettlementReceipt } from '@atomicity/kernel/wire/objects';
import type { VerifiedObject } from '@atomicity/kernel/wire/verified';
import type { Random } from '../engine/random.ts';
import type { Trace } from '../engine/trace.ts';
import type { VirtualTime } from '../engine/virtual-time.ts';
import { law, type RunFacts } from '../model/facts.ts';
import { drawFrom, short, signVerified } from '../node/identities.ts';
import type { SimNode } from '../node/sim-node.ts';
import { type EdgePlan, UNIT, type World } from './prepare.ts';

const RETRY_MS = 900;
const HOUR = 3_600_000;

type Stage = {
  readonly time: VirtualTime;
  readonly trace: Trace;
  readonly random: Random;
  readonly facts: RunFacts;
  /** Runs a check whose failure ends the run. */
  readonly watch: (check: () => void) => void;
  readonly world: World;
  readonly nodes: ReadonlyMap<string, SimNode>;
};

type Deed = 'state' | 'settlement' | 'reassign';

/**
 * The users' back offices: they co-sign states of their edges, settle debts outside and reassign
 * them, while payments go on. What is signed by all they bring to every book that it concerns, again
 * and again until it is taken.
 */
export class Credit {
  readonly #stage: Stage;
  readonly #counts = new Map<string, number>();
  /** Edges on which something signed is not yet in both books. */
  readonly #underWay = new Map<string, number>();
  #open = 0;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** True while a signed object is not yet in every book that it concerns. */
  get isWaiting(): boolean {
    return this.#open > 0;
  }

  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  plan(count: number, spanMs: number): void {
    const { random, time } = this.#stage;
    for (let i = 0; i < count; i++) {
      const own = random.fork(`deed ${i}`);
      time.after(own.unit() * spanMs, () => this.#act(own));
    }
  }

  #act(random: Random): void {
    const { world } = this.#stage;
    const edge = random.pick(world.edges);
    const isHonest = edge.nodes.every((name) => this.#stage.facts.nodes.get(name)?.isHonest);
    if (!isHonest || edge.nodes.some((name) => !this.#node(name).isUp)) return;
    const deed = random.pick<Deed>(['state', 'state', 'settlement', 'reassign']);
    if (deed === 'state') this.#coSign(edge, random);
    else if (deed === 'settlement') this.#settle(edge, random);
    else this.#reassign(edge, random);
  }

  /** The proposer's end signs, the other judges and signs, then both record. */
  #coSign(edge: EdgePlan, random: Random): void {
    const [a, b] = edge.nodes.map((name) => this.#node(name));
    const state = a?.state;
    if (a === undefined || b === undefined || state === undefined) return;
    const proposal = proposeEdgeState(state, edge.agreement.id, unixMs(a.options.clock.now()));
    if ('reason' in proposal) {
      this.#count(`state ${proposal.reason}`);
      return;
    }
    const before = this.#standing(edge);
    this.#stage.time.after(random.unit() * 200, () => {
      this.#judge(a, b, proposal, () => this.#standing(edge) === before);
    });
  }

  /** What both books show of an edge. */
  #standing({ nodes, agreement }: EdgePlan): string {
    return nodes
      .map((name) => {
        const edge = this.#node(name).state?.edges.get(agreement.id);
        return [edge?.balance, edge?.heldFromA, edge?.heldFromB].join();
      })
      .join(' ');
  }

  #judge(a: SimNode, b: SimNode, proposal: EdgeState, isUnmoved: () => boolean): void {
    const { state } = b;
    if (state === undefined) return;
    const verdict = judgeEdgeState(state, proposal, unixMs(b.options.clock.now()));
    this.#count(`state ${verdict.kind === 'refused' ? verdict.refusal.reason : verdict.kind}`);
    const isMoving = (this.#underWay.get(proposal.edge) ?? 0) > 0;
    law(
      verdict.kind !== 'disagree' || isMoving || !isUnmoved(),
      'both ends of an edge agree',
      () => `${a.name} and ${b.name} differ on ${proposal.edge}`,
    );
    if (verdict.kind !== 'agree') return;
    const signed = signVerified(proposal, a.options.identity.signer, b.options.identity.signer);
    this.#decideThenBring(signed, b, [a], [proposal.edge]);
  }

  /** The creditor got value outside and says so. */
  #settle(edge: EdgePlan, random: Random): void {
    const [a, b] = edge.nodes.map((name) => this.#node(name));
    const balance = a?.state?.edges.get(edge.agreement.id)?.balance ?? 0n;
    if (a === undefined || b === undefined || balance === 0n) return;
    const [creditor, debtor] = balance > 0n ? [a, b] : [b, a];
    const owed = balance > 0n ? balance : -balance;
    const receipt = signVerified<SettlementReceipt>(
      {
        v: 1,
        type: 'SettlementReceipt',
        edge: edge.agreement.id,
        creditor: creditor.party,
        request: null,
        amount: amount(1n + BigInt(random.below(Number(owed)))),
        rail: 'simulated',
        evidence: Buffer.from(random.bytes(32)).toString('hex') as Hash,
        at: unixMs(creditor.options.clock.now()),
        nonce: drawFrom(random)(),
      },
      creditor.options.identity.signer,
    );
    this.#decideThenBring(receipt, creditor, [debtor], [edge.agreement.id]);
  }

  /** A creditor of a debtor hands its claim to another creditor; the debtor signs last. */
  #reassign(edge: EdgePlan, random: Random): void {
    const { world } = this.#stage;
    const state = this.#node(edge.nodes[0]).state;
    const balance = state?.edges.get(edge.agreement.id)?.balance ?? 0n;
    if (balance === 0n) return;
    const [fromName, debtorName] = balance > 0n ? edge.nodes : [edge.nodes[1], edge.nodes[0]];
    const others = world.edges.filter(
      ({ nodes }) => nodes.includes(debtorName) && !nodes.includes(fromName),
    );
    if (others.length === 0) return;
    const toEdge = random.pick(others);
    const toName = toEdge.nodes[0] === debtorName ? toEdge.nodes[1] : toEdge.nodes[0];
    const [debtor, from, to] = [debtorName, fromName, toName].map((name) => this.#node(name));
    if (debtor === undefined || from === undefined || to === undefined) return;
    if (this.#stage.facts.nodes.get(toName)?.isHonest !== true) return;
    const owed = Number(balance > 0n ? balance : -balance);
    const body: Reassign = {
      v: 1,
      type: 'Reassign',
      debtor: debtor.party,
      from: from.party,
      to: to.party,
      fromEdge: edge.agreement.id,
      toEdge: toEdge.agreement.id,
      denomination: UNIT,
      amount: amount(BigInt(1 + random.below(owed))),
      expiresAt: unixMs(debtor.options.clock.now() + 100 * HOUR),
      nonce: drawFrom(random)(),
    };
    for (const [node, role] of [
      [from, 'from'],
      [to, 'to'],
      [debtor, 'debtor'],
    ] as const) {
      const now = unixMs(node.options.clock.now());
      const refusal = node.state && refuseToSignReassign(node.state, body, now, role);
      if (node.state === undefined || refusal !== undefined) {
        this.#count(`reassign ${refusal?.reason ?? 'down'}`);
        return;
      }
    }
    const signers = [debtor, from, to].map(({ options }) => options.identity.signer);
    const signed = signVerified(body, ...signers);
    this.#decideThenBring(signed, debtor, [from, to], [body.fromEdge, body.toEdge]);
  }

  /** One book decides; only what it took goes to the others. */
  #decideThenBring(
    object: VerifiedObject,
    decider: SimNode,
    others: readonly SimNode[],
    edges: readonly string[],
  ): void {
    let isDone = false;
    this.#begin(edges);
    const again = () => {
      if (isDone) return;
      decider.submit(object)?.then((outcome) => {
        if (isDone || outcome.kind === 'failed') return;
        isDone = true;
        const word = outcome.kind === 'refused' ? outcome.refusal.reason : 'taken';
        this.#count(`${object.body.type} ${word}`);
        if (outcome.kind !== 'refused') this.#bring(object, others, edges);
        this.#end(edges);
      });
      this.#stage.time.after(RETRY_MS, again);
    };
    again();
  }

  /** Signed by all: every book takes it, however late. */
  #bring(object: VerifiedObject, nodes: readonly SimNode[], edges: readonly string[]): void {
    const { time, random, trace, watch } = this.#stage;
    trace.add(time.nowUs, 'credit', `${object.body.type} ${short(object.id)}`);
    for (const node of nodes) {
      let isDone = false;
      this.#begin(edges);
      const again = () => {
        if (isDone) return;
        node.submit(object)?.then((outcome) => {
          if (isDone || outcome.kind === 'failed') return;
          const isTaken = outcome.kind === 'accepted' || outcome.kind === 'duplicate';
          const isOld =
            outcome.kind === 'refused' && outcome.refusal.reason === 'sequence_not_next';
          watch(() =>
            law(
              isTaken || isOld,
              'what all have signed counts whenever it arrives',
              () => `${node.name} ${object.body.type}: ${JSON.stringify(outcome)}`,
            ),
          );
          isDone = true;
          this.#end(edges);
        });
        time.after(RETRY_MS, again);
      };
      time.after(random.unit() * 400, again);
    }
  }

  #begin(edges: readonly string[]): void {
    this.#open += 1;
    for (const edge of edges) this.#underWay.set(edge, (this.#underWay.get(edge) ?? 0) + 1);
  }

  #end(edges: readonly string[]): void {
    this.#open -= 1;
    for (const edge of edges) this.#underWay.set(edge, (this.#underWay.get(edge) ?? 0) - 1);
  }

  #count(what: string): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + 1);
  }

  #node(name: string): SimNode {
    const node = this.#stage.nodes.get(name);
    if (node === undefined) throw new Error(`no node ${name}`);
    return node;
  }
}
