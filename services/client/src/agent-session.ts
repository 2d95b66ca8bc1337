import { fieldToHex } from '@atomicity/kernel/codec/field';
import { type PoseidonHash, poseidon } from '@atomicity/kernel/codec/poseidon';
import { authorizationId, commitment, tokenOf } from '@atomicity/kernel/note/commitment';
import { coreHash, type NoteCore } from '@atomicity/kernel/note/note';
import type { TokenSlot } from '@atomicity/kernel/note/roots';
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
   * @throws Error when the period is full or the budget does not allow the payee.
   */
  authorize(request: HoldRequest): SignedObject<CapacityVoucher> {
    const { intent } = request;
    const to = intent.body.receiver;
    const category = this.categoryOf(to);
    if (category === undefined) throw new Error('payee_not_allowed');
    if (this.isFull) throw new Error('period_full');
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
        items: null,
        authorizationNonce: authorization.nonce,
        noteSalt,
        core,
        coreSig: noteKeyOf(this.#agent, to, this.period).signId(coreHash(core)),
      },
      route: null,
      nonce: this.#draw(),
    };
    this.#issued.push({ authorization: id, category });
    return signObject(body, [signerOf(this.#agent)]);
  }

  /** Forgets the newest authorization, because the node refused it. */
  takeBack(): void {
    this.#issued.pop();
  }

  /** The current period has closed: the next one starts at index 0. */
  nextPeriod(): void {
    this.periodIndex += 1;
    this.#issued = [];
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
    const { intent } = request;
    const opening = {
      packed: { spend: note.spend, at: request.at, category: note.category, regime: 0 },
      period: this.period,
      token: tokenOf(authorization),
      salt: note.noteSalt,
    };
    return {
      v: 1,
      kind: 'single',
      origin: this.#origin,
      period: this.period,
      index: this.#issued.length,
      payer: noteKeyOf(this.#agent, intent.body.receiver, this.period).id,
      payee: request.payeeNoteKey,
      intent: intent.id,
      commitment: fieldToHex(commitment(opening, this.#hash)),
    };
  }
}
