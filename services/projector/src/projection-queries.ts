import type {
  Answer,
  BalanceView,
  BudgetView,
  EdgeView,
  HoldView,
  HopView,
  PartyView,
  PeriodView,
} from '@atomicity/kernel/book/views';
import type { StreamId } from '@atomicity/kernel/units/id';
import type { Projector } from './projector.ts';
import {
  readBalances,
  readBudget,
  readBudgetsOf,
  readEdge,
  readEdgesOf,
  readHold,
  readHoldsOf,
  readHop,
  readHopsOf,
  readHopsOfIntent,
  readParty,
  readPeriod,
} from './rows/read-rows.ts';
import type { ProjectionFile } from './sqlite/projection-file.ts';

const HOLDS_MAX = 1_000;

/** Answers queries from the rows of a projection; each answer states the log index it is of. */
export class ProjectionQueries {
  readonly #projector: Projector;

  constructor(projector: Projector) {
    this.#projector = projector;
  }

  async reached(stream: StreamId, revision: number, timeoutMs: number): Promise<boolean> {
    return this.#projector.reached(stream, revision, timeoutMs);
  }

  async party(party: string): Promise<Answer<PartyView>> {
    return this.#answer((file) => readParty(file, party));
  }

  async balances(party: string): Promise<Answer<readonly BalanceView[]>> {
    return this.#answer((file) => readBalances(file, party));
  }

  async edgesOf(party: string): Promise<Answer<readonly EdgeView[]>> {
    return this.#answer((file) => readEdgesOf(file, party));
  }

  async edge(edge: string): Promise<Answer<EdgeView>> {
    return this.#answer((file) => readEdge(file, edge));
  }

  /** The newest 1,000 holds of a party. */
  async holdsOf(party: string): Promise<Answer<readonly HoldView[]>> {
    return this.#answer((file) => readHoldsOf(file, party, HOLDS_MAX));
  }

  async hold(voucher: string): Promise<Answer<HoldView>> {
    return this.#answer((file) => readHold(file, voucher));
  }

  /** The hops of an intent that this node has been an end of; none is an empty list. */
  async listHops(intent: string): Promise<Answer<readonly HopView[]>> {
    return this.#answer((file) => readHopsOfIntent(file, intent));
  }

  /** The newest 1,000 hops of a party. */
  async hopsOf(party: string): Promise<Answer<readonly HopView[]>> {
    return this.#answer((file) => readHopsOf(file, party, HOLDS_MAX));
  }

  async hop(voucher: string): Promise<Answer<HopView>> {
    return this.#answer((file) => readHop(file, voucher));
  }

  async budgetsOf(party: string): Promise<Answer<readonly BudgetView[]>> {
    return this.#answer((file) => readBudgetsOf(file, party));
  }

  async budget(budget: string): Promise<Answer<BudgetView>> {
    return this.#answer((file) => readBudget(file, budget));
  }

  async period(budget: string, periodIndex: number): Promise<Answer<PeriodView>> {
    return this.#answer((file) => readPeriod(file, budget, periodIndex));
  }

  // Rows and cursor are read in one turn, and only `apply` changes them: the answer is consistent.
  #answer<T>(read: (file: ProjectionFile) => T | undefined): Answer<T> {
    const { projection } = this.#projector;
    return { asOf: projection.asOf, value: read(projection.file) };
  }
}
