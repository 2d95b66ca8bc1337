import { createPublicKey, verify } from 'node:crypto';
import { openBook } from '@atomicity/kernel/book/open-book';
import { delegation, edge, limitChange } from '@atomicity/kernel/testing/accounts';
import { testKey, testNonce } from '@atomicity/kernel/testing/keys';
import { freePolicy, routingOffer } from '@atomicity/kernel/testing/offers';
import {
  type Built,
  createWorld,
  must,
  OPERATOR,
  ORIGIN,
  START,
  type TestParty,
  testParty,
  through,
  type World,
} from '@atomicity/kernel/testing/world';
import { type Amount, amount } from '@atomicity/kernel/units/amount';
import { type Hash, type PartyId, parseStreamId } from '@atomicity/kernel/units/id';
import type { UnixMs } from '@atomicity/kernel/units/time';
import { unixMs } from '@atomicity/kernel/units/time';
import type { FeePolicy } from '@atomicity/kernel/wire/objects';
import { parseObject } from '@atomicity/kernel/wire/parse-object';
import type { Refusal } from '@atomicity/kernel/wire/refusals';
import { refuseChecks, requiredChecks } from '@atomicity/kernel/wire/signatures';
import { type VerifiedObject, verified } from '@atomicity/kernel/wire/verified';
import { keyFinalizer } from '../finalizer.ts';
import { HopAgent } from '../hop-agent.ts';
import { memoryEvidence, memoryJournal } from '../memory-stores.ts';
import type { AgentPorts, Finalizer, PeerAnswer, PeerMessage } from '../ports.ts';
import type { AgentSettings } from '../settings.ts';
import { FakeBook } from './fake-book.ts';
import { FakeRouting } from './fake-routing.ts';
import { VirtualTime } from './virtual-time.ts';

/** What the wire does with a message or its answer. */
export type Fate = 'delivered' | 'lost' | 'answer_lost' | 'twice';

const SWEEP_MS = 500;

const seen = new Map<string, VerifiedObject | Refusal>();

const SPKI_ED25519 = Buffer.from('302a300506032b6570032100', 'hex');

/** Much faster than the kernel's own, and what production uses. */
function verifyWithOpenssl(key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const der = Buffer.concat([SPKI_ED25519, key]);
  return verify(
    null,
    message,
    createPublicKey({ key: der, format: 'der', type: 'spki' }),
    signature,
  );
}

/** Real checks; what was checked once in this process is remembered. */
export function verifyForTest(text: string): VerifiedObject | Refusal {
  const known = seen.get(text);
  if (known !== undefined) return known;
  const parsed = parseObject(text);
  const value =
    parsed.kind === 'refused'
      ? parsed.refusal
      : (refuseChecks(requiredChecks(parsed.object), verifyWithOpenssl) ??
        verified(parsed.object, { signatures: 'all_verified', opening: 'checked' }));
  seen.set(text, value);
  return value;
}

/** One party with its book, and an agent that can be killed and started again. */
export class TestNode {
  readonly party: TestParty;
  readonly book: FakeBook;
  readonly routing: FakeRouting;
  readonly journal = memoryJournal();
  readonly evidence = memoryEvidence(256, 1_000);
  readonly halts: string[] = [];
  readonly counts = {
    sentBytes: 0,
    answerBytes: 0,
    signatures: 0,
    verifications: 0,
    offences: [] as string[],
  };
  /** Called when the agent has halted by itself. */
  onHalt: () => void = () => {};
  silent = false;
  /** Replaces the finalizer where a test needs another. */
  finalizer: Finalizer;
  agent: HopAgent;
  readonly #neighbourhood: Neighbourhood;
  #draws = 0;

  constructor(neighbourhood: Neighbourhood, party: TestParty, stream: string) {
    this.#neighbourhood = neighbourhood;
    this.party = party;
    const opening = openBook({ name: party.name, origin: ORIGIN, operator: OPERATOR.id });
    if (opening.type !== 'BookOpened') throw new Error('a book opens');
    const id = must(parseStreamId(stream), 'stream');
    this.book = new FakeBook(id, opening.data, () => this.now());
    this.book.onLapse = (vouchers) => this.agent.wake(vouchers);
    this.routing = new FakeRouting(this.book);
    this.finalizer = keyFinalizer(
      (key, of) => {
        const found = neighbourhood.finalizeKeys.get(key);
        return found && neighbourhood.world.sign(found, of);
      },
      () => this.silent,
    );
    this.agent = this.#start();
  }

  /** This node's own clock: the true time and its error. */
  now(): UnixMs {
    return unixMs(this.#neighbourhood.time.now() + this.#neighbourhood.errorOf(this.party.name));
  }

  /** Ends the agent as a crash does, and starts another from the book and the journal. */
  restart(): void {
    this.agent.stop();
    this.agent = this.#start();
    this.agent.recover();
  }

  #start(): HopAgent {
    return new HopAgent(this.#ports(), {
      routing: this.routing,
      settings: this.#neighbourhood.settings,
    });
  }

  #ports(): AgentPorts {
    const { time, world } = this.#neighbourhood;
    return {
      party: this.party.id,
      book: this.book,
      peers: { send: (to, message) => this.#neighbourhood.carry(this, to, message) },
      verify: (text) => Promise.resolve(verifyForTest(text)),
      sign: (id) => ({
        by: this.party.id,
        key: this.party.key.id,
        sig: world.sign(this.party.key, id),
      }),
      now: () => this.now(),
      draw: () => testNonce(`${this.party.name} ${this.#draws++}`),
      after: (ms, run) => time.after(ms, run),
      finalizer: {
        commit: (ask, windowMs) => this.finalizer.commit(ask, windowMs),
        finalize: (ask) => this.finalizer.finalize(ask),
      },
      journal: this.journal,
      evidence: this.evidence,
      counters: {
        message: (direction, _kind, bytes) => {
          if (direction === 'sent') this.counts.sentBytes += bytes;
        },
        answer: (direction, bytes) => {
          if (direction === 'sent') this.counts.answerBytes += bytes;
        },
        signature: () => {
          this.counts.signatures += 1;
        },
        verification: (_type, signatures) => {
          this.counts.verifications += signatures;
        },
        offence: (name) => this.counts.offences.push(name),
      },
      onHalt: (reason) => {
        this.halts.push(reason);
        this.onHalt();
      },
    };
  }
}

export type EdgeSpec = readonly [from: string, to: string, limit?: bigint];

/** Nodes joined by edges, with a wire between them that a test may cut. */
export class Neighbourhood {
  readonly time = new VirtualTime(START);
  readonly world: World = createWorld({ seed: 'neighbourhood' });
  readonly finalizeKeys = new Map<PartyId, ReturnType<typeof testKey>>();
  readonly settings: Partial<AgentSettings>;
  readonly sent: { readonly from: string; readonly to: string; readonly objects: number }[] = [];
  /** What becomes of each message; `attempt` counts from 0 over the whole run. */
  fate: (from: string, to: string, message: PeerMessage, attempt: number) => Fate = () =>
    'delivered';
  /** Called when a message has arrived, before it is taken. */
  onArrival: (to: TestNode, message: PeerMessage) => void = () => {};
  /** What arrives of an answer. */
  answer: (to: string, answer: PeerAnswer) => PeerAnswer = (_to, answer) => answer;
  readonly #nodes = new Map<string, TestNode>();
  readonly #errors = new Map<string, number>();
  readonly #edges = new Map<string, Hash>();
  #attempts = 0;

  constructor(edges: readonly EdgeSpec[], settings: Partial<AgentSettings> = {}) {
    this.settings = settings;
    const names = [...new Set(edges.flatMap((spec) => spec.slice(0, 2) as string[]))];
    for (const [i, name] of names.entries()) {
      const stream = (i + 1).toString(16).padStart(2, '0').repeat(16);
      this.#nodes.set(name, new TestNode(this, testParty(name), stream));
    }
    for (const name of names) {
      const { book } = this.node(name);
      const all = [OPERATOR, ...names.map(testParty)];
      for (const party of all) submit(book, this.delegation(party));
      submit(book, this.#hosting(testParty(name)));
    }
    for (const [from, to, limit = 1_000_000n] of edges) this.#join(from, to, limit);
    this.#sweep();
  }

  /** Every book looks for what has lapsed, as the writer's sweeper does. */
  #sweep(): void {
    for (const { book } of this.nodes()) book.lapse();
    this.time.after(SWEEP_MS, () => this.#sweep());
  }

  node(name: string): TestNode {
    return must(this.#nodes.get(name), name);
  }

  nodes(): readonly TestNode[] {
    return [...this.#nodes.values()];
  }

  delegation(party: TestParty): Built<'KeyDelegation'> {
    return delegation(this.world, party, { nonce: testNonce(`delegation ${party.name}`) });
  }

  /** How far a node's clock is from the true time, ms. */
  errorOf(name: string): number {
    return this.#errors.get(name) ?? 0;
  }

  skew(name: string, ms: number): void {
    this.#errors.set(name, ms);
  }

  edgeId(from: string, to: string): Hash {
    return must(this.#edges.get([from, to].sort().join()), 'edge');
  }

  /** A hop publishes its price and what it forwards to; senders hear of it. */
  offer(name: string, to: Readonly<Record<string, bigint>>, change: Partial<FeePolicy> = {}): void {
    const party = testParty(name);
    const offer = routingOffer(this.world, party, to, change, { at: this.node(name).now() });
    submit(this.node(name).book, offer);
    for (const { routing, now } of this.nodes().map((node) => ({
      routing: node.routing,
      now: node.now(),
    }))) {
      routing.hear(offer, this.delegation(party), now);
    }
  }

  policyOf(name: string, change: Partial<FeePolicy> = {}): FeePolicy {
    return freePolicy(testParty(name), change);
  }

  /** An intent of a receiver, in its own book. */
  intent(
    receiver: string,
    of: bigint,
    change: {
      readonly minDeliverable?: Amount;
      readonly partsMax?: number;
      readonly label?: string;
    } = {},
  ): Built<'PaymentIntent'> {
    const party = testParty(receiver);
    const key = testKey(`finalize ${receiver} ${change.label ?? this.finalizeKeys.size}`);
    this.finalizeKeys.set(key.id, key);
    const intent = this.world.object(
      {
        v: 1,
        type: 'PaymentIntent',
        receiver: party.id,
        denomination: this.policyOf(receiver).denomination,
        amount: amount(of),
        expiresAt: unixMs(START + 3_600_000),
        description: 'test',
        policyHash: null,
        constraints: { maxFeeBps: 10_000, latencyMs: 1_000 },
        delivery: {
          finalizeKey: key.id,
          minDeliverable: change.minDeliverable ?? amount(of),
          partsMax: change.partsMax ?? 4,
        },
        nonce: this.world.nonce(),
      },
      through(party),
    );
    submit(this.node(receiver).book, intent);
    return intent;
  }

  /** What a sender hands to its agent for an intent. */
  request(
    payer: string,
    intent: Built<'PaymentIntent'>,
    change: {
      readonly maxFee?: bigint;
      readonly maxProbeSpend?: bigint;
      readonly expiresInMs?: number;
    } = {},
  ) {
    const party = testParty(payer);
    const { receiver, denomination, delivery } = intent.body;
    const order = this.world.object(
      {
        v: 1,
        type: 'PaymentOrder',
        intent: intent.id,
        payer: party.id,
        receiver,
        finalizeKey: must(delivery, 'delivery').finalizeKey,
        denomination,
        amount: intent.body.amount,
        maxFee: amount(change.maxFee ?? 1_000_000n),
        maxProbeSpend: amount(change.maxProbeSpend ?? 0n),
        expiresAt: unixMs(START + (change.expiresInMs ?? 600_000)),
        nonce: this.world.nonce(),
      },
      through(party),
    );
    const asking = this.nodes().find((node) => node.party.id === receiver);
    const delegated = this.delegation(must(asking, 'receiver').party);
    return { order: order.text, intent: intent.text, delegation: delegated.text };
  }

  /** Carries one message: half a millisecond is not modelled, one millisecond each way is. */
  async carry(from: TestNode, to: PartyId, message: PeerMessage): Promise<PeerAnswer> {
    const node = must(
      this.nodes().find(({ party }) => party.id === to),
      'peer',
    );
    const fate = this.fate(from.party.name, node.party.name, message, this.#attempts++);
    this.sent.push({ from: from.party.name, to: node.party.name, objects: message.objects.length });
    await this.#pass();
    if (fate === 'lost') throw new Error('no answer');
    this.onArrival(node, message);
    if (fate === 'twice') await node.agent.receive(message);
    const answer = await node.agent.receive(message);
    await this.#pass();
    if (fate === 'answer_lost') throw new Error('no answer');
    return this.answer(node.party.name, answer);
  }

  /** `to` lets `from` owe it more, in its own book alone. */
  raiseLimit(from: string, to: string, limit: bigint): string {
    const edgeId = this.edgeId(from, to);
    const grantor = testParty(to);
    const change = limitChange(this.world, grantor, edgeId, amount(limit), 1);
    return this.node(to).book.accept(change).kind;
  }

  #pass(): Promise<void> {
    return new Promise((resolve) => this.time.after(1, resolve));
  }

  #hosting(party: TestParty): Built<'PartyHosting'> {
    const nonce = this.world.nonce();
    return this.world.object(
      { v: 1, type: 'PartyHosting', party: party.id, marginMs: 1_000, nonce },
      through(OPERATOR),
    );
  }

  #join(from: string, to: string, limit: bigint): void {
    const limits = { limitA: amount(limit), limitB: amount(limit) };
    const agreed = edge(this.world, testParty(from), testParty(to), limits);
    for (const name of [from, to]) submit(this.node(name).book, agreed);
    this.#edges.set([from, to].sort().join(), agreed.id);
  }
}

/** Submits what must be accepted, at once. */
export function submit(book: FakeBook, object: VerifiedObject): void {
  const outcome = book.accept(object);
  if (outcome.kind !== 'accepted' && outcome.kind !== 'duplicate') {
    throw new Error(`${object.body.type}: ${JSON.stringify(outcome)}`);
  }
}
