/**
 * A small book that lives: parties, edges, a budget and payments that end in every way. The objects
 * carry signatures that nobody checks here: the projection reads what a book has already accepted.
 */
import type { NewEvent } from '@atomicity/event-log/port';
import { decide } from '@atomicity/kernel/book/decide';
import { encodeEvent } from '@atomicity/kernel/book/event-codec';
import type { BookEvent } from '@atomicity/kernel/book/events';
import { evolve } from '@atomicity/kernel/book/evolve';
import { openBook } from '@atomicity/kernel/book/open-book';
import { type BookState, emptyBook } from '@atomicity/kernel/book/state';
import { hexToBytes } from '@atomicity/kernel/codec/bytes';
import {
  canonicalJson,
  type JsonValue,
  parseAnyJson,
} from '@atomicity/kernel/codec/canonical-json';
import { fieldToHex } from '@atomicity/kernel/codec/field';
import { taggedTextHash } from '@atomicity/kernel/codec/tagged-hash';
import { eventId } from '@atomicity/kernel/log/envelope';
import type { BatchItem } from '@atomicity/kernel/note/batch-commitment';
import type { NoteCore } from '@atomicity/kernel/note/note';
import { coreHash, tailHash, tailOf } from '@atomicity/kernel/note/note';
import { amount } from '@atomicity/kernel/units/amount';
import { parseDenomination } from '@atomicity/kernel/units/denomination';
import {
  type Hash,
  type Nonce,
  type PartyId,
  partyIdFromKey,
  type Signature,
  type StreamId,
} from '@atomicity/kernel/units/id';
import { type UnixMs, unixMs } from '@atomicity/kernel/units/time';
import { voucherCommitment } from '@atomicity/kernel/wire/check-opening';
import type { CapacityVoucher, Grant, WireBody } from '@atomicity/kernel/wire/objects';
import { encodeObject, objectId } from '@atomicity/kernel/wire/parse-object';
import { verified } from '@atomicity/kernel/wire/verified';

export const ORIGIN = 'log.example/projection';
export const START = 1_700_000_000_000;
const DAY = 86_400_000;

export type Ending = 'spent' | 'void' | 'lapsed' | 'held';

export type PaymentOptions = {
  readonly budget?: Hash;
  readonly task?: string;
  readonly provider?: number;
  readonly units: bigint;
  readonly fee?: bigint;
  /** The payments of a batch note, together units + fee. */
  readonly items?: readonly BatchItem[];
  readonly ending: Ending;
};

export type Payment = {
  readonly intent: Hash;
  readonly voucher: Hash;
  /** Events of the payment by type. */
  readonly events: ReadonlyMap<string, Hash>;
  /** Every value that only the payloads of its hold reveal, as it would be written. */
  readonly secrets: readonly string[];
};

const denomination = parseDenomination('USD/6');
if (denomination === undefined) throw new Error('USD/6 is a denomination');

/** A book under construction; every id, nonce and salt derives from the seed. */
export class BookWorld {
  readonly #seed: string;
  readonly stream: StreamId;
  readonly events: NewEvent[] = [];
  readonly operator: PartyId;
  readonly principal: PartyId;
  readonly agent: PartyId;
  readonly providers: readonly PartyId[];
  readonly denomination = denomination as NonNullable<typeof denomination>;
  state: BookState;
  now: UnixMs = unixMs(START);
  #draws = 0;
  #lastEvents: readonly (readonly [string, Hash])[] = [];
  readonly #pairs = new Map<string, { seq: number; prev: Hash }>();

  constructor(seed: string, providers = 2) {
    this.#seed = seed;
    this.stream = this.draw().slice(0, 32) as StreamId;
    this.state = emptyBook(this.stream, ORIGIN);
    this.operator = this.#party();
    this.principal = this.#party();
    this.agent = this.#party();
    this.providers = Array.from({ length: providers }, () => this.#party());
    const { operator } = this;
    this.#record('open', [openBook({ name: 'main', origin: ORIGIN, operator })], { none: true });
    for (const party of [operator, this.principal, this.agent, ...this.providers]) {
      this.#delegateKey(party);
    }
    for (const provider of this.providers) this.#openEdge(provider);
  }

  /** 64 hex digits that no other draw of this seed gives. */
  draw(): Hash {
    this.#draws += 1;
    return taggedTextHash('Test', `${this.#seed}/${this.#draws}`);
  }

  nonce(): Nonce {
    return this.draw().slice(0, 32) as Nonce;
  }

  #party(): PartyId {
    return partyIdFromKey(hexToBytes(this.draw()));
  }

  #signature(): Signature {
    return `${this.draw()}${this.draw()}` as Signature;
  }

  /** Decides an object signed by the given parties and records its events. */
  submit(body: WireBody, ...signers: readonly PartyId[]): Hash {
    const signatures = signers.map((by) => ({ by, key: by, sig: this.#signature() }));
    const text = encodeObject(body, signatures);
    const parsed = { id: objectId(body), body, signatures, text };
    const object = verified(parsed, { signatures: 'all_verified', opening: 'checked' });
    const command = { kind: 'object', commandId: parsed.id, object } as const;
    const decision = decide(this.state, command, this.now);
    if (decision.kind !== 'accepted') throw new Error(`${body.type}: ${JSON.stringify(decision)}`);
    this.#record(parsed.id, decision.events, { object: parseAnyJson(text)?.value ?? null });
    return parsed.id;
  }

  /** Moves the clock and records what lapses. */
  advance(ms: number): void {
    this.now = unixMs(this.now + ms);
    const decision = decide(this.state, { kind: 'lapse' }, this.now);
    if (decision.kind !== 'accepted' || decision.events.length === 0) return;
    this.#record(`lapse ${this.now}`, decision.events, { none: true });
  }

  #record(commandId: string, events: readonly BookEvent[], cause: JsonValue): void {
    this.#lastEvents = events.map((event, ordinal) => {
      const id = eventId(this.stream, commandId, ordinal);
      const { stream, now: at } = this;
      const revision = this.state.revision + 1;
      this.state = evolve(this.state, { ...event, stream, revision, at, eventId: id });
      this.events.push({
        eventId: id,
        type: event.type,
        at,
        payload: canonicalJson({ cause, data: encodeEvent(event) }),
        disclosure: event.disclosure === undefined ? null : canonicalJson(event.disclosure),
        salt: hexToBytes(this.draw()),
      });
      return [event.type, id] as const;
    });
  }

  #delegateKey(party: PartyId): void {
    const roles = ['auditor', 'operator', 'party'] as const;
    const times = { notBefore: this.now, expiresAt: unixMs(START + 1000 * DAY) };
    const nextIdentityHash = this.draw();
    this.submit(
      {
        v: 1,
        type: 'KeyDelegation',
        party,
        key: party,
        roles,
        nextIdentityHash,
        ...times,
        nonce: this.nonce(),
      },
      party,
    );
  }

  #openEdge(provider: PartyId): void {
    const [a, b] = [this.agent, provider].sort() as [PartyId, PartyId];
    this.submit(
      {
        v: 1,
        type: 'EdgeAgreement',
        a,
        b,
        denomination: this.denomination,
        limitA: amount(10n ** 15n),
        limitB: amount(10n ** 15n),
        rateBps: 0,
        expiresAt: unixMs(START + 900 * DAY),
        graceMs: 0,
        haircutBps: 0,
        nonce: this.nonce(),
      },
      a,
      b,
    );
  }

  edgeOf(provider: PartyId): Hash {
    for (const edge of this.state.edges.values()) {
      if (edge.terms.a === provider || edge.terms.b === provider) return edge.terms.edge;
    }
    throw new Error('no such edge');
  }

  noteKey(period: Hash, party: PartyId, counterparty: PartyId): PartyId {
    const known = this.state.pairKeys.get(`${period}/${party}/${counterparty}`);
    if (known !== undefined) return known;
    const noteKey = this.#party();
    const body = {
      v: 1,
      type: 'NoteKeyCertificate',
      party,
      counterparty,
      period,
      noteKey,
    } as const;
    this.submit({ ...body, nonce: this.nonce() }, party, noteKey);
    return noteKey;
  }

  /** Places a hold, with a grant when a budget is given, and ends it. */
  pay(options: PaymentOptions): Payment {
    const { budget, units, ending } = options;
    const to = this.providers[options.provider ?? 0] as PartyId;
    const expiresAt = unixMs(this.now + 10_000);
    const intent = this.submit(
      {
        v: 1,
        type: 'PaymentIntent',
        receiver: to,
        denomination: this.denomination,
        amount: amount(units),
        expiresAt,
        description: '',
        policyHash: null,
        constraints: { maxFeeBps: 10_000, latencyMs: 0 },
        delivery: null,
        nonce: this.nonce(),
      },
      to,
    );
    const events = new Map(this.#lastEvents);
    const plain: CapacityVoucher = {
      v: 1,
      type: 'CapacityVoucher',
      intent,
      edge: this.edgeOf(to),
      from: this.agent,
      to,
      denomination: this.denomination,
      amount: amount(units),
      fee: amount(options.fee ?? 0n),
      at: this.now,
      expiresAt,
      policyHash: null,
      prevReceipt: null,
      grant: null,
      route: null,
      nonce: this.nonce(),
    };
    const grant = budget === undefined ? null : this.#grant(plain, budget, options);
    const voucher = this.submit({ ...plain, grant }, this.agent);
    for (const [type, id] of this.#lastEvents) events.set(type, id);
    if (ending === 'lapsed') this.advance(10_000);
    else this.#end(ending, { ...plain, grant }, voucher);
    for (const [type, id] of this.#lastEvents) events.set(type, id);
    const spend = (units + (options.fee ?? 0n)).toString();
    const secrets = grant === null ? [] : [grant.noteSalt, grant.authorizationNonce];
    return { intent, voucher, events, secrets: [units.toString(), spend, plain.nonce, ...secrets] };
  }

  #grant(
    voucher: CapacityVoucher,
    budget: Hash,
    {
      task = null,
      items = null,
    }: { readonly task?: string | null; readonly items?: readonly BatchItem[] | null },
  ): Grant {
    const period = this.state.budgets.get(budget)?.period;
    if (period === undefined || period === null) throw new Error('the budget is closed');
    const payer = this.noteKey(period, this.agent, voucher.to);
    const payee = this.noteKey(period, voucher.to, this.agent);
    const index = this.state.periods.get(period)?.count ?? 0;
    const core: NoteCore = {
      v: 1,
      kind: items === null ? 'single' : 'batch',
      origin: ORIGIN,
      period,
      index,
      payer,
      payee,
      intent: voucher.intent,
      commitment: fieldToHex(0n),
    };
    const grant: Grant = {
      budget,
      task,
      period,
      index,
      category: this.providers.indexOf(voucher.to) % 2,
      regime: index % 32,
      items,
      authorizationNonce: this.nonce(),
      noteSalt: this.nonce(),
      core,
      coreSig: this.#signature(),
    };
    const commitment = fieldToHex(voucherCommitment(voucher, grant));
    return { ...grant, core: { ...core, commitment } };
  }

  #end(ending: 'spent' | 'void' | 'held', body: CapacityVoucher, voucher: Hash): void {
    const { intent, amount: units, fee, grant, to } = body;
    const core = grant === null ? null : coreHash(grant.core);
    if (ending === 'void') {
      const noteVoid = core === null ? null : { core, sig: this.#signature() };
      const receipt = { v: 1, type: 'VoidReceipt', intent, voucher, noteVoid } as const;
      this.submit({ ...receipt, nonce: this.nonce() }, to);
    }
    if (ending !== 'spent') return;
    const notes = [];
    if (grant !== null && core !== null) {
      const pair = `${grant.core.payer}/${grant.core.payee}`;
      const { seq, prev } = this.#pairs.get(pair) ?? { seq: 0, prev: '0'.repeat(64) as Hash };
      this.#pairs.set(pair, { seq: seq + 1, prev: tailHash(tailOf(grant.core, seq + 1, prev)) });
      notes.push({ core, seq: seq + 1, prev, sig: this.#signature() });
    }
    const receipt = { v: 1, type: 'FinalizeReceipt', intent, voucher, at: this.now } as const;
    const end = { fee, notes, delivery: null, nonce: this.nonce() };
    this.submit({ ...receipt, amount: units, ...end }, to);
  }
}
