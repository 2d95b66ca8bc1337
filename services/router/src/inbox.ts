import { type Hop, LAPSE_MEMORY_MS } from '@atomicity/kernel/hop/hop';
import { declinedReceiptOf, declineReceiptOf } from '@atomicity/kernel/hop/hop-receipt';
import { payeeDeadline } from '@atomicity/kernel/hop/routed-voucher';
import { signerIsActive } from '@atomicity/kernel/keys/signers';
import type { Hash, PartyId } from '@atomicity/kernel/units/id';
import { isUnixMs, type UnixMs } from '@atomicity/kernel/units/time';
import type { BodyOf, HopTransition, ParsedObject } from '@atomicity/kernel/wire/objects';
import { OBJECT_BYTES_MAX, parseObject } from '@atomicity/kernel/wire/parse-object';
import type { Refusal } from '@atomicity/kernel/wire/refusals';
import type { AgentCore } from './agent-core.ts';
import type { ObjectAnswer, PeerAnswer, PeerMessage } from './ports.ts';
import { RateWindows } from './rate-windows.ts';
import { isRefusal, verifyText } from './signed-text.ts';

const NONE: ObjectAnswer = { kind: 'none' };

const refused = (reason: string, rule: string): ObjectAnswer => ({
  kind: 'refused',
  refusal: { reason, rule },
});

const NOT_OURS = refused('peer_mismatch', 'a neighbour speaks for its own end of a common edge');
const BUSY = refused('busy', 'a neighbour has a bounded number of messages under way');

/**
 * Takes what neighbours send. A text that cannot concern a common edge is refused before anything is
 * verified; what the book already knows is answered again without verifying it. Answers leave after
 * the book has said that their cause is durable.
 */
export class Inbox {
  readonly #core: AgentCore;
  readonly #declines: RateWindows;
  readonly #underWay = new Map<PartyId, number>();

  constructor(core: AgentCore) {
    this.#core = core;
    this.#declines = new RateWindows(core.settings.declinesMax, core.settings.declinesMs);
  }

  /**
   * Answers one message. Objects are taken in order, each for itself; a repeat gets the same answer.
   * @throws AgentHalted if an outcome is unknown: the peer knows as little and asks again.
   */
  async receive(message: PeerMessage): Promise<PeerAnswer> {
    this.#core.refuseHalted();
    const { from, objects } = message;
    const { counters } = this.#core.ports;
    const bytes = objects.reduce((sum, text) => sum + text.length, 0);
    counters?.message('received', objects.length === 0 ? 'ping' : 'objects', bytes);
    const answers = await this.#answers(from, objects);
    const clock = this.#core.clockText(from);
    const size = answers.reduce(
      (sum, one) => sum + (one.kind === 'answer' ? one.object.length : 0),
      clock.length,
    );
    counters?.answer('sent', size);
    return { answers, clock };
  }

  async #answers(from: PartyId, objects: readonly string[]): Promise<readonly ObjectAnswer[]> {
    const { objectsMax, inFlightMax } = this.#core.settings;
    if (objects.length === 0) return [];
    if (!this.#core.isNeighbour(from)) return this.#allRefused(objects, NOT_OURS);
    const underWay = this.#underWay.get(from) ?? 0;
    if (underWay >= inFlightMax) return this.#allRefused(objects, BUSY);
    this.#underWay.set(from, underWay + 1);
    try {
      const answers: ObjectAnswer[] = [];
      const further: ObjectAnswer[] = [];
      // Begun in order, and side by side: the book makes one commit of them.
      const taken = objects.slice(0, objectsMax).map((text) => this.#take(from, text));
      for (const [first = NONE, ...rest] of await Promise.all(taken)) {
        answers.push(first);
        further.push(...rest);
      }
      const rest = objects.slice(objectsMax).map(() => BUSY);
      return [...answers, ...rest, ...further];
    } finally {
      const left = (this.#underWay.get(from) ?? 1) - 1;
      if (left === 0) this.#underWay.delete(from);
      else this.#underWay.set(from, left);
    }
  }

  #allRefused(objects: readonly string[], why: ObjectAnswer): readonly ObjectAnswer[] {
    this.#core.ports.counters?.offence(why === BUSY ? 'too_many_messages' : 'not_a_neighbour');
    return objects.slice(0, this.#core.settings.objectsMax).map(() => why);
  }

  /** The answer to one object first, then further receipts of hops that it moved. */
  async #take(from: PartyId, text: string): Promise<readonly ObjectAnswer[]> {
    if (text.length > OBJECT_BYTES_MAX)
      return [refused('object_too_large', 'at most 65,536 bytes')];
    const parsed = parseObject(text);
    if (parsed.kind === 'refused') return [parsed];
    const { object } = parsed;
    const { body } = object;
    switch (body.type) {
      case 'CapacityVoucher':
        return [await this.#takeVoucher(from, { ...object, body })];
      case 'CommitSignal':
        return this.#takeCommit(from, { ...object, body });
      case 'HopReceipt':
        return [await this.#takeHopReceipt(from, { ...object, body })];
      default:
        return [refused('unexpected_type', 'vouchers, commit signals and hop receipts only')];
    }
  }

  #receipt(hop: Hop, transition: HopTransition): ObjectAnswer {
    return { kind: 'answer', object: this.#core.receiptText(hop, transition) };
  }

  /** What the payee's end says of a voucher that its book knows. */
  #standingOf(hop: Hop): ObjectAnswer {
    return this.#receipt(hop, hop.status === 'lapsed' ? 'lapsed' : 'held');
  }

  async #takeVoucher(
    from: PartyId,
    voucher: ParsedObject<BodyOf<'CapacityVoucher'>>,
  ): Promise<ObjectAnswer> {
    const { id, body, text } = voucher;
    if (body.route === null || body.from !== from || body.to !== this.#core.party) return NOT_OURS;
    const known = this.#core.state().hops.get(id);
    if (known !== undefined) return this.#standingOf(known);
    const declined = this.#core.state().declined.get(id);
    if (declined !== undefined) {
      return { kind: 'answer', object: this.#core.text(declinedReceiptOf(declined)) };
    }
    const object = await verifyText(this.#core.ports, text);
    if (isRefusal(object)) return { kind: 'refused', refusal: object };
    const outcome = await this.#core.record(object);
    if (outcome.kind === 'busy') return NONE;
    const hop = this.#core.state().hops.get(id);
    if (hop !== undefined) {
      const answer = this.#standingOf(hop);
      this.#core.note(body.intent, id, text);
      this.#core.touchHop(id);
      return answer;
    }
    return outcome.kind === 'refused' ? this.#decline(voucher, outcome.refusal) : NONE;
  }

  /**
   * A refusal that frees the payer at once has to be signed, and the voucher must never be taken
   * after it, although its reason may pass: so the book records it first. Who is not known to speak
   * for the edge gets an unsigned one, and so does a peer with too many of them.
   */
  async #decline(
    voucher: ParsedObject<BodyOf<'CapacityVoucher'>>,
    refusal: Refusal,
  ): Promise<ObjectAnswer> {
    const unsigned: ObjectAnswer = { kind: 'refused', refusal };
    const { id, body, text } = voucher;
    const now = this.#core.now();
    const decline = this.#declineBody(voucher, refusal.reason, now);
    if (decline === undefined || !this.#declines.take(body.from, now)) return unsigned;
    const receipt = await this.#core.own(decline);
    // What can be held no more needs no memory: the book's time does not go back.
    const isStale = decline.deadline <= now;
    if (!isStale && (await this.#core.record(receipt)).kind !== 'recorded') return unsigned;
    // Durable from here: the payer may release its hold.
    this.#core.noteForeign(body.intent, id, text);
    this.#core.noteForeign(body.intent, receipt.id, receipt.text);
    return { kind: 'answer', object: receipt.text };
  }

  #declineBody(
    { id, body, signatures }: ParsedObject<BodyOf<'CapacityVoucher'>>,
    reason: string,
    now: UnixMs,
  ): BodyOf<'HopReceipt'> | undefined {
    const state = this.#core.state();
    const edge = state.edges.get(body.edge)?.terms;
    const hosted = state.hosted.get(body.to);
    const { route } = body;
    if (edge === undefined || hosted === undefined || route === null) return undefined;
    const ends = [body.from, body.to];
    if (!ends.includes(edge.a) || !ends.includes(edge.b)) return undefined;
    const speaks = signatures.some(
      ({ by, key }) => by === body.from && signerIsActive(state, by, key, now, 'party'),
    );
    const deadline = payeeDeadline({ ...body, route }, hosted.marginMs);
    if (!speaks || !isUnixMs(deadline)) return undefined;
    // The book may have held it and forgotten it: who knows what was said of it then.
    if (now >= deadline + LAPSE_MEMORY_MS) return undefined;
    return declineReceiptOf({ id, body }, reason, now, deadline);
  }

  /** Payer's hops to `peer` that a signal names. */
  #committed(peer: PartyId, { intent, parts }: BodyOf<'CommitSignal'>): readonly Hash[] {
    const state = this.#core.state();
    return parts.flatMap((part) => {
      const outgoing = state.parts.get(`${intent}/${part}`)?.outgoing ?? null;
      const hop = outgoing === null ? undefined : state.hops.get(outgoing);
      return hop?.terms.to === peer ? [hop.terms.voucher] : [];
    });
  }

  async #takeCommit(
    from: PartyId,
    { id, body, text }: ParsedObject<BodyOf<'CommitSignal'>>,
  ): Promise<readonly ObjectAnswer[]> {
    const vouchers = this.#committed(from, body);
    if (vouchers.length === 0) return [refused('hop_unknown', 'the signal names a common hop')];
    const hops = () => vouchers.flatMap((voucher) => this.#core.state().hops.get(voucher) ?? []);
    if (hops().some(({ commit }) => commit === null)) {
      const object = await verifyText(this.#core.ports, text);
      if (isRefusal(object)) return [{ kind: 'refused', refusal: object }];
      const outcome = await this.#core.record(object);
      if (outcome.kind === 'busy') return [NONE];
      if (outcome.kind === 'refused') return [outcome];
      this.#core.note(body.intent, id, text);
      for (const voucher of vouchers) this.#core.touchHop(voucher);
    }
    return hops().flatMap((hop) => (hop.commit === null ? [] : [this.#receipt(hop, 'active*')]));
  }

  async #takeHopReceipt(
    from: PartyId,
    receipt: ParsedObject<BodyOf<'HopReceipt'>>,
  ): Promise<ObjectAnswer> {
    const { body, text } = receipt;
    if (body.hop !== from || body.peer !== this.#core.party)
      return this.#takeForeign(from, receipt);
    const before = this.#core.state().hops.get(body.voucher);
    if (before === undefined || before.terms.to !== from) {
      return refused('hop_unknown', 'the receipt names a common hop');
    }
    const settled = this.#answerToClaim(body, before);
    if (settled !== undefined) return settled;
    const outcome = await this.#core.takeReceipt(from, text);
    const after = this.#core.state().hops.get(body.voucher);
    const answer = after === undefined ? undefined : this.#answerToClaim(body, after);
    if (answer !== undefined) return answer;
    return outcome?.kind === 'refused' ? outcome : NONE;
  }

  /** The payer's word on a claim, once it has one. */
  #answerToClaim({ transition }: BodyOf<'HopReceipt'>, hop: Hop): ObjectAnswer | undefined {
    if (transition !== 'active') return undefined;
    if (hop.status === 'active') return this.#receipt(hop, 'active');
    return hop.status === 'lapsed' ? this.#receipt(hop, 'lapsed') : undefined;
  }

  /** A receipt of a hop further along a part of ours: evidence, kept unverified and passed on. */
  #takeForeign(
    from: PartyId,
    { id, body, text }: ParsedObject<BodyOf<'HopReceipt'>>,
  ): ObjectAnswer {
    const state = this.#core.state();
    const outgoing = state.parts.get(`${body.intent}/${body.part}`)?.outgoing ?? null;
    const terms = outgoing === null ? undefined : state.hops.get(outgoing)?.terms;
    const along = [terms?.to, ...(terms?.hops ?? []).map(({ party }) => party)];
    if (terms?.to !== from || !along.includes(body.hop)) return NOT_OURS;
    this.#core.noteForeign(body.intent, id, text);
    return NONE;
  }
}
