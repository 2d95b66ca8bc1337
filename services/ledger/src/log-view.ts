/**
 * The transparency log and the anchors as the HTTP edge shows them. Structural ports: the sequencer
 * and the anchor outbox are handed in by the node.
 */

/** An event at a dense index with everything that may be shown of it. */
export type LoggedEvent = {
  readonly index: number;
  /** The bytes under the Merkle leaf: canonical JSON. */
  readonly envelope: string;
  /** The public part: canonical JSON, or null. */
  readonly disclosure: string | null;
  /** The private part: canonical JSON, or null once erased. */
  readonly payload: string | null;
  /** The salt of the payload commitment, 64 hex digits, or null once erased. */
  readonly salt: string | null;
};

export interface LogView {
  /** The newest signed checkpoint (C2SP signed note), or undefined before the first event. */
  checkpoint(): Promise<string | undefined>;
  /** Bytes of a tile by its tlog-tiles path (`0/000`, `entries/x001/234.p/5`), or undefined. */
  tile(path: string): Promise<Uint8Array | undefined>;
  /** Audit path of leaf `index` in the tree of `size` leaves, hex hashes; undefined out of range. */
  inclusion(index: number, size: number): Promise<readonly string[] | undefined>;
  /** Consistency path between two sizes, 0 < from ≤ to; undefined out of range. */
  consistency(from: number, to: number): Promise<readonly string[] | undefined>;
  event(index: number): Promise<LoggedEvent | undefined>;
}

export type AnchorStatusView = 'planned' | 'submitted' | 'pending' | 'confirmed' | 'failed';

export type AnchorView = {
  readonly anchor: string;
  readonly rail: string;
  readonly size: number;
  readonly root: string;
  readonly status: AnchorStatusView;
  readonly calendar: string | null;
  readonly plannedAt: number;
  /** When it got the status that it has. */
  readonly since: number;
  /** How long it has taken since it was planned: until now, or until it ended. */
  readonly ageMs: number;
  /** Height of the confirming block; null before, and where the rail has no blocks. */
  readonly height: number | null;
  /** Code of the last failed attempt, or why it was given up. */
  readonly reason: string | null;
  /** The rail's evidence in hex, or null before there is any. */
  readonly proof: string | null;
};

/** How far one anchor is, without its evidence. */
export type AnchorStateView = Pick<AnchorView, 'anchor' | 'rail' | 'size' | 'status' | 'since'>;

export type BatchView = {
  readonly batch: string;
  /** Leaves `from … size − 1`. */
  readonly from: number;
  readonly size: number;
  readonly root: string;
  readonly closedAt: number;
  /** Why it was closed. */
  readonly reason: string;
  /** SHA-256 of the encoded state diffs. */
  readonly payload: string;
  readonly diffs: number;
  readonly values: readonly { readonly denomination: string; readonly amount: string }[];
  readonly settles: {
    readonly edge: string;
    readonly debtor: string;
    readonly creditor: string;
    readonly denomination: string;
    readonly amount: string;
    readonly request: string | null;
  } | null;
  readonly quarantined: readonly { readonly edge: string; readonly reason: string }[];
  /** One for each rail that was asked for, ascending by rail. */
  readonly anchors: readonly AnchorStateView[];
};

/** What is in the log and under no confirmed anchor. */
export type UnanchoredView = {
  /** Leaves under a confirmed anchor: the rest is not. */
  readonly anchoredSize: number;
  readonly size: number;
  /** Time of the first movement that is not anchored; null while there is none. */
  readonly since: number | null;
  readonly ageMs: number;
  /** Σ |movement of an edge|, one entry a denomination, ascending. */
  readonly values: readonly { readonly denomination: string; readonly amount: string }[];
};

export interface AnchorList extends AnchorOrders {
  /** Newest first, at most `limit`. */
  newest(limit: number): Promise<readonly AnchorView[]>;
  /**
   * For each rail, ascending, the anchor that covers the close of a period and is furthest; empty for a
   * period that is not closed.
   */
  ofPeriod(budget: string, periodIndex: number): Promise<readonly AnchorStateView[]>;
  /** Newest first, at most `limit`, with what is not anchored yet. */
  batches(limit: number): Promise<{
    readonly batches: readonly BatchView[];
    readonly unanchored: UnanchoredView;
  }>;
}

/** What an operator orders of anchors and batches. */
export interface AnchorOrders {
  /** Asks for a batch as soon as anything waits; false where the node closes none. */
  askBatch(): boolean;
  /**
   * Gives an anchor up for good and gives its state; undefined for one that is not there. Durable when it
   * resolves. A second call changes nothing; nor does one for an anchor that has ended.
   */
  abandon(anchor: string, reason: string): Promise<AnchorStateView | undefined>;
}

/** A node that anchors nothing. */
export const NO_ANCHORS: AnchorList = {
  askBatch: () => false,
  abandon: async () => undefined,
  newest: async () => [],
  ofPeriod: async () => [],
  batches: async () => ({
    batches: [],
    unanchored: { anchoredSize: 0, size: 0, since: null, ageMs: 0, values: [] },
  }),
};
