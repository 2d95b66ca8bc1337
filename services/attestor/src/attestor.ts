import type { PeriodPlace } from '@atomicity/kernel/period/closed-period';
import type { SummaryOpening } from '@atomicity/kernel/period/summary';
import { type AttestationParts, attestPeriod } from './attest-period.ts';
import type { JournalEntry } from './journal/attestation-journal.ts';

export type AttestorOptions = AttestationParts & {
  /** Called when a round failed. The periods stay pending; the next `wake` tries them again. */
  readonly onError?: (error: unknown) => void;
};

/** What one round did. */
export type AttestationRound = {
  readonly recorded: readonly PeriodPlace[];
  readonly refused: readonly PeriodPlace[];
};

/**
 * Attests closed periods, one at a time, in the order of their closes.
 *
 * `wake` after anything that may have closed a period; a restart continues what was under way.
 */
export class Attestor {
  readonly #options: AttestorOptions;
  #abort: AbortController | undefined;
  #round: Promise<unknown> = Promise.resolve();
  #waking = false;

  constructor(options: AttestorOptions) {
    this.#options = options;
  }

  /** Starts to react to `wake`, and looks for pending periods once. A second call does nothing. */
  start(): void {
    if (this.#abort !== undefined) return;
    this.#abort = new AbortController();
    this.wake();
  }

  /** Ends the proof under way and waits for the round to end. A second call does nothing. */
  async stop(): Promise<void> {
    this.#abort?.abort(new Error('the attestor stops'));
    await this.#round.catch(() => undefined);
    this.#abort = undefined;
  }

  /** Has pending periods attested in the background. Calls during a round give one more round. */
  wake(): void {
    if (this.#abort === undefined || this.#waking) return;
    this.#waking = true;
    const { onError } = this.#options;
    this.#exclusively(async () => {
      this.#waking = false;
      await this.#attestPending();
    }).catch((error: unknown) => {
      if (this.#abort?.signal.aborted === false) onError?.(error);
    });
  }

  /**
   * Attests everything that is pending and resolves when it is recorded. An error ends the round for
   * the budget that it is about, and no other.
   * @throws the first error of `attestPeriod`, after the round; what was recorded stays recorded.
   */
  async attestPending(): Promise<AttestationRound> {
    return await this.#exclusively(() => this.#attestPending());
  }

  /**
   * The opening of a recorded period's summary, for the principal: it shows the totals that the
   * attestation hides. Undefined before the period is recorded.
   */
  opening(place: PeriodPlace): SummaryOpening | undefined {
    const entry = this.#options.journal.find(place);
    return entry?.stage === 'recorded' ? entry.opening : undefined;
  }

  /** How far a period has come; undefined before its statement is fixed. */
  status(place: PeriodPlace): Pick<JournalEntry, 'stage' | 'reason' | 'nullifier'> | undefined {
    const entry = this.#options.journal.find(place);
    return entry && { stage: entry.stage, reason: entry.reason, nullifier: entry.nullifier };
  }

  /** Takes a refused period up again: the same statement, a new proof and signature. */
  retry(place: PeriodPlace): void {
    const entry = this.#options.journal.find(place);
    if (entry?.stage !== 'refused') return;
    this.#options.journal.reopen(entry.nullifier);
    this.wake();
  }

  async #attestPending(): Promise<AttestationRound> {
    const { journal, periods } = this.#options;
    const recorded: PeriodPlace[] = [];
    const refused: PeriodPlace[] = [];
    // The ledger may have recorded what a crash kept from the journal: those are not pending any more.
    const places = new Map<string, PeriodPlace>();
    for (const place of [...journal.unfinished(), ...periods.pending()]) {
      const { budget, periodIndex } = place;
      places.set(`${budget}/${periodIndex}`, { budget, periodIndex });
    }
    const blocked = new Set<string>();
    let firstError: { readonly error: unknown } | undefined;
    for (const place of places.values()) {
      this.#abort?.signal.throwIfAborted();
      if (blocked.has(place.budget)) continue;
      try {
        const outcome = await attestPeriod(this.#options, place, this.#abort?.signal);
        (outcome === 'recorded' ? recorded : refused).push(place);
        if (outcome === 'refused') blocked.add(place.budget);
      } catch (error) {
        // Anybody can close a period that cannot be proved here; the budgets of others go on.
        blocked.add(place.budget);
        firstError ??= { error };
      }
    }
    if (firstError !== undefined) throw firstError.error;
    return { recorded, refused };
  }

  // One round at a time; a failed one does not stop the next.
  #exclusively<T>(body: () => Promise<T>): Promise<T> {
    const result = this.#round.then(body);
    this.#round = result.catch(() => undefined);
    return result;
  }
}
