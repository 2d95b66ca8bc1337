/** How messages may go wrong. */
export type NetworkFaults = {
  readonly lossChance: number;
  /** Messages in one direction of a link that may be lost one after another by chance. */
  readonly lossesInARowMax: number;
  readonly duplicateChance: number;
  /** Usual delay each way, at most, ms. */
  readonly delayMs: number;
  readonly lateChance: number;
  /** What a late message takes on top, at most: late messages are overtaken. */
  readonly lateMs: number;
  /** Longest pause between two tries of an outbox, ms: what one lost message can cost. */
  readonly backoffMsMax: number;
};

export type HostileKind = 'overcharging' | 'denying' | 'late_claiming' | 'replaying' | 'flooding';

/** Everything that may go wrong in one run, and how often. */
export type FaultBudget = {
  readonly name: 'calm' | 'rough' | 'storm' | 'brink' | 'hostile';
  readonly network: NetworkFaults;
  /** Of the nodes' clocks, either way. */
  readonly skewMs: number;
  readonly driftPpm: number;
  /** At any time. */
  readonly crashes: number;
  /** Within milliseconds of a message. */
  readonly busyCrashes: number;
  readonly downMs: number;
  /** Each append: dies after it was durable, or before, as often as this. */
  readonly appendFailChance: number;
  readonly appendFails: number;
  readonly cuts: number;
  readonly cutMs: number;
  readonly fullDisks: number;
  readonly fullMs: number;
  /** Vouchers whose claim, and intents whose receipt, is kept back until about its deadline. */
  readonly aimedChance: number;
  /** Receivers that hold and never claim. */
  readonly silentReceivers: number;
  readonly hostile: number;
  /** What every party asks for between its deadline and its payer's expiry, ms. */
  readonly marginMs: number;
  /** True: no fault of the budget lasts as long as a margin, so that no claim may come too late. */
  readonly withinMargin: boolean;
};

const HOUR = 3_600_000;
const BACKOFF_MS_MAX = 8_000;

const QUIET_NETWORK: NetworkFaults = {
  lossChance: 0,
  lossesInARowMax: 0,
  duplicateChance: 0,
  delayMs: 60,
  lateChance: 0,
  lateMs: 0,
  backoffMsMax: BACKOFF_MS_MAX,
};

const CALM: FaultBudget = {
  name: 'calm',
  network: QUIET_NETWORK,
  skewMs: 9 * HOUR,
  driftPpm: 200,
  crashes: 0,
  busyCrashes: 0,
  downMs: 0,
  appendFailChance: 0,
  appendFails: 0,
  cuts: 0,
  cutMs: 0,
  fullDisks: 0,
  fullMs: 0,
  aimedChance: 0,
  silentReceivers: 0,
  hostile: 0,
  marginMs: 20_000,
  withinMargin: true,
};

const ROUGH: FaultBudget = {
  ...CALM,
  name: 'rough',
  network: {
    ...QUIET_NETWORK,
    lossChance: 0.08,
    lossesInARowMax: 2,
    duplicateChance: 0.05,
    lateChance: 0.1,
    lateMs: 3_000,
  },
  crashes: 2,
  busyCrashes: 2,
  downMs: 5_000,
  appendFailChance: 0.01,
  appendFails: 2,
  cuts: 2,
  cutMs: 6_000,
  fullDisks: 1,
  fullMs: 5_000,
  silentReceivers: 1,
  marginMs: 180_000,
};

const STORM: FaultBudget = {
  ...ROUGH,
  name: 'storm',
  network: { ...ROUGH.network, lossChance: 0.25, lossesInARowMax: 12, lateChance: 0.2 },
  crashes: 5,
  busyCrashes: 5,
  downMs: 240_000,
  appendFailChance: 0.03,
  appendFails: 6,
  cuts: 8,
  cutMs: 300_000,
  fullDisks: 2,
  fullMs: 60_000,
  aimedChance: 0.3,
  marginMs: 20_000,
  withinMargin: false,
};

/** What may go wrong, by name. Its README says what each excludes. */
export const FAULT_BUDGETS: { readonly [Name in FaultBudget['name']]: FaultBudget } = {
  calm: CALM,
  rough: ROUGH,
  storm: STORM,
  brink: {
    ...CALM,
    name: 'brink',
    crashes: 1,
    downMs: 5_000,
    aimedChance: 0.7,
    withinMargin: false,
  },
  hostile: { ...ROUGH, name: 'hostile', hostile: 1, silentReceivers: 0 },
};
