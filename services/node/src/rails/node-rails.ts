import type { BatchPolicy, ChainView } from '@atomicity/kernel/batch/schedule';
import type { UnixMs } from '@atomicity/kernel/units/time';
import type { LogLine } from '@atomicity/ledger/log-line';
import type { BlobDeadline } from '@atomicity/rails/ethereum/blob-retention';
import type { AnchorRail } from '@atomicity/rails/port';
import type { PayingRail } from '@atomicity/settler/batch/choose-settlement';
import type { OnStep } from '@atomicity/settler/step';
import type { DataDir } from '../compose/data-dir.ts';

/** The rails of a running node, and how it uses them. */
export type NodeRails = {
  /** Every rail, the paying one too. */
  readonly rails: readonly AnchorRail[];
  /** Names of those that every batch asks for. */
  readonly everyBatch: readonly string[];
  readonly policy: BatchPolicy;
  /** The rail that pays what a batch settles; none for a node that pays nobody outside. */
  readonly pays?: PayingRail | undefined;
  /** What rails cost now and did before; unknown without it. */
  readonly chain?: ((now: UnixMs) => Promise<ChainView>) | undefined;
  /** How long networks still keep the blobs that this node published. */
  readonly blobs?: ((now: UnixMs) => readonly BlobDeadline[]) | undefined;
  /** Hears of every step of the settler, awaited before the next one. */
  readonly onStep?: OnStep | undefined;
  close(): Promise<void>;
};

export type RailsPlace = {
  readonly dir: DataDir;
  readonly origin: string;
  readonly now: () => UnixMs;
  readonly logLine: LogLine;
};

/** Opens the rails of a node once it holds the lock of its data directory. @throws what a rail throws. */
export type OpenRails = (place: RailsPlace) => Promise<NodeRails>;
