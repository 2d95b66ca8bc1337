/**
 * How much of an amount each of some routes carries. The routes share no offered edge, so their
 * chances multiply; −ln p of each grows ever faster with its share, so giving the next slice to the
 * route where it costs least finds the best division into slices.
 */
import { type Amount, amount } from '../units/amount.ts';
import type { Route } from './find-route.ts';
import { type PricedRoute, priceRoute, smallestAmount } from './price-route.ts';
import type { RoutingGraph } from './routing-graph.ts';

/** Slices of an amount, at most: sizes are found to 1/128 of it, what is left over to the unit. */
const SLICES_MAX = 128;
/** Fewer slices are taken where the amount then divides evenly, but not fewer than these. */
const SLICES_MIN = 48;

type Share = {
  readonly route: Route;
  readonly size: bigint;
  readonly priced: PricedRoute | undefined;
};

type Division = {
  readonly graph: RoutingGraph;
  readonly total: Amount;
  readonly feeWeight: number;
};

const costOf = ({ total, feeWeight }: Division, priced: PricedRoute): number =>
  priced.logCost + (feeWeight * Number(priced.fee)) / Number(total);

/** What the shares of other routes take of the own edge that this one begins with. */
function takenBeside(shares: readonly Share[], at: number): bigint {
  const edge = shares[at]?.route.own.own.edge;
  let taken = 0n;
  for (const [i, { route, size, priced }] of shares.entries()) {
    if (i !== at && route.own.own.edge === edge) taken += size + (priced?.fee ?? 0n);
  }
  return taken;
}

/** The share `at` grown to `size`, or undefined where its route cannot carry that. */
function grown(
  division: Division,
  shares: readonly Share[],
  at: number,
  size: bigint,
): Share | undefined {
  const share = shares[at];
  if (share === undefined || size > division.total) return undefined;
  const priced = priceRoute(division.graph, share.route, amount(size));
  if (priced === undefined) return undefined;
  const taken = takenBeside(shares, at) + size + priced.fee;
  return taken > share.route.own.capacity ? undefined : { route: share.route, size, priced };
}

/** The size of a slice: such that equal shares of a round amount come out round, where that goes. */
function sliceOf(total: Amount, routes: number): bigint {
  for (let slices = SLICES_MAX; slices >= SLICES_MIN; slices--) {
    if (slices % routes === 0 && total % BigInt(slices) === 0n) return total / BigInt(slices);
  }
  const slice = total / BigInt(SLICES_MAX);
  return slice > 0n ? slice : 1n;
}

/** What a route begins with: a slice, or as much as its policies ask for. */
function firstShare(route: Route, slice: bigint, left: bigint): bigint | undefined {
  const least = smallestAmount(route);
  if (left < least) return undefined;
  if (least >= slice) return least;
  return left < slice ? left : slice;
}

type Growth = { readonly share: Share; readonly more: number };

function growthOf(
  division: Division,
  shares: readonly Share[],
  at: number,
  slice: bigint,
): Growth | undefined {
  const before = shares[at];
  const share = grown(division, shares, at, (before?.size ?? 0n) + slice);
  if (share?.priced === undefined || before?.priced === undefined) return undefined;
  return { share, more: costOf(division, share.priced) - costOf(division, before.priced) };
}

/** Gives slices to the routes where each costs least, the first of equal ones; what is left over. */
function giveOut(division: Division, begun: readonly Share[], rest: bigint, slice: bigint) {
  let shares = begun;
  let left = rest;
  let growths = shares.map((_, at) => growthOf(division, shares, at, slice));
  while (left >= slice) {
    let best: { readonly at: number; readonly growth: Growth } | undefined;
    for (const [at, growth] of growths.entries()) {
      if (growth === undefined || (best !== undefined && growth.more >= best.growth.more)) continue;
      best = { at, growth };
    }
    if (best === undefined) break;
    const { at, growth } = best;
    shares = shares.with(at, growth.share);
    left -= slice;
    const edge = growth.share.route.own.own.edge;
    growths = growths.map((known, i) =>
      shares[i]?.route.own.own.edge === edge ? growthOf(division, shares, i, slice) : known,
    );
  }
  return { shares, left };
}

/** Gives out what no whole slice fits any more, as much as each route takes, in order. */
function fillUp(division: Division, shares: readonly Share[], rest: bigint) {
  let filled = shares;
  let left = rest;
  for (const [at, { size }] of shares.entries()) {
    let [low, high] = [0n, left];
    while (low < high) {
      const middle = (low + high + 1n) / 2n;
      if (grown(division, filled, at, size + middle) === undefined) high = middle - 1n;
      else low = middle;
    }
    const share = low === 0n ? undefined : grown(division, filled, at, size + low);
    if (share === undefined) continue;
    filled = filled.with(at, share);
    left -= low;
  }
  return { shares: filled, left };
}

/**
 * Divides `total` over all of the routes: every one carries at least what its policies ask for, and
 * all together exactly the total. Sizes minimise Σ −ln p + feeWeight · Σ fees / total among divisions
 * into at most 128 slices. `undefined` where the routes cannot carry it. No two routes share an offered edge;
 * those that begin with the same own edge share its capacity.
 */
export function splitAmount(
  graph: RoutingGraph,
  routes: readonly Route[],
  total: Amount,
  feeWeight: number,
): readonly PricedRoute[] | undefined {
  const division = { graph, total, feeWeight };
  let shares: readonly Share[] = routes.map((route) => ({ route, size: 0n, priced: undefined }));
  if (shares.length === 1) {
    const all = grown(division, shares, 0, total)?.priced;
    return all === undefined ? undefined : [all];
  }
  const slice = sliceOf(total, routes.length);
  let left: bigint = total;
  for (const [at, { route }] of shares.entries()) {
    const size = firstShare(route, slice, left);
    const share = size === undefined ? undefined : grown(division, shares, at, size);
    if (share === undefined) return undefined;
    shares = shares.with(at, share);
    left -= share.size;
  }
  ({ shares, left } = giveOut(division, shares, left, slice));
  if (left > 0n) ({ shares, left } = fillUp(division, shares, left));
  const priced = shares.flatMap((share) => (share.priced === undefined ? [] : [share.priced]));
  return left > 0n || priced.length < routes.length ? undefined : priced;
}
