import type { BookState } from '@atomicity/kernel/book/state';
import type { Hop } from '@atomicity/kernel/hop/hop';
import { hopReceiptOf } from '@atomicity/kernel/hop/hop-receipt';
import { signerIsActive } from '@atomicity/kernel/keys/signers';
import type { Hash, PartyId } from '@atomicity/kernel/units/id';
import type { UnixMs } from '@atomicity/kernel/units/time';
import type { BodyOf, HopTransition, WireBody } from '@atomicity/kernel/wire/objects';
import { parseObject } from '@atomicity/kernel/wire/parse-object';
import type { Refusal } from '@atomicity/kernel/wire/refusals';
import type { VerifiedObject } from '@atomicity/kernel/wire/verified';
import { EdgeIndex } from './edge-index.ts';
import { Mailbox, type MailboxOptions } from './mailbox.ts';
import { memoryEvidence, memoryJournal } from './memory-stores.ts';
import { PeerClocks } from './peer-clocks.ts';
import type { AgentPorts, EvidenceStore, Journal, PeerAnswer, PeerMessage } from './ports.ts';
import type { AgentSettings } from './settings.ts';
import { isRefusal, signedText, verifyText } from './signed-text.ts';

/** Thrown inside an agent that has stopped: whatever was under way ends here. */
export class AgentHalted extends Error {
  constructor(reason: string) {
    super(`the agent has stopped: ${reason}`);
    this.name = 'AgentHalted';
  }
}

export type Recorded =
  | { readonly kind: 'recorded' }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  /** Nothing was recorded; later it may be. */
  | { readonly kind: 'busy' };

/** A reading as it came. */
type HeardClock = {
  readonly text: string;
  readonly cameAt: UnixMs;
  /** Resolves when it has been checked, once somebody wanted it. */
  taken: Promise<void> | undefined;
};

/** Intents of which evidence is kept in memory when no store is given. */
const EVIDENCE_INTENTS_MAX = 10_000;
/** Receipts in an answer beyond one for each object. */
const EXTRA_ANSWERS_MAX = 16;
/** Texts of own vouchers that are kept at hand until they are sent. */
const ISSUED_MAX = 1_024;

/** What the parts of one agent share: its ports, its clocks, and whether it still works. */
export class AgentCore {
  readonly ports: AgentPorts;
  readonly settings: AgentSettings;
  readonly journal: Journal;
  readonly evidence: EvidenceStore;
  readonly edges: EdgeIndex;
  /** Called with vouchers whose hops have just changed. */
  touched: (vouchers: readonly Hash[]) => void = () => {};
  /** Called once when the agent halts. */
  ended: () => void = () => {};
  readonly #clocks = new PeerClocks();
  readonly #heardClocks = new Map<PartyId, HeardClock>();
  readonly #mailbox: Mailbox;
  readonly #issued = new Map<Hash, string>();
  #halted: string | undefined;

  constructor(ports: AgentPorts, settings: AgentSettings) {
    this.ports = ports;
    this.settings = settings;
    this.edges = new EdgeIndex(ports.party);
    this.journal = ports.journal ?? memoryJournal();
    this.evidence = ports.evidence ?? memoryEvidence(settings.evidenceMax, EVIDENCE_INTENTS_MAX);
    const { objectsMax, messagesMax } = settings;
    const carry: MailboxOptions['carry'] = (to, objects, kinds) => this.#carry(to, objects, kinds);
    this.#mailbox = new Mailbox({ objectsMax, messagesMax, carry });
  }

  get party(): PartyId {
    return this.ports.party;
  }

  get halted(): string | undefined {
    return this.#halted;
  }

  state(): BookState {
    return this.ports.book.state();
  }

  now(): UnixMs {
    return this.ports.now();
  }

  /** Stops for good. A second call changes nothing. */
  halt(reason: string): void {
    if (this.#halted !== undefined) return;
    this.#halted = reason;
    this.ended();
    if (reason !== 'stopped by its owner') this.ports.onHalt?.(reason);
  }

  /** @throws AgentHalted once the agent has stopped. */
  refuseHalted(): void {
    if (this.#halted !== undefined) throw new AgentHalted(this.#halted);
  }

  /**
   * Submits to the own book; durable when it resolves. An outcome that nobody knows stops the
   * agent: the recovered book says what became of it.
   * @throws AgentHalted then.
   */
  async record(object: VerifiedObject): Promise<Recorded> {
    this.refuseHalted();
    const outcome = await this.ports.book.submit(object);
    if (outcome.kind === 'refused') return outcome;
    if (outcome.kind === 'failed') {
      if (outcome.reason === 'busy') return { kind: 'busy' };
      this.halt(outcome.reason);
    }
    this.refuseHalted();
    return { kind: 'recorded' };
  }

  /**
   * A body signed by the party, checked like anybody's: a signer that fails must not get into the
   * book. @throws AgentHalted if it did fail.
   */
  async own<Body extends WireBody>(body: Body): Promise<VerifiedObject<Body>> {
    const { text } = signedText(this.ports, body);
    const object = await verifyText(this.ports, text);
    if (isRefusal(object)) {
      this.halt(`own ${body.type}: ${object.reason}`);
      throw new AgentHalted(object.reason);
    }
    return object as VerifiedObject<Body>;
  }

  /** The text of a body, signed by the party. */
  text(body: WireBody): string {
    return signedText(this.ports, body).text;
  }

  /** What the party says of its hop, signed, and kept as evidence. The same hop gives the same text. */
  receiptText(hop: Hop, transition: HopTransition): string {
    const { id, text } = signedText(this.ports, hopReceiptOf(hop, transition));
    this.note(hop.terms.intent, id, text);
    return text;
  }

  /** A reading of the own clock for a peer. */
  clockText(peer: PartyId): string {
    const { party } = this;
    return this.text({
      v: 1,
      type: 'ClockReading',
      party,
      peer,
      at: this.now(),
      nonce: this.ports.draw(),
    });
  }

  /** True if an edge of the own book joins the party with `peer`. */
  isNeighbour(peer: PartyId): boolean {
    return this.edges.edgesWith(this.state(), peer).length > 0;
  }

  /** Keeps a signed text about an intent, if there is room. */
  note(intent: Hash, id: Hash, text: string): void {
    if (!this.evidence.note(intent, id, text)) this.ports.counters?.offence('evidence_full');
  }

  /**
   * Records an own voucher. Its text is at hand from then on, and evidence once it is recorded.
   * @throws as `record`.
   */
  async issue(voucher: VerifiedObject<BodyOf<'CapacityVoucher'>>): Promise<Recorded> {
    const { id, text, body } = voucher;
    const [oldest] = this.#issued.keys();
    if (this.#issued.size >= ISSUED_MAX && oldest !== undefined) this.#issued.delete(oldest);
    // Before it is recorded: the duty to send it begins with the record.
    this.#issued.set(id, text);
    const outcome = await this.record(voucher);
    if (outcome.kind === 'recorded') this.note(body.intent, id, text);
    return outcome;
  }

  /** The text of an own voucher, if it was issued not long ago. */
  issuedText(voucher: Hash): string | undefined {
    return this.#issued.get(voucher);
  }

  /** Keeps what nobody here answers for, and leaves half of the room to what somebody does. */
  noteForeign(intent: Hash, id: Hash, text: string): void {
    const isHalfFull = this.evidence.of(intent).length >= this.settings.evidenceMax / 2;
    if (isHalfFull) this.ports.counters?.offence('evidence_full');
    else this.note(intent, id, text);
  }

  /**
   * Sends to a neighbour, with what else there is for it, and takes its clock and its receipts in.
   * Resolves with the answers to `objects`.
   * @throws what the peer port throws: then the outcome is unknown and the duty stays.
   */
  async exchange(to: PartyId, objects: readonly string[], kind: string): Promise<PeerAnswer> {
    this.refuseHalted();
    return this.#mailbox.send(to, objects, kind);
  }

  async #carry(
    to: PartyId,
    objects: readonly string[],
    kinds: readonly string[],
  ): Promise<PeerAnswer> {
    this.refuseHalted();
    const message: PeerMessage = { from: this.party, objects };
    const bytes = objects.reduce((sum, text) => sum + text.length, 0);
    const [kind = 'ping', ...others] = kinds.filter((one) => one !== 'ping');
    this.ports.counters?.message('sent', others.length === 0 ? kind : 'several', bytes);
    const answer = await this.ports.peers.send(to, message);
    this.refuseHalted();
    const size = answer.answers.reduce(
      (sum, one) => sum + (one.kind === 'answer' ? one.object.length : 0),
      answer.clock.length,
    );
    this.ports.counters?.answer('received', size);
    this.#heardClocks.set(to, { text: answer.clock, cameAt: this.now(), taken: undefined });
    const most = objects.length + (objects.length > 0 ? EXTRA_ANSWERS_MAX : 0);
    // Side by side: the book makes one commit of them.
    const receipts = answer.answers.slice(0, most).filter((one) => one.kind === 'answer');
    await Promise.all(receipts.map(({ object }) => this.takeReceipt(to, object)));
    return answer;
  }

  /**
   * The newest reading of a peer's clock, if it came at most `freshMs` ago. Its signature is checked
   * here: most readings are never needed.
   */
  async freshClock(peer: PartyId): Promise<UnixMs | undefined> {
    const heard = this.#heardClocks.get(peer);
    if (heard !== undefined) {
      heard.taken ??= this.#takeClock(peer, heard);
      await heard.taken.catch((error: unknown) => {
        // Nobody knows what it was worth: the next one is asked for.
        this.#heardClocks.delete(peer);
        throw error;
      });
    }
    return this.#clocks.fresh(peer, this.now(), this.settings.freshMs);
  }

  async #takeClock(peer: PartyId, { text, cameAt }: HeardClock): Promise<void> {
    const object = await verifyText(this.ports, text);
    if (isRefusal(object) || object.body.type !== 'ClockReading') {
      this.ports.counters?.offence('clock_unreadable');
      return;
    }
    const { party, peer: reader, at } = object.body;
    const signed = object.signatures.some(
      ({ by, key }) => by === peer && signerIsActive(this.state(), peer, key, cameAt, 'party'),
    );
    if (party !== peer || reader !== this.party || !signed) {
      this.ports.counters?.offence('clock_not_of_peer');
      return;
    }
    this.#clocks.take(peer, at, cameAt);
  }

  /**
   * Records what a neighbour says of a hop on an edge with it, in an answer or a message of its own.
   * Undefined: the text is no such receipt, and costs no verification.
   */
  async takeReceipt(peer: PartyId, text: string): Promise<Recorded | undefined> {
    const body = this.receiptOf(peer, text);
    if (body === undefined) {
      this.ports.counters?.offence('receipt_not_of_hop');
      return undefined;
    }
    const object = await verifyText(this.ports, text);
    if (isRefusal(object)) return { kind: 'refused', refusal: object };
    this.note(body.intent, object.id, text);
    const outcome = await this.record(object);
    if (outcome.kind === 'recorded') this.touchHop(body.voucher);
    return outcome;
  }

  /** The body of a HopReceipt of `peer` for the party, about a hop that both have. */
  receiptOf(peer: PartyId, text: string): BodyOf<'HopReceipt'> | undefined {
    const parsed = parseObject(text);
    if (parsed.kind === 'refused' || parsed.object.body.type !== 'HopReceipt') return undefined;
    const { body } = parsed.object;
    if (body.hop !== peer || body.peer !== this.party) return undefined;
    const terms = this.state().hops.get(body.voucher)?.terms;
    if (terms === undefined) return undefined;
    const other = terms.side === 'payer' ? terms.to : terms.from;
    return other === peer ? body : undefined;
  }

  /** Tells the rest of the agent that a hop and the hops it is joined to may have changed. */
  touchHop(voucher: Hash): void {
    const hop = this.state().hops.get(voucher);
    if (hop === undefined) return;
    const joined = [hop.terms.incoming, hop.outgoing].filter((id) => id !== null);
    this.touched([voucher, ...joined]);
  }
}
