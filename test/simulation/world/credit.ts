import { refuseToSignReassign } from '@atomicity/kernel/credit/decide-reassign';
import { amount } from '@atomicity/kernel/units/amount';
import type { Hash } from '@atomicity/kernel/units/id';
import { unixMs } from '@atomicity/kernel/units/time';
import type { Reassign, SettlementReceipt } from '@atomicity/kernel/wire/objects';
import type { VerifiedObject } from '@atomicity/kernel/wire/verified';
import type { Random } from '../engine/random.ts';
import type { VirtualTime } from '../engine/virtual-time.ts';
import type { RunFacts } from '../model/facts.ts';
import { drawFrom, signVerified } from '../node/identities.ts';
import type { SimNode } from '../node/sim-node.ts';
import { type EdgePlan, UNIT, type World } from './prepare.ts';

const RETRY_MS = 900;
const HOUR = 3_600_000;

type Stage = {
  readonly time: VirtualTime;
  readonly random: Random;
  readonly facts: RunFacts;
  readonly world: World;
  readonly nodes: ReadonlyMap<string, SimNode>;
};

type Deed = 'state' | 'settlement' | 'reassign';

/**
 * The users' back offices: they have states of their edges signed, settle debts outside and reassign
 * them, while payments go on. Each submits to one book; the nodes bring it to the others.
 */
export class Credit {
  readonly #stage: Stage;
  readonly #counts = new Map<string, number>();
  #open = 0;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** True while a signed object is not yet in every book that it concerns. */
  get isWaiting(): boolean {
    const { world } = this.#stage;
    return this.#open > 0 || world.edges.some((edge) => this.#isUnderWay(edge));
  }

  #isUnderWay({ nodes }: EdgePlan): boolean {
    const [one, other] = nodes.map((name) => this.#node(name));
    if (one === undefined || other === undefined) return false;
    return one.waitingFor(other.party) + other.waitingFor(one.party) > 0;
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
    if (deed === 'state') this.#coSign(edge);
    else if (deed === 'settlement') this.#settle(edge, random);
    else this.#reassign(edge, random);
  }

  /** Asks the end that proposes to have the edge signed now. */
  #coSign(edge: EdgePlan): void {
    const [a] = edge.nodes;
    this.#node(a)
      .propose(edge.agreement.id)
      ?.then(({ kind, reason }) => this.#count(`state ${reason ?? kind}`));
  }

  /** The creditor got value outside and says so. */
  #settle(edge: EdgePlan, random: Random): void {
    const [a, b] = edge.nodes.map((name) => this.#node(name));
    const balance = a?.state?.edges.get(edge.agreement.id)?.balance ?? 0n;
    if (a === undefined || b === undefined || balance === 0n) return;
    const creditor = balance > 0n ? a : b;
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
    this.#submit(receipt, creditor);
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
    this.#submit(signed, debtor);
  }

  /** One book decides; what it takes its node brings to the others. */
  #submit(object: VerifiedObject, decider: SimNode): void {
    const { time } = this.#stage;
    let isDone = false;
    this.#open += 1;
    const again = () => {
      if (isDone) return;
      decider.submit(object)?.then((outcome) => {
        if (isDone || outcome.kind === 'failed') return;
        isDone = true;
        this.#open -= 1;
        const word = outcome.kind === 'refused' ? outcome.refusal.reason : 'taken';
        this.#count(`${object.body.type} ${word}`);
      });
      time.after(RETRY_MS, again);
    };
    again();
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
