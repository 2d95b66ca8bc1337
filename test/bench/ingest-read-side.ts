/** The parts that follow the log in a node, with a node's own intervals. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { nodeNoteSigner } from '@atomicity/event-log/checkpoint/node-signer';
import type { EventStore } from '@atomicity/event-log/port';
import { openSequencer } from '@atomicity/event-log/sequencer/sequencer';
import { Projection } from '@atomicity/projector/projection';
import { Projector } from '@atomicity/projector/projector';

const CHECKPOINT_MS = 1000;

export type ReadSide = {
  /** Resolves when every durable event has its index and its rows. */
  caughtUp(): Promise<void>;
  stop(): Promise<void>;
};

/** Starts sequencer, checkpoints and projector over a store, as a node does. */
export async function startReadSide(
  directory: string,
  origin: string,
  store: EventStore,
): Promise<ReadSide> {
  const fail = (error: unknown): void => {
    throw error;
  };
  const signer = nodeNoteSigner(origin, randomBytes(32));
  const sequencer = await openSequencer({ store, directory, signer });
  const projection = new Projection(join(directory, 'read-model.db'), origin);
  const projector = new Projector({ projection, store, order: sequencer, onFatal: fail });
  projector.start();
  const timer = setInterval(() => sequencer.checkpoint().catch(fail), CHECKPOINT_MS);
  return {
    caughtUp: async () => {
      if (!(await projector.caughtUp(600_000))) throw new Error('the projection fell behind');
    },
    stop: async () => {
      clearInterval(timer);
      await projector.stop();
      projection.close();
      await sequencer.close();
    },
  };
}
