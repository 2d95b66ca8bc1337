/**
 * What the ledger's queries need of a read side. The port is structural: whoever projects the log satisfies
 * it, and the node hands it in.
 */
import type {
  Answer,
  BalanceView,
  BudgetView,
  EdgeView,
  HoldView,
  PartyView,
  PeriodView,
} from '@atomicity/kernel/book/views';
import type { StreamId } from '@atomicity/kernel/units/id';

/** Queries on flushed events only; every method answers from one consistent state. */
export interface ReadModel {
  /**
   * Waits until every event of `stream` up to `revision` is projected; -1 is reached at once.
   * Answers false when that took longer than `timeoutMs` milliseconds.
   */
  reached(stream: StreamId, revision: number, timeoutMs: number): Promise<boolean>;
  party(party: string): Promise<Answer<PartyView>>;
  balances(party: string): Promise<Answer<readonly BalanceView[]>>;
  edgesOf(party: string): Promise<Answer<readonly EdgeView[]>>;
  edge(edge: string): Promise<Answer<EdgeView>>;
  holdsOf(party: string): Promise<Answer<readonly HoldView[]>>;
  hold(voucher: string): Promise<Answer<HoldView>>;
  budgetsOf(party: string): Promise<Answer<readonly BudgetView[]>>;
  budget(budget: string): Promise<Answer<BudgetView>>;
  period(budget: string, periodIndex: number): Promise<Answer<PeriodView>>;
}
