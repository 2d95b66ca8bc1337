import type { Hop } from '@atomicity/kernel/hop/hop';
import { releaseReceiptOf } from '@atomicity/kernel/hop/hop-receipt';
import type { Hash, PartyId } from '@atomicity/kernel/units/id';
import { parseObject } from '@atomicity/kernel/wire/parse-object';
import type { AgentCore } from './agent-core.ts';
import type { Duty } from './duties.ts';
import { type Attempt, DONE, REST, RETRY } from './duty-runner.ts';
import { forwardOf } from './forward.ts';
import type { PeerAnswer } from './ports.ts';
import type { Receiver } from './receiver.ts';

/** Receipts of further hops behind a release. */
const FOREIGN_MAX = 6;

/**
 * Does what hops owe. Nothing in here remembers anything: each method may be called again after a
 * crash at any place in it.
 */
export class Outbox {
  readonly #core: AgentCore;
  readonly #receiver: Receiver;
  /** Releases that the payer has answered, so that they are not sent again before their time ends. */
  readonly #told = new Set<Hash>();

  constructor(core: AgentCore, receiver: Receiver) {
    this.#core = core;
    this.#receiver = receiver;
  }

  async execute(duty: Duty): Promise<Attempt> {
    const hop = this.#core.state().hops.get(duty.voucher);
    if (hop === undefined) return REST;
    switch (duty.kind) {
      case 'send_voucher':
        return this.#sendVoucher(hop, duty.peer);
      case 'send_commit':
        return hop.commit === null
          ? DONE
          : this.#sendCause(hop, duty.peer, hop.commit.eventId, 'commit');
      case 'send_claim':
        return this.#sendClaim(hop, duty.peer);
      case 'send_release':
        return this.#sendRelease(hop, duty.peer);
      case 'release':
        return this.release(hop, duty.reason);
      case 'forward':
        return this.#forward(hop);
      case 'deliver':
        return this.#receiver.deliver(duty.intent);
    }
  }

  /** Done if the exchange moved the hop on; what it did not answer is sent again. */
  #judge(before: Hop, answer: PeerAnswer): Attempt {
    const after = this.#core.state().hops.get(before.terms.voucher);
    if (after !== before) return DONE;
    const [first] = answer.answers;
    if (first?.kind === 'refused') this.#core.ports.counters?.offence('refused_by_peer');
    return RETRY;
  }

  async #sendVoucher(hop: Hop, peer: PartyId): Promise<Attempt> {
    const text = this.#core.issuedText(hop.terms.voucher);
    if (text === undefined) return this.#sendCause(hop, peer, hop.eventId, 'voucher');
    return this.#judge(hop, await this.#core.exchange(peer, [text], 'voucher'));
  }

  async #sendCause(hop: Hop, peer: PartyId, cause: Hash, kind: string): Promise<Attempt> {
    const text = await this.#core.ports.book.causeText(cause);
    if (text === undefined) return REST;
    const parsed = parseObject(text);
    if (parsed.kind === 'parsed') this.#core.note(hop.terms.intent, parsed.object.id, text);
    const answer = await this.#core.exchange(peer, [text], kind);
    return this.#judge(hop, answer);
  }

  async #sendClaim(hop: Hop, peer: PartyId): Promise<Attempt> {
    const claim = this.#core.receiptText(hop, 'active');
    const answer = await this.#core.exchange(peer, [claim], 'claim');
    return this.#judge(hop, answer);
  }

  /** Tells the payer, and with it why further hops gave the part up. Any answer will do. */
  async #sendRelease(hop: Hop, peer: PartyId): Promise<Attempt> {
    const { voucher, intent, part, deadline } = hop.terms;
    if (this.#told.has(voucher)) return REST;
    const release = this.#core.receiptText(hop, 'lapsed');
    const further = this.#foreign(intent, part).filter((text) => text !== release);
    // The release last: when it moves the payer's hop, the reasons for it are there.
    const answer = await this.#core.exchange(peer, [...further, release], 'release');
    const told = answer.answers[further.length];
    if (told === undefined || told.kind === 'refused') return RETRY;
    this.#told.add(voucher);
    const left = Math.max(0, deadline - this.#core.now());
    this.#core.ports.after(left, () => this.#told.delete(voucher));
    return REST;
  }

  /** What hops after us signed of this part's end, newest first. */
  #foreign(intent: Hash, part: string): readonly string[] {
    const texts = this.#core.evidence.of(intent).filter((text) => {
      const parsed = parseObject(text);
      if (parsed.kind === 'refused' || parsed.object.body.type !== 'HopReceipt') return false;
      const { body } = parsed.object;
      return body.part === part && body.transition === 'lapsed' && body.hop !== this.#core.party;
    });
    return texts.slice(-FOREIGN_MAX).reverse();
  }

  /** Gives an incoming hold up: recorded in the own book, then told. */
  async release(hop: Hop, reason: string): Promise<Attempt> {
    const receipt = await this.#core.own(releaseReceiptOf(hop, reason, this.#core.now()));
    const outcome = await this.#core.record(receipt);
    if (outcome.kind === 'busy') return RETRY;
    if (outcome.kind === 'refused') return REST;
    this.#core.note(hop.terms.intent, receipt.id, receipt.text);
    this.#core.touchHop(hop.terms.voucher);
    return DONE;
  }

  async #forward(incoming: Hop): Promise<Attempt> {
    const { settings } = this.#core;
    const [next] = incoming.terms.hops;
    if (next === undefined) return REST;
    let seenAt = await this.#core.freshClock(next.party);
    if (seenAt === undefined) {
      if (!this.#core.isNeighbour(next.party)) return this.release(incoming, 'edge_unknown');
      await this.#core.exchange(next.party, [], 'ping');
      seenAt = await this.#core.freshClock(next.party);
    }
    const state = this.#core.state();
    const current = state.hops.get(incoming.terms.voucher);
    const now = this.#core.now();
    if (current === undefined || current.outgoing !== null) return DONE;
    if (seenAt === undefined) return RETRY;
    const edges = this.#core.edges.edgesWith(state, next.party);
    const times = { now, seenAt, leastMs: settings.forwardMinMs };
    const forwarding = forwardOf(state, current, edges, times, this.#core.ports.draw());
    if (forwarding.kind === 'release') return this.release(current, forwarding.reason);
    const voucher = await this.#core.own(forwarding.body);
    const outcome = await this.#core.issue(voucher);
    if (outcome.kind === 'busy') return RETRY;
    if (outcome.kind === 'refused') return this.release(current, outcome.refusal.reason);
    // Durable from here: only now may the next hop see it.
    this.#core.touchHop(voucher.id);
    return DONE;
  }
}
