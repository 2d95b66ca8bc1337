/**
 * RoutingSignals of direct neighbours: coarse hints that payments through them to some region went
 * well or badly. They are a soft prior, no more: all signals together move the cost of a route by at
 * most `SIGNAL_WEIGHT_MAX`, never what counts as a route nor the stated success probability.
 */
import { PersistentMap } from '../collections/persistent-map.ts';
import type { Denomination } from '../units/denomination.ts';
import type { Hash, PartyId } from '../units/id.ts';
import { type UnixMs, unixMs } from '../units/time.ts';
import type { BodyOf, RoutingSignal } from '../wire/objects.ts';
import type { VerifiedObject } from '../wire/verified.ts';
import { refuseSigner, type VerifiedDelegation } from './delegated-signer.ts';
import { type RoutingRefusal, routingRefusal } from './refusals.ts';

/** Most that signals add to or take from −ln p of a route: a factor of 0.82 … 1.22 on p. */
export const SIGNAL_WEIGHT_MAX = 0.2;
/** Signals of one origin that count in `SIGNAL_RATE_WINDOW_MS`. */
export const SIGNALS_PER_WINDOW = 60;
export const SIGNAL_RATE_WINDOW_MS = 60_000;
/** Signals of one origin that are remembered, the newest. */
export const SIGNALS_PER_ORIGIN = 64;
/** Origins that are remembered; only neighbours are. */
export const SIGNAL_ORIGINS_MAX = 256;
/** Longest TTL that counts, ms; the wire format admits no longer one. */
export const SIGNAL_TTL_MS_MAX = 300_000;
/** Payments behind one signal that count: a claim of 1000 weighs no more than one of 20. */
const SAMPLE_MAX = 20;
/** Observations that it takes for half of the weight. */
const PRIOR_SAMPLES = 20;

/** A signal that counts, with the id of the signed object that answers for it. */
export type KnownSignal = {
  readonly id: Hash;
  readonly signal: RoutingSignal;
  readonly receivedAt: UnixMs;
  readonly expiresAt: UnixMs;
};

export type OriginSignals = {
  /** Highest sequence taken. */
  readonly sequence: number;
  /** Start of the current rate window and what it has taken. */
  readonly windowAt: UnixMs;
  readonly windowCount: number;
  /** Oldest first, at most `SIGNALS_PER_ORIGIN`. */
  readonly signals: readonly KnownSignal[];
};

/** By origin. */
export type SignalPrior = PersistentMap<OriginSignals>;

export type SignalOutcome =
  | { readonly kind: 'taken'; readonly prior: SignalPrior }
  | { readonly kind: 'duplicate' }
  | { readonly kind: 'refused'; readonly refusal: RoutingRefusal };

export function noSignals(): SignalPrior {
  return PersistentMap.empty();
}

/** Makes room: the origin whose last signal is oldest goes. */
function evict(prior: SignalPrior): SignalPrior {
  const lastAt = (known: OriginSignals): number => known.signals.at(-1)?.receivedAt ?? 0;
  const [oldest] = [...prior.entries()].sort(
    ([a, left], [b, right]) => lastAt(left) - lastAt(right) || (a < b ? -1 : 1),
  );
  return oldest === undefined ? prior : prior.delete(oldest[0]);
}

/** The origin's rate window with one signal more, or undefined when it is full. */
function countedIn(known: OriginSignals | undefined, now: UnixMs) {
  const isOpen = known !== undefined && now < known.windowAt + SIGNAL_RATE_WINDOW_MS;
  if (!isOpen) return { windowAt: now, windowCount: 1 };
  if (known.windowCount >= SIGNALS_PER_WINDOW) return undefined;
  return { windowAt: known.windowAt, windowCount: known.windowCount + 1 };
}

/**
 * Takes a signal in. `from` is the peer that sent it, `neighbours` the parties with which the reader
 * has an edge. The TTL counts from `now`, by this node's clock.
 *
 * Refusals, in order: key_unknown, key_not_yet_active, key_expired, key_lacks_role,
 * signal_not_from_neighbour (also a signal that somebody passes on), signal_superseded,
 * signal_rate_exceeded. The newest signal again is a duplicate and changes nothing.
 */
export function takeSignal(
  prior: SignalPrior,
  object: VerifiedObject<BodyOf<'RoutingSignal'>>,
  delegation: VerifiedDelegation,
  sender: { readonly from: PartyId; readonly neighbours: ReadonlySet<PartyId> },
  now: UnixMs,
): SignalOutcome {
  const { body: signal, id } = object;
  const refused = refuseSigner(object, signal.origin, delegation, now);
  if (refused !== undefined) return { kind: 'refused', refusal: refused };
  if (sender.from !== signal.origin || !sender.neighbours.has(signal.origin)) {
    return { kind: 'refused', refusal: routingRefusal('signal_not_from_neighbour') };
  }
  const known = prior.get(signal.origin);
  if (known?.signals.some((old) => old.id === id)) return { kind: 'duplicate' };
  if (known !== undefined && signal.sequence <= known.sequence) {
    const facts = { sequence: known.sequence };
    return { kind: 'refused', refusal: routingRefusal('signal_superseded', facts) };
  }
  const counted = countedIn(known, now);
  if (counted === undefined) {
    return { kind: 'refused', refusal: routingRefusal('signal_rate_exceeded') };
  }
  const expiresAt = unixMs(now + Math.min(signal.ttlMs, SIGNAL_TTL_MS_MAX));
  const kept = (known?.signals ?? []).filter((old) => now < old.expiresAt);
  const signals = [...kept, { id, signal, receivedAt: now, expiresAt }].slice(-SIGNALS_PER_ORIGIN);
  const isFull = known === undefined && prior.size >= SIGNAL_ORIGINS_MAX;
  const entry = { sequence: signal.sequence, ...counted, signals };
  return { kind: 'taken', prior: (isFull ? evict(prior) : prior).set(signal.origin, entry) };
}

/** Where a part goes, as coarsely as signals say. */
export type SignalTopic = {
  readonly origin: PartyId;
  readonly region: string;
  readonly denomination: Denomination;
  readonly magnitude: number;
};

/** The signals of an origin on a topic that count at `now`, oldest first. */
export function signalsOn(
  prior: SignalPrior,
  topic: SignalTopic,
  now: UnixMs,
): readonly KnownSignal[] {
  const { origin, region, denomination, magnitude } = topic;
  return (prior.get(origin)?.signals ?? []).filter(
    ({ signal, expiresAt }) =>
      now < expiresAt &&
      signal.region === region &&
      signal.denomination === denomination &&
      signal.magnitude === magnitude,
  );
}

/**
 * What signals say of paying through `origin`: a cost between −SIGNAL_WEIGHT_MAX (all went well) and
 * +SIGNAL_WEIGHT_MAX, exclusive; 0 without signals. A signal fades linearly to nothing over its TTL.
 */
export function signalCost(prior: SignalPrior, topic: SignalTopic, now: UnixMs): number {
  let successes = 0;
  let failures = 0;
  for (const { signal, receivedAt, expiresAt } of signalsOn(prior, topic, now)) {
    const fresh = (expiresAt - Math.max(now, receivedAt)) / (expiresAt - receivedAt);
    const weight = Math.min(signal.sample, SAMPLE_MAX) * fresh;
    if (signal.observed === 'success') successes += weight;
    else failures += weight;
  }
  return (SIGNAL_WEIGHT_MAX * (failures - successes)) / (successes + failures + PRIOR_SAMPLES);
}
