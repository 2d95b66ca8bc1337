import type { ClosedBatch } from '@atomicity/kernel/anchor/batches';
import type { Progress } from '../cli/progress.ts';
import type { Tale } from '../network-demo/tale.ts';
import type { Closing } from '../story/play-story.ts';
import type { Cast } from './cast.ts';
import type { RailsDemoOptions } from './options.ts';
import type { Outside } from './outside.ts';
import type { RailName } from './settler-order.ts';

export type Stage = {
  readonly options: RailsDemoOptions;
  readonly tale: Tale;
  readonly progress: Progress;
  readonly folder: string;
  readonly signal: AbortSignal;
  readonly closing: Closing;
};

/** What the first scene leaves: the node has stopped, its batches are closed and nothing of them was sent. */
export type Opened = {
  readonly dataDir: string;
  readonly outside: Outside;
  readonly cast: Cast;
  readonly batches: Readonly<Record<RailName, ClosedBatch>>;
  /** One for each kill. */
  readonly drill: Readonly<Record<RailName, readonly ClosedBatch[]>>;
};
