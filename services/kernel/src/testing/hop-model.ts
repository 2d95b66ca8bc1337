/**
 * A small model of one part of a payment, written without the hop machine: parties with clocks of
 * their own on a line, messages that are late or lost, crashes, and liars. It keeps every statement
 * that anybody signed, and who lied or was away: the ground truth for what evidence may say.
 */
import { amount } from '../units/amount.ts';
import type { Nonce } from '../units/id.ts';
import { unixMs } from '../units/time.ts';
import type { FinalizeReceipt, SignedEvidence } from '../wire/objects.ts';
import type { VerifiedObject } from '../wire/verified.ts';
import { evidenceOf, hopStatement, routedVoucher } from './hop-statements.ts';
import { type TestKey, testHash, testKey, testNonce } from './keys.ts';
import {
  type Built,
  type Change,
  createWorld,
  own,
  START,
  type TestParty,
  testParty,
  through,
  USD,
  type World,
} from './world.ts';

export const LIES = [
  'deny_and_claim',
  'deny',
  'claim_late',
  'answer_and_drop',
  'answer_both',
  'hold_twice',
  'alter_amount',
  'forward_twice',
  'outlive',
  'stretch_deadline',
  'misstate_fee',
  'finalize_twice',
  'ignore',
] as const;
export type Lie = (typeof LIES)[number] | 'none';

export type PartyPlan = {
  /** The party's clock less true time, ms. */
  readonly offsetMs: number;
  readonly marginMs: number;
  readonly lie: Lie;
  /** True time, from the start, ms. */
  readonly crash: { readonly from: number; readonly to: number } | null;
};

export type Plan = {
  /** The sender first, the receiver last. */
  readonly parties: readonly PartyPlan[];
  readonly ttlMs: number;
  /** What happens to the messages in turn: they take so long, ms, or are lost. */
  readonly fates: readonly (number | 'lost')[];
};

/** Longer than this on the way counts as trouble on the link, ms. */
const PROMPT_MS = 100;
const RETRY_MS = 2_000;
const DECIDE_MS = 100;
const RETRIES_MAX = 40;

type Status = 'held' | 'claimed' | 'active' | 'lapsed';
type End = {
  readonly voucher: Built<'CapacityVoucher'>;
  readonly deadline: number;
  status: Status;
  /** What this end says last. */
  word: VerifiedObject | undefined;
  held: Built<'HopReceipt'> | undefined;
  reason: string;
};

export type ModelRun = {
  readonly parties: readonly TestParty[];
  readonly intent: Built<'PaymentIntent'>;
  readonly part: Nonce;
  /** Everything that was signed, by anybody. */
  readonly signed: readonly VerifiedObject[];
  /** Parties that carried their lie out. */
  readonly lied: ReadonlySet<number>;
  /** Parties that were down when a hold of theirs ran out. */
  readonly absent: ReadonlySet<number>;
  /** Edges, by the index of their payer, on which a message was lost or slow. */
  readonly troubled: ReadonlySet<number>;
  /** The sender's book says that it paid. */
  readonly paid: boolean;
};

class Model {
  readonly plan: Plan;
  readonly world: World;
  readonly parties: readonly TestParty[];
  readonly intent: Built<'PaymentIntent'>;
  readonly part = testNonce('model part');
  readonly key: TestKey = testKey('model finalize');
  readonly signed: VerifiedObject[] = [];
  readonly lied = new Set<number>();
  readonly absent = new Set<number>();
  readonly troubled = new Set<number>();
  /** By the index of the edge's payer. */
  readonly payerEnds: (End | undefined)[] = [];
  readonly payeeEnds: (End | undefined)[] = [];
  queue: { readonly at: number; readonly order: number; readonly run: () => void }[] = [];
  now = 0;
  made = 0;
  fate = 0;

  constructor(plan: Plan, crypto: World['crypto']) {
    this.plan = plan;
    this.world = createWorld({ crypto });
    this.parties = plan.parties.map((_, i) => testParty(`model ${i}`));
    const receiver = this.party(this.last);
    this.intent = this.keep(
      this.world.object(
        {
          v: 1,
          type: 'PaymentIntent',
          receiver: receiver.id,
          denomination: USD,
          amount: amount(100n),
          expiresAt: unixMs(START + 10 ** 9),
          description: 'model',
          policyHash: null,
          constraints: { maxFeeBps: 0, latencyMs: 0 },
          delivery: { finalizeKey: this.key.id, minDeliverable: amount(100n), partsMax: 1 },
          nonce: this.world.nonce(),
        },
        through(receiver),
      ),
    );
  }

  get last(): number {
    return this.plan.parties.length - 1;
  }

  party(i: number): TestParty {
    return this.parties[i] ?? testParty(`model ${i}`);
  }

  planOf(i: number): PartyPlan {
    return this.plan.parties[i] ?? { offsetMs: 0, marginMs: 0, lie: 'none', crash: null };
  }

  clock(i: number, at = this.now): number {
    return START + at + this.planOf(i).offsetMs;
  }

  isDown(i: number, at = this.now): boolean {
    const { crash } = this.planOf(i);
    return crash !== null && crash.from <= at && at < crash.to;
  }

  /** True if the party tells this lie now, which makes it a liar. */
  lies(i: number, lie: Lie): boolean {
    if (this.planOf(i).lie !== lie) return false;
    this.lied.add(i);
    return true;
  }

  keep<T extends VerifiedObject>(object: T): T {
    this.signed.push(object);
    return object;
  }

  /** Runs at a true time; a party that is down then does it when it is back. */
  at(time: number, run: () => void, who?: number): void {
    const { crash = null } = who === undefined ? {} : this.planOf(who);
    const due = who !== undefined && this.isDown(who, time) && crash ? crash.to : time;
    this.queue.push({ at: Math.max(due, this.now), order: this.made++, run });
  }

  /** A message over the edge of payer `edge`; nobody hears it who is down. */
  send(edge: number, to: number, run: () => void): void {
    const fate = this.plan.fates[this.fate++ % Math.max(this.plan.fates.length, 1)] ?? 0;
    if (fate === 'lost' || fate > PROMPT_MS) this.troubled.add(edge);
    if (fate === 'lost') return;
    this.at(this.now + fate, () => {
      if (!this.isDown(to)) run();
    });
  }

  /** Sends until `done`, from time to time; the sender's crash only delays it. */
  persist(edge: number, from: number, to: number, done: () => boolean, run: () => void): void {
    const attempt = (left: number) => {
      if (done() || left === 0) return;
      this.send(edge, to, run);
      this.at(this.now + RETRY_MS, () => attempt(left - 1), from);
    };
    attempt(RETRIES_MAX);
  }

  say(i: number, end: End, change: Change<'HopReceipt'>, what: 'held' | 'active' | 'lapsed') {
    const { deadline, voucher, held } = end;
    return this.keep(
      hopStatement(this.world, this.party(i), voucher, what, {
        at: unixMs(this.clock(i)),
        deadline: unixMs(deadline),
        ...(what === 'held' ? {} : { prev: held?.id ?? null }),
        ...change,
      }),
    );
  }

  /** Places the hold of the edge from party i to i + 1, which lapses by the payer's clock. */
  hold(i: number, expiresAt: number, prev: Built<'HopReceipt'> | null): void {
    const [payer, payee] = [this.party(i), this.party(i + 1)];
    const hops = this.parties.slice(i + 2).map(({ id }) => ({
      party: id,
      policyHash: testHash('free'),
    }));
    const altered = prev !== null && this.lies(i, 'alter_amount');
    const longer = prev !== null && this.lies(i, 'outlive');
    const deadline = expiresAt + (longer ? 5_000 : 0);
    const make = () =>
      this.keep(
        routedVoucher(this.world, payer, payee, this.intent.id, {
          amount: amount((prev?.body.amount ?? 100n) - (altered ? 1n : 0n)),
          at: unixMs(this.clock(i)),
          expiresAt: unixMs(deadline),
          policyHash: hops[0]?.policyHash ?? null,
          prevReceipt: prev?.id ?? null,
          route: {
            part: this.part,
            finalizeKey: this.key.id,
            seenAt: unixMs(this.clock(i + 1)),
            probe: false,
            hops,
          },
        }),
      );
    const voucher = make();
    if (prev !== null && this.lies(i, 'forward_twice')) make();
    const end: End = {
      voucher,
      deadline,
      status: 'held',
      word: undefined,
      held: undefined,
      reason: 'expired',
    };
    this.payerEnds[i] = end;
    this.lapseAt(i, end, () => this.lapsePayer(i, end, 'expired'));
    const known = () => end.status !== 'held' || this.payeeEnds[i] !== undefined;
    this.persist(i, i, i + 1, known, () => this.takeVoucher(i, voucher));
  }

  lapseAt(i: number, end: End, run: () => void): void {
    const time = end.deadline - START - this.planOf(i).offsetMs;
    if (this.isDown(i, time)) this.absent.add(i);
    this.at(time, run, i);
  }

  lapsePayer(i: number, end: End, reason: string): void {
    if (end.status !== 'held') return;
    end.status = 'lapsed';
    end.word = this.say(i, end, { reason }, 'lapsed');
  }

  lapsePayee(edge: number, reason: string): void {
    const end = this.payeeEnds[edge];
    if (end?.status !== 'held') return;
    end.status = 'lapsed';
    const word = this.say(edge + 1, end, { reason }, 'lapsed');
    this.send(edge, edge, () => this.takeRelease(edge, word));
  }

  takeRelease(edge: number, { body }: Built<'HopReceipt'>): void {
    const end = this.payerEnds[edge];
    if (end === undefined || end.status !== 'held') return;
    this.lapsePayer(edge, end, body.reason ?? 'expired');
    if (edge > 0) this.lapsePayee(edge - 1, body.reason ?? 'expired');
  }

  /** The payee of the edge counts the voucher's time from the reading of its own clock. */
  takeVoucher(edge: number, voucher: Built<'CapacityVoucher'>): void {
    const me = edge + 1;
    if (this.payeeEnds[edge] !== undefined) return;
    const { at, expiresAt, route } = voucher.body;
    const time = (route?.seenAt ?? 0) + (expiresAt - at) - this.planOf(me).marginMs;
    const deadline = time + (this.lies(me, 'stretch_deadline') ? 100_000 : 0);
    const end: End = {
      voucher,
      deadline,
      status: 'held',
      word: undefined,
      held: undefined,
      reason: 'expired',
    };
    this.payeeEnds[edge] = end;
    if (this.clock(me) >= deadline) {
      end.status = 'lapsed';
      const word = this.say(me, end, { reason: 'voucher_stale', prev: null }, 'lapsed');
      this.send(edge, edge, () => this.takeRelease(edge, word));
      return;
    }
    const fee = this.lies(me, 'misstate_fee') ? { fee: amount(7n) } : {};
    end.held = this.say(me, end, fee, 'held');
    if (this.lies(me, 'hold_twice')) this.say(me, end, {}, 'held');
    this.lapseAt(me, end, () => this.lapsePayee(edge, 'expired'));
    if (me < this.last) this.hold(me, deadline, end.held);
    else this.at(this.now + DECIDE_MS, () => this.finalize(end), me);
  }

  receiptOf(end: End): SignedEvidence<FinalizeReceipt> {
    const value = end.voucher.body.amount;
    const receipt = this.world.object(
      {
        v: 1,
        type: 'FinalizeReceipt',
        intent: this.intent.id,
        voucher: null,
        amount: value,
        fee: amount(0n),
        at: unixMs(this.clock(this.last)),
        notes: [],
        delivery: { finalizeKey: this.key.id, parts: [{ part: this.part, amount: value }] },
        nonce: this.world.nonce(),
      },
      own(this.key),
    );
    return evidenceOf(this.keep(receipt));
  }

  finalize(end: End): void {
    if (end.status !== 'held' || this.lies(this.last, 'ignore')) return;
    if (this.clock(this.last) >= end.deadline) return;
    const finalize = this.receiptOf(end);
    if (this.lies(this.last, 'finalize_twice')) this.receiptOf(end);
    this.claim(this.last - 1, finalize);
  }

  /** The payee of the edge has the receipt: from here on its hold does not lapse by time. */
  claim(edge: number, finalize: SignedEvidence<FinalizeReceipt>): void {
    const [me, end] = [edge + 1, this.payeeEnds[edge]];
    // No claim can carry a receipt for another amount than was held here.
    if (end?.status !== 'held' || finalize.object.amount !== end.voucher.body.amount) return;
    if (me < this.last && this.lies(me, 'answer_and_drop')) {
      this.lapsePayee(edge, 'expired');
      return;
    }
    end.status = 'claimed';
    const speak = () => {
      const word = this.say(me, end, { finalize }, 'active');
      const answered = () => end.status !== 'claimed';
      this.persist(edge, me, edge, answered, () => this.takeClaim(edge, word.body.finalize));
    };
    const late = end.deadline - START - this.planOf(me).offsetMs;
    if (this.lies(me, 'claim_late')) this.at(late, speak, me);
    else speak();
  }

  /** The payer decides: in time it is a debt, and the payer's own claim in the same step. */
  takeClaim(edge: number, finalize: SignedEvidence<FinalizeReceipt> | null): void {
    const end = this.payerEnds[edge];
    if (end === undefined || finalize === null) return;
    const inTime = end.status === 'held' && this.clock(edge) < end.deadline;
    if (inTime && this.lies(edge, 'deny')) this.lapsePayer(edge, end, 'expired');
    else if (inTime && edge > 0 && this.lies(edge, 'deny_and_claim')) {
      end.status = 'lapsed';
      end.word = this.say(edge, end, { at: unixMs(end.deadline) }, 'lapsed');
      this.claim(edge - 1, finalize);
    } else if (inTime) {
      end.status = 'active';
      end.word = this.say(edge, end, { finalize }, 'active');
      if (this.lies(edge, 'answer_both')) this.say(edge, end, {}, 'lapsed');
      if (edge > 0) this.claim(edge - 1, finalize);
    }
    const word = end.word;
    if (word === undefined) return;
    this.send(edge, edge + 1, () => {
      const payee = this.payeeEnds[edge];
      if (payee?.status === 'claimed') payee.status = end.status === 'active' ? 'active' : 'lapsed';
    });
  }

  run(): ModelRun {
    this.at(0, () => this.hold(0, this.clock(0) + this.plan.ttlMs, null), 0);
    while (this.queue.length > 0) {
      this.queue.sort((one, other) => one.at - other.at || one.order - other.order);
      const next = this.queue.shift();
      if (next === undefined) break;
      this.now = next.at;
      next.run();
    }
    const { parties, intent, part, signed, lied, absent, troubled } = this;
    const paid = this.payerEnds[0]?.status === 'active';
    return { parties, intent, part, signed, lied, absent, troubled, paid };
  }
}

/** Lives a plan through to its end. The same plan gives the same run; signatures only if asked. */
export function runModel(plan: Plan, crypto: World['crypto'] = 'none'): ModelRun {
  return new Model(plan, crypto).run();
}
