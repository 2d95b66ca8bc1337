import {
  type EdgeStateDifference,
  judgeEdgeState,
  proposeEdgeState,
} from '@atomicity/kernel/credit/edge-state';
import { signedAmount } from '@atomicity/kernel/units/amount';
import type { Hash, PartyId } from '@atomicity/kernel/units/id';
import type { SignedEvidence } from '@atomicity/kernel/wire/body-head';
import type { EdgeDisagreement, EdgeState, KeyDelegation } from '@atomicity/kernel/wire/objects';
import {
  encodeObject,
  objectId,
  type PartialObject,
  parseObject,
  parsePartial,
} from '@atomicity/kernel/wire/parse-object';
import type { Refusal } from '@atomicity/kernel/wire/refusals';
import type { AgentPorts } from '../ports.ts';
import { RateWindows } from '../rate-windows.ts';
import type { ShareOutbox } from '../sharing/share-outbox.ts';
import { isRefusal, verifyText } from '../signed-text.ts';

export type StateProposalAnswer =
  /** Both have signed: canonical text of the whole EdgeState. */
  | { readonly kind: 'signed'; readonly object: string }
  /** This end sees it differently, and signs what it sees. */
  | { readonly kind: 'differs'; readonly object: string }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

export type EdgeStatePorts = Pick<
  AgentPorts,
  'party' | 'book' | 'verify' | 'sign' | 'now' | 'after' | 'counters'
> & {
  /** Hands a half-signed state to the other end. @throws when it is unknown whether it arrived. */
  readonly propose: (to: PartyId, edge: Hash, text: string) => Promise<StateProposalAnswer>;
  /** The signed KeyDelegation of a key of a party, where the node has it. */
  readonly delegationText: (party: PartyId, key: PartyId) => string | undefined;
  /** What else of the edge the other end may not have yet; without it, nothing is waited for. */
  readonly shared?: Pick<ShareOutbox, 'flush' | 'standing'>;
};

export type EdgeStateSettings = {
  /** How often every edge that has changed is proposed, ms; 0: only on request. */
  readonly everyMs: number;
  /** Proposals of one peer that are judged in a minute. */
  readonly perMinute: number;
};

export const EDGE_STATE_DEFAULTS: EdgeStateSettings = { everyMs: 600_000, perMinute: 60 };

/** `agreed`: recorded here. `disputed`: the proof is recorded here. `none`: nothing came of it. */
export type Proposed = {
  readonly kind: 'agreed' | 'disputed' | 'none';
  readonly reason: string | null;
};

const nothing = (reason: string): Proposed => ({ kind: 'none', reason });

const refused = (reason: string, rule: string): StateProposalAnswer => ({
  kind: 'refused',
  refusal: { reason, rule },
});

const inMotion = (): StateProposalAnswer =>
  refused('state_in_motion', 'messages are under way: ask again later');

/** The state in the place of the proposed one as this book has it: both together are the proof. */
function oursOf(proposed: EdgeState, facts: EdgeStateDifference): EdgeState {
  const { previous, balance, carry, onlyOurs, onlyTheirs } = facts;
  const shared = proposed.open.filter((voucher) => !onlyTheirs.includes(voucher));
  return {
    ...proposed,
    previous: previous.ours,
    balance: signedAmount(balance.ours),
    carry: signedAmount(carry.ours),
    open: [...shared, ...onlyOurs].sort(),
  };
}

function signatureOf(object: PartialObject, party: PartyId) {
  return object.signatures.find(({ by }) => by === party);
}

/**
 * Brings both ends of an edge to sign where it stands. The book of the edge's a proposes, that of b
 * judges; where they differ although nothing is under way, both states together are a proof that the
 * books disagree, and each end records it.
 *
 * A lost answer is made good by the next proposal: the other end, which is one state ahead, gives
 * that state back.
 */
export class EdgeStateDesk {
  readonly #ports: EdgeStatePorts;
  readonly #settings: EdgeStateSettings;
  readonly #judged: RateWindows;
  /** Edges whose last proposal differed, and how much a had taken from this book by then. */
  readonly #differed = new Map<Hash, number>();
  #cancel: (() => void) | undefined;
  #stopped = false;

  constructor(ports: EdgeStatePorts, settings: Partial<EdgeStateSettings> = {}) {
    this.#ports = ports;
    this.#settings = { ...EDGE_STATE_DEFAULTS, ...settings };
    this.#judged = new RateWindows(this.#settings.perMinute, 60_000);
  }

  /** Proposes every edge of the party now and then, until it is stopped. */
  start(): void {
    const { everyMs } = this.#settings;
    if (everyMs === 0) return;
    this.#cancel = this.#ports.after(everyMs, () => {
      if (this.#stopped) return;
      const again = (): void => {
        if (!this.#stopped) this.start();
      };
      this.proposeAll().then(again, again);
    });
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
  }

  /** Proposes the edges that moved since their last state. Linear in the edges. */
  async proposeAll(): Promise<void> {
    for (const { terms, state, balance, dispute } of this.#ports.book.state().edges.values()) {
      const hasMoved = balance !== (state?.terms.balance ?? 0n) || dispute !== null;
      if (terms.a === this.#ports.party && hasMoved) await this.propose(terms.edge);
    }
  }

  /** Proposes one edge to its other end and records what comes of it. Never throws. */
  async propose(edge: Hash): Promise<Proposed> {
    const proposed = await this.#proposeOnce(edge);
    // The other end may have delivered meanwhile what made the difference.
    const isAskedAgain = proposed.reason === 'state_in_motion' && this.#ports.shared !== undefined;
    return isAskedAgain ? this.#proposeOnce(edge) : proposed;
  }

  async #proposeOnce(edge: Hash): Promise<Proposed> {
    const { book, party } = this.#ports;
    if (!(await this.#isShared(edge))) return nothing('peer_unreachable');
    const body = proposeEdgeState(book.state(), edge, this.#ports.now());
    if ('reason' in body) return nothing(body.reason);
    if (body.a !== party) return nothing('not_on_edge');
    const answer = await this.#ask(body);
    if (answer === undefined) return nothing('peer_unreachable');
    if (answer.kind === 'refused') return nothing(answer.refusal.reason);
    return answer.kind === 'signed'
      ? this.#takeSigned(edge, answer.object)
      : this.#dispute(body, answer.object);
  }

  /** True if the other end has everything that this book recorded of the edge until now. */
  async #isShared(edge: Hash): Promise<boolean> {
    const { book, party, shared } = this.#ports;
    const terms = book.state().edges.get(edge)?.terms;
    if (terms?.a !== party || shared === undefined) return true;
    await shared.flush(terms.b);
    return shared.standing(terms.b).waiting === 0;
  }

  #ask(body: EdgeState): Promise<StateProposalAnswer | undefined> {
    const text = this.#signed(body);
    return this.#ports.propose(body.b, body.edge, text).catch(() => undefined);
  }

  #signed(body: EdgeState): string {
    this.#ports.counters?.signature('EdgeState');
    return encodeObject(body, [this.#ports.sign(objectId(body))]);
  }

  /** A whole state of the edge, this one or the one before, whose answer was lost. */
  async #takeSigned(edge: Hash, text: string): Promise<Proposed> {
    const parsed = parseObject(text);
    if (parsed.kind === 'refused') return nothing(parsed.refusal.reason);
    const { body } = parsed.object;
    if (body.type !== 'EdgeState' || body.edge !== edge) return nothing('unexpected_type');
    return this.#record(text, 'agreed');
  }

  async #record(text: string, kind: 'agreed' | 'disputed'): Promise<Proposed> {
    const object = await verifyText(this.#ports, text);
    if (isRefusal(object)) return nothing(object.reason);
    const outcome = await this.#ports.book.submit(object);
    if (outcome.kind === 'refused') return nothing(outcome.refusal.reason);
    return outcome.kind === 'failed' ? nothing(outcome.reason) : { kind, reason: null };
  }

  /** The other end's state against ours: `ours` is a's unless the party is b. */
  async #dispute(ours: EdgeState, text: string): Promise<Proposed> {
    const read = parsePartial(text);
    if (read.kind !== 'partial' || read.object.body.type !== 'EdgeState') {
      return nothing('unexpected_type');
    }
    const theirs = read.object.body;
    const other = this.#ports.party === ours.a ? ours.b : ours.a;
    const sig = signatureOf(read.object, other);
    const own = this.#ports.sign(objectId(ours));
    const delegations = [
      this.#delegation(own.by, own.key),
      sig && this.#delegation(other, sig.key),
    ];
    const [mine, his] = delegations;
    if (sig === undefined || mine === undefined || his === undefined) return nothing('key_unknown');
    const isA = this.#ports.party === ours.a;
    const first = { object: ours, sig: own.sig };
    const second = { object: theirs, sig: sig.sig };
    const proof: EdgeDisagreement = {
      v: 1,
      type: 'EdgeDisagreement',
      first: isA ? first : second,
      second: isA ? second : first,
      delegations: isA ? [mine, his] : [his, mine],
    };
    return this.#record(encodeObject(proof, []), 'disputed');
  }

  #delegation(party: PartyId, key: PartyId): SignedEvidence<KeyDelegation> | undefined {
    const text = this.#ports.delegationText(party, key);
    const parsed = text === undefined ? undefined : parseObject(text);
    if (parsed?.kind !== 'parsed' || parsed.object.body.type !== 'KeyDelegation') return undefined;
    const [signature] = parsed.object.signatures;
    return signature && { object: parsed.object.body, sig: signature.sig };
  }

  /**
   * Judges a proposal of the other end. Agreed: signed, recorded here, then handed back. Refusals:
   * those of the wire layer and of `judgeEdgeState`; not_on_edge, other_edge, busy, state_in_motion
   * (messages are under way: ask again later); those of the book for the whole state. The same
   * proposal again gets the same state.
   */
  async answer(from: PartyId, edge: Hash, text: string): Promise<StateProposalAnswer> {
    const { party, book } = this.#ports;
    const terms = book.state().edges.get(edge)?.terms;
    if (terms === undefined || terms.a !== from || terms.b !== party) {
      return refused('not_on_edge', 'a proposes to b, of an edge of both');
    }
    if (!this.#judged.take(from, this.#ports.now())) {
      return refused('busy', 'a neighbour proposes now and then');
    }
    const read = parsePartial(text);
    if (read.kind === 'refused') return read;
    const { body } = read.object;
    if (body.type !== 'EdgeState') return refused('unexpected_type', 'an EdgeState belongs here');
    if (body.edge !== edge) return refused('other_edge', 'the state is of the edge it is sent for');
    if (read.kind === 'parsed') return this.#takeWhole(text);
    return this.#judge(body, read.object);
  }

  async #judge(body: EdgeState, object: PartialObject): Promise<StateProposalAnswer> {
    const verdict = judgeEdgeState(this.#ports.book.state(), body, this.#ports.now());
    switch (verdict.kind) {
      case 'refused':
        return verdict;
      case 'in_motion':
        return this.#inMotion(body, verdict.facts);
      case 'agree': {
        this.#differed.delete(body.edge);
        this.#ports.counters?.signature('EdgeState');
        const own = this.#ports.sign(object.id);
        return this.#takeWhole(encodeObject(body, [...object.signatures, own]));
      }
      case 'disagree': {
        if (!(await this.#differsAgain(body))) return inMotion();
        const ours = oursOf(body, verdict.facts);
        // Both ends keep the proof; that it may not be recorded here changes nothing there.
        await this.#dispute(ours, object.partialText);
        return { kind: 'differs', object: this.#signed(ours) };
      }
    }
  }

  /**
   * True if a has everything of this book and proposed again since it has: nothing on its way to a
   * explains why the two differ. What goes the other way a delivers before it proposes.
   */
  async #differsAgain({ a, edge }: EdgeState): Promise<boolean> {
    const { shared } = this.#ports;
    if (shared === undefined) return true;
    const before = shared.standing(a);
    if (before.waiting > 0) await shared.flush(a);
    const { taken, waiting } = shared.standing(a);
    const isAgain = before.waiting === 0 && this.#differed.get(edge) === taken;
    if (waiting === 0) this.#differed.set(edge, taken);
    return isAgain;
  }

  async #takeWhole(text: string): Promise<StateProposalAnswer> {
    const { kind, reason } = await this.#record(text, 'agreed');
    return kind === 'agreed'
      ? { kind: 'signed', object: text }
      : refused(reason ?? 'busy', 'the book took the state that both have signed');
  }

  /** If the proposer has missed the last state, it gets that one; else it asks again later. */
  async #inMotion(
    body: EdgeState,
    { sequence }: EdgeStateDifference,
  ): Promise<StateProposalAnswer> {
    const { book } = this.#ports;
    const last = book.state().edges.get(body.edge)?.state;
    if (last !== null && last !== undefined && sequence.ours === sequence.theirs + 1) {
      const text = await book.causeText(last.eventId);
      if (text !== undefined) return { kind: 'signed', object: text };
    }
    return inMotion();
  }
}
