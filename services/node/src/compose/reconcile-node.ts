import { FileSnapshots } from '@atomicity/ledger/writer/snapshots';
import { booksHash, type Projection } from '@atomicity/projector/projection';
import { type Reconciliation, reconcile } from '@atomicity/projector/reconcile/reconcile';
import { foldBooks } from './fold-books.ts';
import { type OfflineNode, openOffline } from './offline-node.ts';
import { applyUpTo, copyProjection } from './projection-copy.ts';

export type NodeReconciliation = Reconciliation & {
  readonly origin: string;
  /** Hash over the states of all books, as the replay gives it. */
  readonly stateHash: string;
  /** Events in the log that the node's projection has not read yet. */
  readonly behind: number;
};

/**
 * Compares a node's projection, a fresh replay of its log and the state that its ledger would start
 * from. Works on copies: nothing is changed, whether the node runs or not.
 *
 * What the projection has not read yet is applied to its copy once the rest agrees, and compared too:
 * so a restored directory, which has no projection, is compared as a whole.
 * @throws NoLogHere; OperatingError of the projection.
 */
export async function reconcileNode(root: string): Promise<NodeReconciliation> {
  const node = openOffline(root);
  try {
    const { projection, close } = await copyProjection(node);
    try {
      const behind = node.log.size - projection.size;
      let found = await reconcileAt(node, projection);
      if (behind > 0 && found.differences.length === 0) {
        await applyUpTo(projection, node.log, node.log.size);
        found = await reconcileAt(node, projection);
      }
      const { origin } = node.config;
      return { ...found, origin, stateHash: projection.stateHash(), behind };
    } finally {
      close();
    }
  } finally {
    await node.close();
  }
}

/** Compares at the size of the projection. */
async function reconcileAt(
  { log, config, book, dir }: OfflineNode,
  projection: Projection,
): Promise<Reconciliation> {
  const { origin } = config;
  const { size } = projection;
  const snapshot = await new FileSnapshots(dir.log, 'book').load();
  const options = { origin, book, snapshot, resume: 'always' } as const;
  const books = await foldBooks(log.events(0, size), options);
  const states = books.flatMap(({ state }) => (state === undefined ? [] : [state]));
  const ledger = { size, stateHash: booksHash(states) };
  const isWhole = states.length === books.length;
  const sources = { projection, store: log.store, order: log, origin };
  return await reconcile(isWhole ? { ...sources, ledger } : sources);
}
