import { stateHash } from '@atomicity/kernel/book/state-codec';
import type { PartyId } from '@atomicity/kernel/units/id';
import { Availability } from './engine/availability.ts';
import { FAULT_BUDGETS, type FaultBudget } from './engine/fault-budget.ts';
import { Network } from './engine/network.ts';
import { Random } from './engine/random.ts';
import { Trace } from './engine/trace.ts';
import { VirtualTime } from './engine/virtual-time.ts';
import { LawBroken, law, type NodeFacts, type RunFacts } from './model/facts.ts';
import { Model } from './model/model.ts';
import type { Tally } from './model/quiescence.ts';
import { Stranger } from './model/stranger.ts';
import type { Mutant } from './mutants.ts';
import { PRODUCTION_RULES, replay } from './node/book.ts';
import { type Call, hopTexts, type Reply, replyTexts, type SimNetwork } from './node/calls.ts';
import { describeCall, describeReply } from './node/describe.ts';
import { verifyText } from './node/identities.ts';
import { ORIGIN, SimNode } from './node/sim-node.ts';
import { Aim } from './world/aim.ts';
import { Credit } from './world/credit.ts';
import { AppendFates, BusyCrashes, planFaults } from './world/fault-plan.ts';
import { Gossip } from './world/gossip.ts';
import { tamperFor } from './world/hostile.ts';
import { drawWorld, foundation, type NodePlan, type World } from './world/prepare.ts';
import { drawTopology } from './world/topology.ts';
import { drawPayments, PAYING_MS, Workload } from './world/workload.ts';

export type RunOptions = {
  readonly seed: number;
  readonly budget: FaultBudget['name'];
  /** At least 3. */
  readonly nodes: number;
  readonly payments: number;
  readonly mutant?: Mutant | undefined;
  /** Gets every line of the trace. */
  readonly print?: (line: string) => void;
};

export type RunResult = {
  readonly seed: number;
  readonly budget: string;
  readonly shape: string;
  /** SHA-256 over everything that happened. */
  readonly digest: string;
  readonly violation: Violation | undefined;
  readonly simulatedMs: number;
  readonly stepCount: number;
  readonly messageCount: number;
  /** Recorded events by type. */
  readonly eventCounts: ReadonlyMap<string, number>;
  readonly receiptCount: number;
  readonly startCount: number;
  readonly tally: Tally | undefined;
  readonly outcomes: ReadonlyMap<string, number>;
};

export type Violation = {
  readonly law: string;
  readonly message: string;
  /** The last lines of the trace. */
  readonly tail: readonly string[];
};

/** After the users are done: time for every hold to end, whatever its TTL, true ms. */
const SETTLING_MS = 4 * 3_600_000;

/** One run: its world, its nodes, the model that watches it. */
class Run {
  readonly time = new VirtualTime();
  readonly trace: Trace;
  readonly budget: FaultBudget;
  readonly random: Random;
  readonly availability = new Availability();
  readonly world: World;
  readonly nodes = new Map<string, SimNode>();
  readonly network: SimNetwork;
  readonly fates: AppendFates;
  readonly busy: BusyCrashes;
  readonly model: Model;
  readonly stranger: Stranger;
  readonly workload: Workload;
  readonly credit: Credit;
  readonly #facts: RunFacts;
  readonly #touched = new Set<string>();
  #broken: Error | undefined;
  #gossip: Gossip | undefined;
  readonly #aim: Aim;
  #isHealed = false;
  #named: ReadonlyMap<string, number> = new Map();

  constructor(options: RunOptions) {
    const { seed, budget, nodes, mutant, print } = options;
    this.trace = new Trace(print);
    this.budget = FAULT_BUDGETS[budget];
    this.random = new Random(`${seed} ${budget} ${nodes} ${options.payments}`);
    const topology = drawTopology(nodes, this.random.fork('topology'));
    const { time, trace, random } = this;
    this.world = drawWorld(random.fork('world'), topology, nodes, this.budget, time);
    this.#facts = this.#gatherFacts();
    this.model = new Model(this.#facts);
    this.stranger = new Stranger(this.#facts);
    this.#aim = new Aim({
      random: random.fork('aim'),
      chance: this.budget.aimedChance,
      model: this.model,
      nowMs: () => time.nowMs,
    });
    this.fates = new AppendFates(random.fork('appends'), this.budget);
    this.busy = new BusyCrashes({ time, random: random.fork('busy'), budget: this.budget });
    this.network = this.#makeNetwork();
    for (const plan of this.world.nodes) {
      this.nodes.set(plan.name, this.#makeNode(plan, mutant));
    }
    const stage = { time, trace, facts: this.#facts, nodes: this.nodes };
    this.workload = new Workload({ ...stage, random: random.fork('workload') });
    this.credit = new Credit({ ...stage, random: random.fork('credit'), world: this.world });
  }

  #gatherFacts(): RunFacts {
    const { time, availability, world } = this;
    const nodes = world.nodes.map(
      ({ name, identity, policy, clock, hostile }): NodeFacts => ({
        name,
        party: identity.id,
        marginMs: policy.marginMs,
        isHonest: hostile === undefined,
        trueMs: (localMs) => clock.trueMs(localMs),
      }),
    );
    return {
      nodes: new Map(nodes.map((node) => [node.name, node])),
      nodeOfParty: new Map(nodes.map((node) => [node.party, node])),
      edges: new Map(world.edges.map(({ facts }) => [facts.edge, facts])),
      policies: world.policies,
      intents: new Map(),
      orders: new Map(),
      withinMargin: this.budget.withinMargin,
      nowMs: () => time.nowMs,
      impairedMs: (one, other, fromMs, toMs) =>
        availability.impairedUs(one, other, fromMs * 1000, toMs * 1000) / 1000,
    };
  }

  #makeNetwork(): SimNetwork {
    const { time, random, trace, availability, budget } = this;
    return new Network<Call, Reply>({
      time,
      random: random.fork('network'),
      trace,
      availability,
      faults: budget.network,
      receiver: (from, to, call) => {
        const party = this.nodes.get(from)?.party;
        return party && this.nodes.get(to)?.receive(party, call);
      },
      lateness: (_from, to, call) => this.#aim.claimLateMs(to, hopTexts(call)),
      describe: { request: describeCall, answer: describeReply },
      observe: {
        request: (from, _to, call) => {
          this.busy.touch(this.nodes.get(from));
          this.#sent(from, hopTexts(call));
        },
        answer: (_from, to, _call, reply) => {
          this.busy.touch(this.nodes.get(to));
          this.#sent(to, replyTexts(reply));
        },
      },
    });
  }

  /** Signed texts leave a node. */
  #sent(name: string, texts: readonly string[]): void {
    this.#watch(() => {
      this.model.sent(name, texts);
      for (const text of texts) {
        const object = verifyText(text);
        if (!('reason' in object)) this.stranger.sees(object);
      }
    });
  }

  #makeNode(plan: NodePlan, mutant: Mutant | undefined): SimNode {
    const { time, trace, availability, random, fates, budget } = this;
    const own = random.fork(plan.name);
    const delegations = new Map(
      this.world.nodes.map(({ identity }) => [identity.id, identity.delegation.text]),
    );
    const hostile = plan.hostile === undefined ? undefined : tamperFor(plan.hostile, this.world);
    return new SimNode({
      ...plan,
      time,
      trace,
      availability,
      random: own,
      network: () => this.network,
      nodeOf: (party: PartyId) => this.#facts.nodeOfParty.get(party)?.name ?? 'nowhere',
      delegationText: (party) => delegations.get(party),
      rules: mutant?.rules?.(PRODUCTION_RULES) ?? PRODUCTION_RULES,
      tamper: hostile ?? mutant?.tamper,
      appendFate: () => fates.draw(),
      onDurable: (node, events, cause) => {
        this.#touched.add(node.name);
        this.#watch(() => this.model.recorded(node.name, events, cause));
      },
      signLateMs: (node, ask) => (this.#isHealed ? 0 : this.#aim.receiptLateMs(node.name, ask)),
      onStart: (node) => this.#gossip?.tell(node),
      restartMs: () => 200 + own.unit() * Math.min(budget.downMs, 5_000),
    });
  }

  /** Ends the run at the next step. */
  breakOff(error: unknown): void {
    this.#broken ??= error instanceof Error ? error : new Error(String(error));
  }

  /** A broken law ends the run at the next step; here it must not pass through product code. */
  #watch(observe: () => void): void {
    if (this.#broken !== undefined) return;
    try {
      observe();
    } catch (error) {
      this.breakOff(error);
    }
  }

  /** After every step. @throws LawBroken */
  #check(): void {
    for (const name of this.#touched) {
      const state = this.nodes.get(name)?.state;
      if (state !== undefined) this.#watch(() => this.model.compare(name, state));
    }
    this.#touched.clear();
    if (this.#broken !== undefined) throw this.#broken;
  }

  /** Lays the foundation of every log, before time begins. */
  prepare(): void {
    for (const plan of this.world.nodes) {
      const book = this.nodes.get(plan.name)?.openBook();
      book?.open(plan.operator.id);
      for (const object of foundation(this.world, plan)) book?.accept(object);
    }
    this.#check();
  }

  async play(options: RunOptions): Promise<Tally> {
    const { time, network, workload, fates, budget, world, random, trace } = this;
    this.prepare();
    this.#gossip = new Gossip({ world, time, nodes: this.nodes });
    for (const node of this.nodes.values()) node.start();
    this.#gossip.start();
    const names = world.nodes.map(({ name }) => name);
    workload.plan(drawPayments(random.fork('payments'), names, options.payments, budget));
    const spanMs = budget.withinMargin ? 2 * PAYING_MS : 10 * PAYING_MS;
    this.credit.plan(options.payments, spanMs);
    planFaults(
      {
        time,
        random: random.fork('faults'),
        trace,
        budget,
        network,
        nodes: [...this.nodes.values()],
        links: world.edges.map(({ nodes }) => nodes),
      },
      spanMs,
    );
    this.#silence(options.mutant);
    const check = () => this.#check();
    const healMs = spanMs + Math.max(budget.downMs, budget.cutMs, budget.fullMs);
    await time.runUntil(healMs * 1000, check, () => false);
    trace.add(time.nowUs, 'all', 'faults are healed');
    this.#isHealed = true;
    network.heal();
    fates.heal();
    this.busy.heal();
    for (const node of this.nodes.values()) {
      node.disk.isFull = false;
      node.start();
    }
    const untilUs = time.nowUs + SETTLING_MS * 1000;
    // Rest is asked of the logs, and now and then: most steps change nothing.
    const isDone = () =>
      time.eventCount % 64 === 0 &&
      !workload.isWaiting &&
      !this.credit.isWaiting &&
      workload.isOver() &&
      this.model.isAtRest();
    await time.runUntil(untilUs, check, isDone);
    return this.#finish();
  }

  #silence(mutant: Mutant | undefined): void {
    const random = this.random.fork('silence');
    const chosen = random.shuffled([...this.nodes.values()]).slice(0, this.budget.silentReceivers);
    for (const node of chosen) node.finalizer.isSilent = random.chance(0.5);
    mutant?.prepare?.([...this.nodes.values()]);
  }

  #finish(): Tally {
    law(!this.workload.isWaiting, 'every request is answered', () => 'a user still waits');
    law(!this.credit.isWaiting, 'every signed object reaches its books', () => 'one has not');
    for (const [name, node] of this.nodes) {
      const { state } = node;
      law(state !== undefined, 'every node is back', () => name);
      const again = replay(node.options.rules, node.options.stream, ORIGIN, node.disk);
      law(stateHash(again) === stateHash(state), 'replay equals live', () => name);
      this.workload.checkRemembered(name);
    }
    const tally = this.model.finish();
    this.#named = this.stranger.judge((party) => {
      const node = this.nodes.get(this.#facts.nodeOfParty.get(party)?.name ?? '');
      return node === undefined || node.startCount > 1 || node.finalizer.isSilent;
    });
    return tally;
  }

  result(options: RunOptions, tally: Tally | undefined, error: unknown): RunResult {
    const { time, trace, network, model, world, workload, credit } = this;
    const violation =
      error === undefined
        ? undefined
        : {
            law: error instanceof LawBroken ? error.law : 'the run ends in order',
            message: describeError(error),
            tail: trace.tail,
          };
    return {
      seed: options.seed,
      budget: options.budget,
      shape: world.topology.shape,
      digest: trace.digest(),
      violation,
      simulatedMs: time.nowMs,
      stepCount: time.eventCount,
      messageCount: network.messageCount,
      eventCounts: model.eventCounts,
      receiptCount: model.receiptCount,
      startCount: [...this.nodes.values()].reduce((sum, node) => sum + node.startCount, 0),
      tally,
      outcomes: new Map([...workload.outcomes(), ...credit.counts, ...this.#named]),
    };
  }
}

function describeError(error: unknown): string {
  if (error instanceof LawBroken) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/**
 * Runs one seed to rest and says what it found. The same options give the same result, digest
 * included. Never rejects for a broken law: that is the result's `violation`.
 */
export async function simulate(options: RunOptions): Promise<RunResult> {
  const run = new Run(options);
  // A promise of the product that nobody waits for may not fail unseen.
  const unhandled = (error: unknown) => run.breakOff(error);
  process.on('unhandledRejection', unhandled);
  try {
    const tally = await run.play(options);
    return run.result(options, tally, undefined);
  } catch (error) {
    return run.result(options, undefined, error);
  } finally {
    process.off('unhandledRejection', unhandled);
  }
}

/** The command that repeats a run, with its trace. */
export function replayCommand({ seed, budget, nodes, payments, mutant }: RunOptions): string {
  const named = mutant === undefined ? '' : ` --mutant ${mutant.name}`;
  return (
    `npm run simulate -- --seed ${seed} --budget ${budget} --nodes ${nodes} ` +
    `--payments ${payments}${named} --trace`
  );
}
