import { hashFromBytes } from '@atomicity/kernel/units/id';
import type { RunningNode } from './node.ts';
import { every, type Timer } from './timer.ts';

type Anchored = Pick<RunningNode, 'writer' | 'sequencer' | 'settler' | 'config'>;

/**
 * Plans an anchor over the log as it is now, unless its book stands where it stood at `revision`: the
 * anchors' own events are no reason for another one. Gives the revision that is anchored now.
 * @throws OperatingError of the store.
 */
export async function planAnchor(node: Anchored, revision: number | undefined): Promise<number> {
  const now = node.writer.flushedState().revision;
  if (now === revision) return now;
  const { size, root } = await node.sequencer.checkpoint();
  const { origin } = node.config;
  await node.settler.plan({ origin, size, root: hashFromBytes(root) });
  return now;
}

/** Plans an anchor after every pause in which the book has moved. */
export function planAnchors(
  node: Anchored,
  pauseMs: number,
  onError: (error: unknown) => void,
): Timer {
  let revision: number | undefined;
  return every(
    pauseMs,
    async () => {
      revision = await planAnchor(node, revision);
    },
    onError,
  );
}
