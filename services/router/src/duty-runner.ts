import type { Hash } from '@atomicity/kernel/units/id';
import type { AgentCore } from './agent-core.ts';
import { backoffMs } from './backoff.ts';
import { type Duty, dutiesOf, dutyId } from './duties.ts';
import { Lanes } from './lanes.ts';

/**
 * What became of one try. `done`: the state says what is next. `retry`: nothing is known to have
 * changed, so try again after a while. `wait`: look again then, it is not a failed try. `rest`:
 * nothing to do until something wakes the hop.
 */
export type Attempt =
  | { readonly kind: 'done' }
  | { readonly kind: 'retry' }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'rest' };

export const DONE: Attempt = { kind: 'done' };
export const RETRY: Attempt = { kind: 'retry' };
export const REST: Attempt = { kind: 'rest' };

type Task = {
  readonly voucher: Hash;
  /** A delivery is about all parts of an intent, whichever woke it. */
  readonly intent: Hash | undefined;
  attempts: number;
  running: boolean;
  /** Woken while it ran: look again at once. */
  again: boolean;
  cancel: (() => void) | undefined;
};

/**
 * Keeps trying what hops owe. Which duties there are, it asks the state each time; it remembers only
 * how often it tried. A duty that the state no longer knows is dropped with its timer.
 */
export class DutyRunner {
  readonly #core: AgentCore;
  readonly #execute: (duty: Duty) => Promise<Attempt>;
  readonly #tasks = new Map<string, Task>();
  readonly #lanes: Lanes;
  #stopped = false;

  constructor(core: AgentCore, execute: (duty: Duty) => Promise<Attempt>) {
    this.#core = core;
    this.#execute = execute;
    this.#lanes = new Lanes(core.settings.sendsMax);
  }

  /** Looks at a hop's duties; those that wait for another try go on waiting. */
  wake(voucher: Hash): void {
    if (this.#stopped) return;
    for (const duty of dutiesOf(this.#core.state(), voucher, this.#core.now())) {
      this.#start(duty);
    }
  }

  /** Duties that are under way or wait. */
  get size(): number {
    return this.#tasks.size;
  }

  stop(): void {
    this.#stopped = true;
    for (const { cancel } of this.#tasks.values()) cancel?.();
    this.#tasks.clear();
  }

  #start(duty: Duty): void {
    const id = dutyId(duty);
    const known = this.#tasks.get(id);
    if (known?.running === true) known.again = true;
    // A new part may complete a delivery that only waited for time.
    const isWaiting = known !== undefined && known.cancel !== undefined;
    if (known?.running === true || (isWaiting && duty.kind !== 'deliver')) return;
    known?.cancel?.();
    const task: Task = known ?? {
      voucher: duty.voucher,
      intent: duty.kind === 'deliver' ? duty.intent : undefined,
      attempts: 0,
      running: false,
      again: false,
      cancel: undefined,
    };
    task.running = true;
    task.cancel = undefined;
    this.#tasks.set(id, task);
    const lane = 'peer' in duty ? duty.peer : duty.kind;
    this.#lanes.run(lane, () => this.#try(id, task));
  }

  #dutyNow(id: string, { voucher, intent }: Task): Duty | undefined {
    const state = this.#core.state();
    const parts = intent === undefined ? [] : (state.deliveries.get(intent)?.vouchers ?? []);
    for (const one of [voucher, ...parts]) {
      const duties = dutiesOf(state, one, this.#core.now());
      const duty = duties.find((known) => dutyId(known) === id);
      if (duty !== undefined) return duty;
    }
    return undefined;
  }

  async #try(id: string, task: Task): Promise<void> {
    if (this.#stopped) return;
    const duty = this.#dutyNow(id, task);
    task.again = false;
    const attempt = duty === undefined ? DONE : await this.#attempt(duty);
    task.running = false;
    if (this.#stopped || this.#core.halted !== undefined) return;
    this.#after(id, task, attempt);
  }

  async #attempt(duty: Duty): Promise<Attempt> {
    try {
      return await this.#execute(duty);
    } catch {
      // An unknown outcome between nodes is what retries are for; one in the own book has halted.
      return this.#core.halted === undefined ? RETRY : REST;
    }
  }

  #after(id: string, task: Task, attempt: Attempt): void {
    const duty = this.#dutyNow(id, task);
    if (duty === undefined || attempt.kind === 'rest') {
      this.#tasks.delete(id);
      if (duty !== undefined && task.again) this.#start(duty);
      else if (duty === undefined) this.wake(task.voucher);
      return;
    }
    if (task.again && attempt.kind !== 'retry') {
      this.#tasks.delete(id);
      this.#start(duty);
      return;
    }
    task.attempts += 1;
    const ms = attempt.kind === 'wait' ? attempt.ms : this.#backoff(duty, task.attempts);
    if (attempt.kind === 'wait') task.attempts = 0;
    task.cancel = this.#core.ports.after(ms, () => {
      task.cancel = undefined;
      const due = this.#dutyNow(id, task);
      if (due !== undefined) {
        this.#start(due);
        return;
      }
      // Time alone can put another duty in the place of this one.
      this.#tasks.delete(id);
      this.wake(task.voucher);
    });
  }

  #backoff(duty: Duty, attempts: number): number {
    const { retryFirstMs } = this.#core.settings;
    return backoffMs(attempts, retryFirstMs, this.#longestWait(duty), this.#core.ports.draw());
  }

  /** A claim is worth money as long as the payer can still take it: until then it is repeated densely. */
  #longestWait({ kind, voucher }: Duty): number {
    const { retryCapMs, claimCapMs, claimUrgentCapMs } = this.#core.settings;
    if (kind !== 'send_claim') return retryCapMs;
    const state = this.#core.state();
    const terms = state.hops.get(voucher)?.terms;
    const marginMs = terms === undefined ? 0 : (state.hosted.get(terms.to)?.marginMs ?? 0);
    const urgent = terms !== undefined && this.#core.now() < terms.deadline + 2 * marginMs;
    return urgent ? claimUrgentCapMs : claimCapMs;
  }
}
