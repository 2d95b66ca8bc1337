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

export type AnchorView = {
  readonly anchor: string;
  readonly size: number;
  readonly root: string;
  readonly status: 'planned' | 'submitted' | 'pending' | 'confirmed' | 'failed';
  readonly calendar: string | null;
  readonly plannedAt: number;
  /** The detached `.ots` file in hex, or null before there is one. */
  readonly proof: string | null;
};

export interface AnchorList {
  /** Newest first, at most `limit`. */
  newest(limit: number): Promise<readonly AnchorView[]>;
}
