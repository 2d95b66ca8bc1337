import type { RecordedEvent } from '@atomicity/kernel/book/events';
import type { BookState } from '@atomicity/kernel/book/state';
import type { Hash, PartyId, StreamId } from '@atomicity/kernel/units/id';
import type { VerifiedObject } from '@atomicity/kernel/wire/verified';
import { HopAgent } from '@atomicity/router/hop-agent';
import type { AgentPorts, DeliveryAsk, PeerAnswer, PeerMessage } from '@atomicity/router/ports';
import type { Availability } from '../engine/availability.ts';
import type { Random } from '../engine/random.ts';
import type { Trace } from '../engine/trace.ts';
import type { SkewedClock, VirtualTime } from '../engine/virtual-time.ts';
import { type Rules, SimBook } from './book.ts';
import type { Call, Reply, SimNetwork } from './calls.ts';
import { describeEvent } from './describe.ts';
import { type AppendFate, Disk } from './disk.ts';
import { EdgeServices } from './edge-services.ts';
import { SimFinalizer } from './finalizer.ts';
import { drawFrom, type SimIdentity, verifyText } from './identities.ts';
import { type Heard, Knowledge } from './knowledge.ts';

/** What an agent does otherwise than production: hostile nodes and mutants are made with it. */
export type Tamper = {
  readonly ports?: (ports: AgentPorts, node: SimNode) => AgentPorts;
  readonly answer?: (answer: PeerAnswer, node: SimNode) => PeerAnswer;
};

export type SimNodeOptions = {
  readonly name: string;
  readonly identity: SimIdentity;
  readonly operator: SimIdentity;
  readonly stream: StreamId;
  readonly time: VirtualTime;
  readonly clock: SkewedClock;
  readonly random: Random;
  readonly trace: Trace;
  readonly availability: Availability;
  readonly network: () => SimNetwork;
  /** The name of the node that hosts a party. */
  readonly nodeOf: (party: PartyId) => string;
  readonly delegationText: (party: PartyId) => string | undefined;
  readonly rules: Rules;
  readonly tamper: Tamper | undefined;
  readonly appendFate: (node: SimNode) => AppendFate;
  readonly onDurable: (
    node: SimNode,
    events: readonly RecordedEvent[],
    cause: string | undefined,
  ) => void;
  /** How long the receiver's user keeps a receipt back, true ms. */
  readonly signLateMs: (node: SimNode, ask: DeliveryAsk) => number;
  /** The node is up, its agent not yet at work. */
  readonly onStart: (node: SimNode) => void;
  /** How long a node that ended by itself stays down, true ms. */
  readonly restartMs: () => number;
};

export const ORIGIN = 'log.example/simulation';
const SWEEP_MS = 1_000;

/** What lives between a start and a crash. */
type Incarnation = {
  readonly book: SimBook;
  readonly agent: HopAgent;
  readonly knowledge: Knowledge;
  readonly edges: EdgeServices;
  alive: boolean;
};

/** A node: its disk and clock for good, its book and agent until the next crash. */
export class SimNode {
  readonly name: string;
  readonly party: PartyId;
  readonly disk = new Disk();
  readonly finalizer: SimFinalizer;
  readonly options: SimNodeOptions;
  #incarnation: Incarnation | undefined;
  #startCount = 0;

  constructor(options: SimNodeOptions) {
    this.options = options;
    this.name = options.name;
    this.party = options.identity.id;
    this.finalizer = new SimFinalizer(drawFrom(options.random.fork('finalizer')));
  }

  get isUp(): boolean {
    return this.#incarnation !== undefined;
  }

  get startCount(): number {
    return this.#startCount;
  }

  /** The agent while the node is up. */
  get agent(): HopAgent | undefined {
    return this.#incarnation?.agent;
  }

  /** What the node shows of its book; undefined while it is down. */
  get state(): BookState | undefined {
    return this.#incarnation?.book.state();
  }

  /** Takes an offer in, if the node is up. */
  hear(heard: Heard): void {
    const { book, knowledge } = this.#incarnation ?? {};
    if (book !== undefined) knowledge?.hear(heard, heard.offer.body.policy.hop, book.now());
  }

  /** Submits to the running book, as a user of the node does. */
  submit(object: VerifiedObject): ReturnType<SimBook['submit']> | undefined {
    return this.#incarnation?.book.submit(object);
  }

  /** A book on this disk, to prepare it before the run. */
  openBook(): SimBook {
    return this.#makeBook(() => {});
  }

  /** Recovers from the disk; nothing of a life before is left but the disk. */
  start(): void {
    if (this.#incarnation !== undefined) return;
    const { time, trace, availability } = this.options;
    this.#startCount += 1;
    trace.add(time.nowUs, this.name, `starts, ${this.disk.events.length} events`);
    const isAlive = () => incarnation.alive;
    const book = this.#makeBook((reason) => {
      if (isAlive()) this.crash(reason, this.options.restartMs());
    });
    const ports = this.#ports(book, isAlive);
    const edges = this.#openEdges(ports, isAlive);
    const knowledge = new Knowledge();
    const agent = new HopAgent(this.options.tamper?.ports?.(ports, this) ?? ports, {
      routing: knowledge.port(),
    });
    const incarnation: Incarnation = { book, agent, knowledge, edges, alive: true };
    this.#incarnation = incarnation;
    this.options.onStart(this);
    availability.nodeUp(this.name, time.nowUs);
    edges.start();
    agent.recover();
    this.#sweep(incarnation);
  }

  /** Ends at once, wherever the code stands, and starts again after `downMs` of true time. */
  crash(reason: string, downMs: number): void {
    const { time, trace, availability } = this.options;
    if (this.#incarnation === undefined) return;
    this.#incarnation.alive = false;
    this.#incarnation.book.kill();
    this.disk.crash();
    this.#incarnation = undefined;
    availability.nodeDown(this.name, time.nowUs);
    trace.add(time.nowUs, this.name, `crashes: ${reason}`);
    time.after(downMs, () => this.start());
  }

  /** Asks the other end of an edge to sign where it stands. */
  propose(edge: Hash): ReturnType<EdgeServices['propose']> | undefined {
    return this.#incarnation?.edges.propose(edge);
  }

  /** Shared objects that a neighbour's book does not have yet. */
  waitingFor(neighbour: PartyId): number {
    return this.#incarnation?.edges.outbox.standing(neighbour).waiting ?? 1;
  }

  /** Undefined while the node is down. */
  receive(from: PartyId, call: Call): Promise<Reply> | undefined {
    const { agent, edges } = this.#incarnation ?? {};
    if (agent === undefined || edges === undefined) return undefined;
    switch (call.kind) {
      case 'hops':
        return this.#answerHops(agent, call.message);
      case 'state':
        return edges.desk.answer(from, call.edge, call.text).then((answer) => ({
          kind: 'state',
          answer,
        }));
      case 'share':
        return edges.take(call.objects).then((outcomes) => ({ kind: 'share', outcomes }));
    }
  }

  async #answerHops(agent: HopAgent, message: PeerMessage): Promise<Reply> {
    const answer = await agent.receive(message);
    return { kind: 'hops', answer: this.options.tamper?.answer?.(answer, this) ?? answer };
  }

  #openEdges(ports: AgentPorts, isAlive: () => boolean): EdgeServices {
    const { stream, delegationText, nodeOf, network } = this.options;
    return new EdgeServices({
      ports,
      disk: this.disk,
      stream,
      delegationText,
      call: (to, call) => whileAlive(isAlive, network().send(this.name, nodeOf(to), call)),
    });
  }

  #makeBook(onFatal: (reason: string) => void): SimBook {
    const { stream, time, clock, random, rules, appendFate, onDurable, trace } = this.options;
    return new SimBook({
      stream,
      origin: ORIGIN,
      disk: this.disk,
      time,
      clock,
      random: random.fork(`book ${this.#startCount}`),
      rules,
      appendFate: () => appendFate(this),
      onDurable: (events, cause) => {
        for (const event of events) trace.add(time.nowUs, this.name, describeEvent(event));
        onDurable(this, events, cause);
      },
      onFlushed: (events, state) => {
        this.#incarnation?.edges.see(events, state);
        this.#incarnation?.agent.wake(vouchersOf(events));
      },
      onFatal,
    });
  }

  #sweep(incarnation: Incarnation): void {
    if (!incarnation.alive) return;
    incarnation.book.sweep();
    this.options.clock.after(SWEEP_MS, () => this.#sweep(incarnation));
  }

  /** The ports of one incarnation: what a dead one waits for never comes. */
  #ports(book: SimBook, isAlive: () => boolean): AgentPorts {
    const { time, clock, identity, network, nodeOf, trace } = this.options;
    const random = this.options.random.fork(`agent ${this.#startCount}`);
    const wait = <T>(value: T, ms = 0): Promise<T> =>
      whileAlive(
        isAlive,
        time.pause(ms + random.unit() * 0.4).then(() => value),
      );
    return {
      party: this.party,
      book: {
        state: () => book.state(),
        submit: (object) => whileAlive(isAlive, book.submit(object)),
        causeText: (eventId) => whileAlive(isAlive, book.causeText(eventId)),
      },
      peers: {
        send: async (to, message) => {
          const sent = network().send(this.name, nodeOf(to), { kind: 'hops', message });
          const reply = await whileAlive(isAlive, sent);
          if (reply.kind !== 'hops') throw new Error('another kind of reply');
          return reply.answer;
        },
      },
      verify: (text) => wait(verifyText(text)),
      sign: (id: Hash) => {
        const { by, key } = identity.signer;
        return { by, key: key.id, sig: key.signId(id) };
      },
      now: () => book.now(),
      draw: drawFrom(random),
      after: (ms, run) => clock.after(ms, () => isAlive() && run()),
      finalizer: this.finalizer.port(wait, (ask) => this.options.signLateMs(this, ask)),
      journal: this.disk.journal(),
      onHalt: (reason) => {
        trace.add(time.nowUs, this.name, `halts: ${reason}`);
        if (isAlive()) this.crash(`agent halted: ${reason}`, this.options.restartMs());
      },
    };
  }
}

/** What the dead wait for never comes. */
function whileAlive<T>(isAlive: () => boolean, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    promise.then(
      (value) => isAlive() && resolve(value),
      (error: unknown) => isAlive() && reject(error),
    );
  });
}

function vouchersOf(events: readonly RecordedEvent[]): Hash[] {
  const vouchers = new Set<Hash>();
  for (const { data } of events) {
    if ('voucher' in data) vouchers.add(data.voucher);
  }
  return [...vouchers];
}
