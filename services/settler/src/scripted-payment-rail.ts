/**
 * A rail for tests that fixes what it sends, as chains and payment networks do, with the world behind it:
 * what is sent may be stuck, lapse, be replaced, take effect late, or lose its effect again. Drafts of one
 * slot exclude each other, as transactions of one nonce; two slots do not.
 */
import { bytesToHex, hexToBytes } from '@atomicity/kernel/codec/bytes';
import {
  type AnchorEvidence,
  type AnchorRail,
  type LookUp,
  RailError,
  type RailErrorCode,
  type Submission,
  type Upgrade,
} from '@atomicity/rails/port';

/**
 * - `fine`: takes effect, and is answered.
 * - `refused`: surely not taken.
 * - `lost`: takes effect, but the answer was lost.
 * - `stuck`: taken, takes effect later or never; nobody answered.
 */
export type PaymentFault = 'fine' | 'refused' | 'lost' | 'stuck';

type Draft = {
  readonly id: Uint8Array;
  readonly slot: number;
  readonly owner: string;
  status: 'drafted' | 'stuck' | 'applied' | 'lapsed';
  /** The rail has called it final: nothing takes it back. */
  final: boolean;
};

function failure(outcome: 'not_applied' | 'unknown', code: RailErrorCode): RailError {
  return new RailError({ code, shortMessage: 'scripted', outcome });
}

export class ScriptedPaymentRail implements AnchorRail {
  readonly name = 'scripted-payment';
  readonly label = 'scripted payment rail';
  readonly repeatIsSameSubmission = false;
  /** Faults of the next submissions, then `fine`. */
  readonly faults: PaymentFault[] = [];
  /** Every call, in order. */
  readonly calls: string[] = [];
  /** What is stuck is replaced by a better offer when it is looked up. */
  raisesStuck = true;
  prepareFails = false;
  /** Nothing is final yet. */
  holdsBack = false;
  readonly #drafts: Draft[] = [];
  #slots = 0;

  async prepare({ idempotencyKey }: Submission): Promise<Uint8Array> {
    this.calls.push('prepare');
    if (this.prepareFails) {
      this.prepareFails = false;
      throw failure('not_applied', 'rail_unreachable');
    }
    this.#slots += 1;
    return this.#draft(this.#slots, bytesToHex(idempotencyKey));
  }

  async submit({ prepared, idempotencyKey }: Submission): Promise<AnchorEvidence> {
    const fault = this.faults.shift() ?? 'fine';
    this.calls.push(`submit ${fault}`);
    const draft = this.#draftOf(prepared);
    if (draft.owner !== bytesToHex(idempotencyKey)) throw new Error('sent for another intent');
    if (fault === 'refused' || draft.status === 'lapsed') {
      throw failure('not_applied', 'rail_refused');
    }
    if (draft.status === 'drafted') draft.status = 'stuck';
    if (fault !== 'stuck') this.#apply(draft);
    if (fault !== 'fine' || draft.status !== 'applied') throw failure('unknown', 'rail_timeout');
    return evidenceOf(draft);
  }

  async lookUp({ prepared }: Submission): Promise<LookUp> {
    this.calls.push('lookUp');
    const draft = this.#draftOf(prepared);
    const applied = this.#ofSlot(draft.slot).find(({ status }) => status === 'applied');
    if (applied !== undefined) return { kind: 'applied', evidence: evidenceOf(applied) };
    const open = this.#ofSlot(draft.slot).filter(({ status }) => status !== 'lapsed');
    if (open.length === 0) return { kind: 'void', code: 'lapsed' };
    if (open.every(({ status }) => status === 'drafted')) return { kind: 'not_applied' };
    if (!this.raisesStuck) return { kind: 'unknown' };
    return { kind: 'replace', prepared: this.#draft(draft.slot, draft.owner), code: 'fee_raised' };
  }

  async upgrade({ bytes }: AnchorEvidence): Promise<Upgrade> {
    this.calls.push('upgrade');
    const draft = this.#draftOf(bytes.subarray(1));
    if (draft.status !== 'applied') return { kind: 'dropped', code: 'reorged' };
    if (this.holdsBack) return { kind: 'unchanged' };
    draft.final = true;
    return { kind: 'confirmed', evidence: { bytes }, height: draft.slot };
  }

  /** What was drafted and never sent can't be sent any more; with `stuck`, what is stuck neither. */
  lapse(stuck: boolean): void {
    for (const draft of this.#drafts) {
      if (draft.status === 'drafted' || (stuck && draft.status === 'stuck'))
        draft.status = 'lapsed';
    }
  }

  /** What is stuck takes effect, one of each slot. */
  mine(): void {
    for (const draft of this.#drafts) if (draft.status === 'stuck') this.#apply(draft);
  }

  /** What took effect and is not final has not any more, and may again. */
  reorganise(): void {
    for (const draft of this.#drafts) {
      if (draft.status === 'applied' && !draft.final) draft.status = 'stuck';
    }
  }

  /** Effects that stand, as intents; an intent twice is a payment twice. */
  effects(): readonly string[] {
    return this.#drafts.filter(({ status }) => status === 'applied').map(({ owner }) => owner);
  }

  #draft(slot: number, owner: string): Uint8Array {
    const id = hexToBytes((this.#drafts.length + 1).toString(16).padStart(8, '0'));
    this.#drafts.push({ id, slot, owner, status: 'drafted', final: false });
    return id;
  }

  #draftOf(prepared: Uint8Array | undefined): Draft {
    const draft = this.#drafts[Number.parseInt(bytesToHex(prepared ?? new Uint8Array()), 16) - 1];
    if (draft === undefined) throw new Error('nothing was prepared');
    return draft;
  }

  #ofSlot(slot: number): readonly Draft[] {
    return this.#drafts.filter((draft) => draft.slot === slot);
  }

  #apply(draft: Draft): void {
    const taken = this.#ofSlot(draft.slot).some(({ status }) => status === 'applied');
    if (!taken) draft.status = 'applied';
  }
}

/** The draft's name behind one byte more, so that evidence differs from what was prepared. */
function evidenceOf({ id }: Draft): AnchorEvidence {
  return { bytes: Uint8Array.of(1, ...id) };
}
