import type {
  Answer,
  BalanceView,
  BudgetView,
  EdgeView,
  HoldView,
  PartyView,
  PeriodView,
} from '@atomicity/kernel/book/views';
import type { JsonValue } from '@atomicity/kernel/codec/canonical-json';
import { summaryDisclosureCodec } from '@atomicity/kernel/disclosure/summary-opening';
import type { Hash, PartyId } from '@atomicity/kernel/units/id';
import type { AnchorList, AnchorStateView } from '../log-view.ts';
import type { PeriodSummaries } from '../period-summaries.ts';
import type { FreshAnswer, Queries } from '../queries.ts';
import type { ReadModel } from '../read-model.ts';
import { callerOfRequest, type LedgerRequest, parameter } from './ledger-request.ts';
import { RefusedRequest } from './problem.ts';
import { controller } from './routing.ts';
import { ANCHORS, QUERIES, SUMMARIES } from './tokens.ts';

type OfParty<T> = (readModel: ReadModel, party: string) => Promise<Answer<T>>;

type AnchoredPeriod = PeriodView & { readonly anchors: readonly AnchorStateView[] };

/** Reads of the projected state. */
export class QueriesController {
  readonly #queries: Queries;
  readonly #summaries: PeriodSummaries;
  readonly #anchors: AnchorList;

  constructor(queries: Queries, summaries: PeriodSummaries, anchors: AnchorList) {
    this.#queries = queries;
    this.#summaries = summaries;
    this.#anchors = anchors;
  }

  getParty(request: LedgerRequest): Promise<FreshAnswer<PartyView>> {
    return this.#ofParty(request, (model, party) => model.party(party));
  }

  getBalances(request: LedgerRequest): Promise<FreshAnswer<readonly BalanceView[]>> {
    return this.#ofParty(request, (model, party) => model.balances(party));
  }

  getEdges(request: LedgerRequest): Promise<FreshAnswer<readonly EdgeView[]>> {
    return this.#ofParty(request, (model, party) => model.edgesOf(party));
  }

  getHolds(request: LedgerRequest): Promise<FreshAnswer<readonly HoldView[]>> {
    return this.#ofParty(request, (model, party) => model.holdsOf(party));
  }

  getBudgets(request: LedgerRequest): Promise<FreshAnswer<readonly BudgetView[]>> {
    return this.#ofParty(request, (model, party) => model.budgetsOf(party));
  }

  getEdge(request: LedgerRequest): Promise<FreshAnswer<EdgeView>> {
    const edge = parameter(request, 'edge');
    return this.#queries.answer(
      callerOfRequest(request),
      (model) => model.edge(edge),
      ({ a, b }) => [a, b],
    );
  }

  async getHold(request: LedgerRequest): Promise<FreshAnswer<HoldView>> {
    const voucher = parameter(request, 'voucher');
    const { asOf, value } = await this.#queries.answer(
      callerOfRequest(request),
      (model) => holdAndAgent(model, voucher),
      // Under a budget it was the agent who signed.
      ({ hold, agent }) => [hold.from, hold.to, ...(agent === null ? [] : [agent])],
    );
    return { asOf, value: value.hold };
  }

  getBudget(request: LedgerRequest): Promise<FreshAnswer<BudgetView>> {
    const budget = parameter(request, 'budget');
    return this.#queries.answer(
      callerOfRequest(request),
      (model) => model.budget(budget),
      ({ principal, agent }) => [principal, agent],
    );
  }

  async getPeriod(request: LedgerRequest): Promise<FreshAnswer<AnchoredPeriod>> {
    // Who may see a budget may see its periods.
    await this.getBudget(request);
    const budget = parameter(request, 'budget');
    const index = Number(parameter(request, 'index'));
    const caller = callerOfRequest(request);
    const { asOf, value } = await this.#queries.answer(
      caller,
      (model) => model.period(budget, index),
      () => [...caller.parties],
    );
    return { asOf, value: { ...value, anchors: await this.#anchors.ofPeriod(budget, index) } };
  }

  /** Totals are the principal's: neither its agent nor the roles that see everything else get them here. */
  async getPeriodSummary(request: LedgerRequest): Promise<FreshAnswer<JsonValue>> {
    const { asOf, value: budget } = await this.getBudget(request);
    const place = {
      budget: parameter(request, 'budget') as Hash,
      periodIndex: Number(parameter(request, 'index')),
    };
    const summary = this.#summaries.summary(place);
    if (summary === undefined) throw new RefusedRequest({ reason: 'not_found' });
    if (!callerOfRequest(request).parties.has(budget.principal as PartyId)) {
      throw new RefusedRequest({ reason: 'not_the_principal' });
    }
    return { asOf, value: summaryDisclosureCodec.write(summary) };
  }

  #ofParty<T>(request: LedgerRequest, read: OfParty<T>): Promise<FreshAnswer<T>> {
    const party = parameter(request, 'party');
    return this.#queries.ofParty(callerOfRequest(request), party, (model) => read(model, party));
  }
}

controller(QueriesController, [QUERIES, SUMMARIES, ANCHORS]);

type HoldAndAgent = { readonly hold: HoldView; readonly agent: string | null };

/** A hold with the agent of the budget that it draws on, null where it draws on none. */
async function holdAndAgent(model: ReadModel, voucher: string): Promise<Answer<HoldAndAgent>> {
  const { asOf, value: hold } = await model.hold(voucher);
  if (hold === undefined) return { asOf, value: undefined };
  const { authorization } = hold;
  const budget = authorization && (await model.budget(authorization.budget)).value;
  return { asOf, value: { hold, agent: budget?.agent ?? null } };
}
