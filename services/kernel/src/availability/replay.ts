/** What the router would have paid over a fee history, beside each route kept throughout. */
import type { ByteCounts } from '../batch/blob-fee.ts';
import type { FeeRow } from './fee-history.ts';
import {
  costsOf,
  DATA_ROUTES,
  type DataRoute,
  decideRoute,
  NO_HYSTERESIS,
  NO_MEMORY,
  type RouteMemory,
  type RouteSettings,
} from './route.ts';

/** One route for every batch. */
export type StaticChoice = {
  readonly route: DataRoute;
  /** Batches that it cannot take at their moment; what it costs is then no alternative. */
  readonly missed: number;
  /** What it pays for all of them; null if it misses any. */
  readonly wei: bigint | null;
  /**
   * What the router saves against it, in bps of `wei`, rounded towards zero; negative if the router pays
   * more. Null without `wei`, or if that is 0.
   */
  readonly savingBps: number | null;
};

export type RouterRun = {
  /** What it pays for the batches that some route takes. */
  readonly wei: bigint;
  /** Changes from one route to another, the first choice apart. */
  readonly switches: number;
  /** Batches by route. */
  readonly batches: { readonly [Route in DataRoute]: number };
  /** Batches that no route takes. */
  readonly missed: number;
};

export type Replay = {
  readonly batches: number;
  readonly router: RouterRun;
  /** The same without hysteresis: what switching freely pays, and how often it switches. */
  readonly withoutHysteresis: RouterRun;
  /** In the order of DATA_ROUTES, with the saving of `router`. */
  readonly statics: readonly StaticChoice[];
};

function runRouter(
  rows: readonly FeeRow[],
  payload: ByteCounts,
  settings: RouteSettings,
): RouterRun {
  let memory: RouteMemory = NO_MEMORY;
  let wei = 0n;
  let switches = 0;
  let missed = 0;
  const batches = { blob: 0, calldata: 0, external: 0 };
  for (const row of rows) {
    const decision = decideRoute(payload, row, settings, memory);
    if (decision.kind === 'none') {
      missed++;
      continue;
    }
    if (memory.current !== null && memory.current !== decision.route) switches++;
    wei += decision.wei;
    batches[decision.route]++;
    memory = decision.memory;
  }
  return { wei, switches, batches, missed };
}

function runStatic(
  route: DataRoute,
  rows: readonly FeeRow[],
  payload: ByteCounts,
  settings: RouteSettings,
): Omit<StaticChoice, 'savingBps'> {
  let wei = 0n;
  let missed = 0;
  for (const row of rows) {
    const cost = costsOf(payload, row, settings).find((it) => it.route === route);
    if (cost?.kind === 'costs') wei += cost.wei;
    else missed++;
  }
  return { route, missed, wei: missed === 0 ? wei : null };
}

/**
 * Sends one batch with this payload at each row of the history. Linear in the rows.
 * @throws RangeError for an empty payload.
 */
export function replayHistory(
  rows: readonly FeeRow[],
  payload: ByteCounts,
  settings: RouteSettings,
): Replay {
  const router = runRouter(rows, payload, settings);
  const free = { ...settings, hysteresis: NO_HYSTERESIS };
  const statics = DATA_ROUTES.map((route) => {
    const choice = runStatic(route, rows, payload, settings);
    const { wei } = choice;
    const savingBps =
      wei === null || wei === 0n ? null : Number(((wei - router.wei) * 10_000n) / wei);
    return { ...choice, savingBps };
  });
  return {
    batches: rows.length,
    router,
    withoutHysteresis: runRouter(rows, payload, free),
    statics,
  };
}
