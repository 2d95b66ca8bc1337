/**
 * A registry for tests, in memory: it keeps nonces and states as the contract does, proves nothing, and
 * fails as it is told. It is a fake: the contract's own rules are tested on the contract.
 */
import type { Hash } from '@atomicity/kernel/units/id';
import { unixMs } from '@atomicity/kernel/units/time';
import { railRefused } from '@atomicity/rails/ethereum/chain-errors';
import type {
  CallFate,
  CallReceipt,
  CycleRef,
  CycleView,
  OpenDemand,
  PreparedCall,
  RegistryCall,
  SettleCycle,
  SlotRef,
  SpendProof,
  SpendRegistry,
} from '@atomicity/rails/ethereum/registry-port';
import { RailError } from '@atomicity/rails/port';

/**
 * Of a send. `fine`: mined and told. `lost`: mined, and the answer is lost. `away`: nobody has it, and
 * nobody can tell. `displaced`: another transaction of the account takes the nonce.
 */
export type SendFault = 'fine' | 'lost' | 'away' | 'displaced';

type Transaction = { readonly call: RegistryCall; readonly nonce: number; mined: boolean };

/** How long proofs may be demanded, and how long a release waits. */
export const CHALLENGE_SECONDS = 60;

const unknown = () =>
  new RailError({ code: 'rail_timeout', outcome: 'unknown', shortMessage: 'scripted' });

const keyOf = ({ fleet, cycle }: CycleRef) => `${fleet}/${cycle}`;

export class ScriptedRegistry implements SpendRegistry {
  readonly place = { chainId: 31337, registry: `0x${'ab'.repeat(20)}` } as const;
  /** Calls that took effect, in order. */
  readonly applied: RegistryCall[] = [];
  /** Hashes handed to the chain, in order. */
  readonly sent: string[] = [];
  readonly faults: SendFault[] = [];
  /** The contract's time, ms. */
  nowMs = 0;
  readonly demands: (OpenDemand & { answered: boolean })[] = [];
  /** A slot that was shown not to count: the next finalize opens the cycle again. */
  barred: number | null = null;
  /** Proofs that the contract’s verifiers do not take, by A.x. */
  readonly refusedProofs = new Set<string>();
  /** As when the window of a cycle began before it was opened. */
  refusesOpening = false;
  /** Slots that somebody else released, with another bound. */
  readonly releasedElsewhere = new Set<number>();
  /** Makes every question fail. */
  isAway = false;
  readonly #cycles = new Map<string, CycleView>();
  readonly #rolledBack: SlotRef[] = [];
  /** Slots that wait for their claim, and until when, seconds. */
  readonly #releases = new Map<number, number>();
  readonly #transactions = new Map<string, Transaction>();
  #nonce = 0;
  #drawn = 0;

  async prepare(call: RegistryCall): Promise<PreparedCall> {
    this.#refuse(call);
    const hash = `0x${(++this.#drawn).toString(16).padStart(64, '0')}` as const;
    this.#transactions.set(hash, { call, nonce: this.#nonce, mined: false });
    return { hash, raw: hash, from: this.place.registry, nonce: this.#nonce };
  }

  async send({ hash, nonce }: PreparedCall): Promise<CallReceipt> {
    this.sent.push(hash);
    const fault = this.faults.shift() ?? 'fine';
    const transaction = this.#transactions.get(hash);
    if (transaction === undefined) throw new Error('a transaction nobody signed');
    if (fault === 'away') throw unknown();
    if (fault === 'displaced') this.#nonce += 1;
    if (!transaction.mined) {
      if (nonce !== this.#nonce) throw railRefused('another transaction took the nonce', {});
      this.#refuse(transaction.call);
      this.#apply(transaction.call);
      transaction.mined = true;
      this.#nonce += 1;
    }
    if (fault === 'lost') throw unknown();
    return { hash, block: this.applied.length, gasUsed: 21_000n };
  }

  async lookUp({ hash, nonce }: PreparedCall): Promise<CallFate> {
    if (this.#transactions.get(hash)?.mined) {
      return { kind: 'applied', receipt: { hash, block: this.applied.length, gasUsed: 21_000n } };
    }
    return { kind: this.#nonce > nonce ? 'displaced' : 'absent' };
  }

  /** As if the chain had dropped the blocks in which calls of a kind were: nobody has the transactions any more. */
  forget(kind: RegistryCall['kind']): void {
    for (const each of this.applied.splice(0)) if (each.kind !== kind) this.applied.push(each);
    for (const transaction of this.#transactions.values()) {
      if (transaction.call.kind !== kind || !transaction.mined) continue;
      transaction.mined = false;
      this.#nonce = Math.min(this.#nonce, transaction.nonce);
    }
    if (kind === 'answer_demand') for (const each of this.demands) each.answered = false;
  }

  async hasEffect(call: RegistryCall): Promise<boolean> {
    if (call.kind === 'settle_cycle') {
      const { state, summariesRoot, revision } = await this.cycle(call);
      return (
        state === 'pending' && summariesRoot === call.summariesRoot && revision === call.revision
      );
    }
    if (call.kind === 'finalize') {
      const { state, revision } = await this.cycle(call);
      return state === 'final' || revision > call.revision;
    }
    return this.applied.some((each) => JSON.stringify(each, plain) === JSON.stringify(call, plain));
  }

  async cycle(ref: CycleRef): Promise<CycleView> {
    if (this.isAway) throw unknown();
    return this.#cycles.get(keyOf(ref)) ?? NO_CYCLE;
  }

  async accepts({ proof }: SpendProof): Promise<boolean> {
    return !this.refusedProofs.has(proof.a[0]);
  }

  async available(_fleet: Hash): Promise<bigint> {
    return 0n;
  }

  async openDemands(ref: CycleRef): Promise<readonly OpenDemand[]> {
    return this.demands.filter((each) => keyOf(each) === keyOf(ref) && !each.answered);
  }

  async rolledBack(ref: CycleRef): Promise<readonly SlotRef[]> {
    return this.#rolledBack.filter((each) => keyOf(each) === keyOf(ref));
  }

  async claimableAfter({ slot }: SlotRef): Promise<number | null> {
    return this.#releases.get(slot) ?? null;
  }

  async now(): Promise<number> {
    return Math.floor(this.nowMs / 1000);
  }

  /** As if nobody had answered a demand in time. */
  async rollBack(ref: SlotRef): Promise<void> {
    this.#reopen(ref, await this.cycle(ref));
  }

  #reopen(ref: SlotRef, view: CycleView): void {
    this.#rolledBack.push(ref);
    this.#cycles.set(keyOf(ref), { ...view, state: 'open', revision: view.revision + 1 });
  }

  #refuse(call: RegistryCall): void {
    const view = this.#cycles.get('cycle' in call ? keyOf(call) : '') ?? NO_CYCLE;
    const wrong = (isSo: boolean, revert: string) => {
      if (isSo) throw railRefused('the registry refuses', { revert });
    };
    if (call.kind === 'open_cycle') {
      wrong(view.state !== 'none', 'WrongState');
      wrong(this.refusesOpening, 'WindowStarted');
    }
    if (call.kind === 'finalize') wrong(view.state !== 'pending', 'WrongState');
    if (call.kind === 'release_late') {
      wrong(view.state !== 'final', 'WrongState');
      wrong(this.releasedElsewhere.has(call.slot), 'SlotNotReserved');
    }
    if (call.kind !== 'settle_cycle') return;
    wrong(view.state !== 'open', 'WrongState');
    wrong(this.nowMs <= view.windowEnd, 'WindowNotEnded');
  }

  #apply(call: RegistryCall): void {
    this.applied.push(call);
    const view = 'cycle' in call ? (this.#cycles.get(keyOf(call)) ?? NO_CYCLE) : NO_CYCLE;
    if (call.kind === 'open_cycle') {
      const { windowStart, windowEnd, policyRoot, cap } = call;
      const opened = { windowStart, windowEnd, policyRoot, cap } as const;
      this.#cycles.set(keyOf(call), { ...view, ...opened, state: 'open' });
    } else if (call.kind === 'settle_cycle') {
      const { summariesRoot, consumed, reserved }: SettleCycle = call;
      const challengeEnd = Math.floor(this.nowMs / 1000) + CHALLENGE_SECONDS;
      const settled = { summariesRoot, consumed, reserved, challengeEnd } as const;
      this.#cycles.set(keyOf(call), { ...view, ...settled, state: 'pending' });
    } else if (call.kind === 'finalize') {
      const { fleet, cycle } = call;
      const { barred } = this;
      this.barred = null;
      if (barred !== null) this.#reopen({ fleet, cycle, slot: barred }, view);
      else this.#cycles.set(keyOf(call), { ...view, state: 'final' });
    } else if (call.kind === 'release_late') {
      this.#releases.set(call.slot, Math.floor(this.nowMs / 1000) + CHALLENGE_SECONDS);
    } else if (call.kind === 'claim_release') {
      this.#releases.delete(call.slot);
    } else if (call.kind === 'answer_demand') {
      for (const each of this.demands) if (each.slot === call.slot) each.answered = true;
    }
  }
}

const plain = (_key: string, value: unknown) => (typeof value === 'bigint' ? `${value}` : value);

const NO_CYCLE: CycleView = {
  state: 'none',
  revision: 0,
  policyRoot: 0n,
  slotCount: 0,
  cap: 0n,
  consumed: 0n,
  reserved: 0n,
  remaining: 0n,
  windowStart: unixMs(0),
  windowEnd: unixMs(0),
  challengeEnd: 0,
  summariesRoot: 0n,
  included: 0n,
  cycleRoot: '0x',
  includedCount: 0,
  openDemands: 0,
  excluded: [],
};
