import { fieldToHex } from '@atomicity/kernel/codec/field';
import { type PoseidonHash, poseidon } from '@atomicity/kernel/codec/poseidon';
import {
  type BatchItem,
  batchCommitment,
  batchSpend,
  lastItemAt,
} from '@atomicity/kernel/note/batch-commitment';
import { authorizationId, commitment, tokenOf } from '@atomicity/kernel/note/commitment';
import { coreHash, type NoteCore } from '@atomicity/kernel/note/note';
import type { TokenSlot } from '@atomicity/kernel/note/roots';
import { hasCircuit } from '@atomicity/kernel/period/period-digest';
import { periodHash } from '@atomicity/kernel/period/period-hash';
import { type Amount, amount } from '@atomicity/kernel/units/amount';
import type { Hash, PartyId } from '@atomicity/kernel/units/id';
import type { UnixMs } from '@atomicity/kernel/units/time';
import type {
  BudgetDelegation,
  CapacityVoucher,
  PaymentIntent,
} from '@atomicity/kernel/wire/objects';
import { noteKeyOf } from './note-keys.ts';
import { type Party, signerOf } from './party.ts';
import { type DrawNonce, type SignedObject, signObject } from './signer.ts';

export type HoldRequest = {
  readonly intent: SignedObject<PaymentIntent>;
  readonly edge: Hash;
  /** Note key of the payee for this agent and period, as the payee certified it. */
  readonly payeeNoteKey: PartyId;
  readonly at: UnixMs;
  readonly expiresAt: UnixMs;
  readonly task: string | null;
  /** The payments of a batch note, together the intent's amount; absent: one payment, a single note. */
  readonly items?: readonly BatchItem[];
};

/**
 * An agent spending under one budget: counts authorizations without gaps and moves to the next period
 * when told that the current one has closed. Holds no money and no connection.
 */
export class AgentSession {
  readonly budget: BudgetDelegation;
  periodIndex = 0;
  readonly #agent: Party;
  readonly #origin: string;
  readonly #draw: DrawNonce;
  readonly #hash: PoseidonHash;
  #issued: TokenSlot[] = [];
  /** Of all notes of the period, fixed by its first. */
  #kind: NoteCore['kind'] | null = null;

  constructor(parameters: {
    readonly agent: Party;
    readonly budget: BudgetDelegation;
    readonly origin: string;
    readonly draw: DrawNonce;
    /** Another implementation of the same Poseidon, when there is a faster one. */
    readonly hash?: PoseidonHash;
  }) {
    this.#agent = parameters.agent;
    this.budget = parameters.budget;
    this.#origin = parameters.origin;
    this.#draw = parameters.draw;
    this.#hash = parameters.hash ?? poseidon;
  }

  get period(): Hash {
    return periodHash(this.budget.budget, this.periodIndex);
  }

  /** What this period has authorized so far, in index order. */
  get issued(): readonly TokenSlot[] {
    return this.#issued;
  }

  get isFull(): boolean {
    return this.#issued.length === this.budget.tier;
  }

  /** The category that the principal fixed for a payee; undefined when the budget does not allow it. */
  categoryOf(payee: PartyId): number | undefined {
    const listed = this.budget.payees.find(({ party }) => party === payee);
    return listed?.category ?? this.budget.defaultCategory ?? undefined;
  }

  /**
   * Signs the voucher for a quote and counts its authorization; a call counts one index, always.
   * When the node refuses it, call `takeBack`.
   * With `items` the note is a batch: one authorization, one commitment and one receipt for up to 16
   * payments. The first note of a period says whether all of it are batches.
   * @throws Error `payee_not_allowed`, `period_full`, `note_kind_mixed`, `tier_without_batch_circuit`,
   * `items_sum_mismatch`, `items_outlive_hold`; RangeError for none or more than 16 items, or one outside
   * its limits.
   */
  authorize(request: HoldRequest): SignedObject<CapacityVoucher> {
    const { intent } = request;
    const to = intent.body.receiver;
    const category = this.categoryOf(to);
    if (category === undefined) throw new Error('payee_not_allowed');
    if (this.isFull) throw new Error('period_full');
    const items = request.items ?? null;
    this.#checkKind(request, items);
    const authorization = {
      budget: this.budget.budget,
      category,
      index: this.#issued.length,
      intent: intent.id,
      nonce: this.#draw(),
      payee: to,
      period: this.period,
    };
    const id = authorizationId(authorization);
    const fee = amount(0n);
    const spend = amount(intent.body.amount + fee);
    const noteSalt = this.#draw();
    const core = this.#core(request, id, { spend, category, noteSalt });
    const body: CapacityVoucher = {
      v: 1,
      type: 'CapacityVoucher',
      intent: intent.id,
      edge: request.edge,
      from: this.budget.principal,
      to,
      denomination: this.budget.denomination,
      amount: intent.body.amount,
      fee,
      at: request.at,
      expiresAt: request.expiresAt,
      policyHash: intent.body.policyHash,
      prevReceipt: null,
      grant: {
        budget: this.budget.budget,
        task: request.task,
        period: this.period,
        index: authorization.index,
        category,
        regime: 0,
        items,
        authorizationNonce: authorization.nonce,
        noteSalt,
        core,
        coreSig: noteKeyOf(this.#agent, to, this.period).signId(coreHash(core)),
      },
      route: null,
      nonce: this.#draw(),
    };
    this.#issued.push({ authorization: id, category });
    this.#kind = core.kind;
    return signObject(body, [signerOf(this.#agent)]);
  }

  /** Forgets the newest authorization, because the node refused it. */
  takeBack(): void {
    this.#issued.pop();
    if (this.#issued.length === 0) this.#kind = null;
  }

  /** The current period has closed: the next one starts at index 0. */
  nextPeriod(): void {
    this.periodIndex += 1;
    this.#issued = [];
    this.#kind = null;
  }

  #checkKind({ intent, at, expiresAt }: HoldRequest, items: readonly BatchItem[] | null): void {
    const kind = items === null ? 'single' : 'batch';
    if (this.#kind !== null && this.#kind !== kind) throw new Error('note_kind_mixed');
    if (items === null) return;
    if (!hasCircuit('batch', this.budget.tier)) throw new Error('tier_without_batch_circuit');
    if (batchSpend(items) !== intent.body.amount) throw new Error('items_sum_mismatch');
    if (lastItemAt(at, items) > expiresAt) throw new Error('items_outlive_hold');
  }

  #core(
    request: HoldRequest,
    authorization: Hash,
    note: {
      readonly spend: Amount;
      readonly category: number;
      readonly noteSalt: ReturnType<DrawNonce>;
    },
  ): NoteCore {
    const { intent, at, items } = request;
    const { spend, category } = note;
    const bound = { period: this.period, token: tokenOf(authorization), salt: note.noteSalt };
    const opened =
      items === undefined
        ? commitment({ packed: { spend, at, category, regime: 0 }, ...bound }, this.#hash)
        : batchCommitment({ at, category, regime: 0, items, ...bound }, this.#hash);
    return {
      v: 1,
      kind: items === undefined ? 'single' : 'batch',
      origin: this.#origin,
      period: this.period,
      index: this.#issued.length,
      payer: noteKeyOf(this.#agent, intent.body.receiver, this.period).id,
      payee: request.payeeNoteKey,
      intent: intent.id,
      commitment: fieldToHex(opened),
    };
  }
}
