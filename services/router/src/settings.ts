/** How patient an agent is and how much it takes on. Times in ms. */
export type AgentSettings = {
  /** A reading of a peer's clock older than this is renewed before a voucher rests on it. */
  readonly freshMs: number;
  /** First and longest wait between tries; both are drawn from zero up. */
  readonly retryFirstMs: number;
  readonly retryCapMs: number;
  /** Longest wait between tries of a claim, which never end; and while its payer can still take it. */
  readonly claimCapMs: number;
  readonly claimUrgentCapMs: number;
  /** A hold that is forwarded leaves the next hop at least this much beyond its margin. */
  readonly forwardMinMs: number;
  /** How long before the first deadline of a delivery the receiver decides on what it has. */
  readonly settleLeadMs: number;
  /** Objects of one message, and of one party's messages that are judged at once. */
  readonly objectsMax: number;
  readonly inFlightMax: number;
  /** Messages to one peer that are under way at once: what comes meanwhile goes together. */
  readonly messagesMax: number;
  /** Duties towards one peer that are under way at once. */
  readonly sendsMax: number;
  /** Signed refusals for one peer in `declinesMs`: each is an event of the book. */
  readonly declinesMax: number;
  readonly declinesMs: number;
  /** Signed texts kept for one intent; of others' at most half. */
  readonly evidenceMax: number;
  /** Time that a payment gives each hop beyond the margins, and the receiver to collect. */
  readonly hopMs: number;
  readonly collectMs: number;
  /** Pings that a payment sends a first hop before it looks for another. */
  readonly pingsMax: number;
  /** How long a payment waits for its probes before it goes on without them. */
  readonly probeWaitMs: number;
  /** How long a payment without a route waits while offers come in after a start, and looks again. */
  readonly routeWaitMs: number;
  readonly routeAgainMs: number;
  /** Rounds of planning for one payment, probes not counted. */
  readonly roundsMax: number;
};

export const AGENT_DEFAULTS: AgentSettings = {
  freshMs: 500,
  retryFirstMs: 100,
  retryCapMs: 5_000,
  claimCapMs: 60_000,
  claimUrgentCapMs: 250,
  forwardMinMs: 200,
  settleLeadMs: 500,
  objectsMax: 8,
  inFlightMax: 32,
  messagesMax: 2,
  sendsMax: 16,
  declinesMax: 600,
  declinesMs: 60_000,
  evidenceMax: 256,
  hopMs: 1_000,
  collectMs: 5_000,
  pingsMax: 4,
  probeWaitMs: 1_500,
  routeWaitMs: 30_000,
  routeAgainMs: 1_000,
  roundsMax: 6,
};
