import type { UnixMs } from '../units/time.ts';
import { type EdgeBeliefs, type EdgeOutcome, noBeliefs, recordOutcome } from './edge-beliefs.ts';
import { emptyOfferIndex, type OfferIndex } from './offer-index.ts';
import { noSignals, type SignalPrior } from './signal-prior.ts';

/**
 * All that one party knows of the edges of others. It is lost with the process: offers come again,
 * and attempts teach the rest.
 */
export type RoutingIndex = {
  readonly offers: OfferIndex;
  readonly beliefs: EdgeBeliefs;
  readonly signals: SignalPrior;
};

export function emptyRoutingIndex(): RoutingIndex {
  return { offers: emptyOfferIndex(), beliefs: noBeliefs(), signals: noSignals() };
}

/** The index after one attempt on each of some edges; see `recordOutcome`. */
export function recordOutcomes(
  index: RoutingIndex,
  outcomes: readonly EdgeOutcome[],
  now: UnixMs,
): RoutingIndex {
  let { beliefs } = index;
  for (const outcome of outcomes) beliefs = recordOutcome(beliefs, outcome, now);
  return { ...index, beliefs };
}
