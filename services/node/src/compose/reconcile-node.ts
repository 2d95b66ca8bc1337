import { FileSnapshots } from '@atomicity/ledger/writer/snapshots';
import { booksHash } from '@atomicity/projector/projection';
import { type Reconciliation, reconcile } from '@atomicity/projector/reconcile/reconcile';
import { foldBooks } from './fold-books.ts';
import { openOffline } from './offline-node.ts';
import { copyProjection } from './projection-copy.ts';

export type NodeReconciliation = Reconciliation & {
  readonly origin: string;
  /** Hash over the states of all books, as the replay gives it. */
  readonly stateHash: string;
  /** Events in the log that the projection has not read yet; they were not compared. */
  readonly behind: number;
};

/**
 * Compares a node's projection, a fresh replay of its log and the state that its ledger would start
 * from. Works on copies: nothing is changed, whether the node runs or not.
 * @throws NoLogHere; OperatingError of the projection.
 */
export async function reconcileNode(root: string): Promise<NodeReconciliation> {
  const node = openOffline(root);
  try {
    const { projection, close } = await copyProjection(node);
    try {
      const { size } = projection;
      const { log, config, book, dir } = node;
      const snapshot = await new FileSnapshots(dir.log, 'book').load();
      const options = { origin: config.origin, book, snapshot, resume: 'always' } as const;
      const books = await foldBooks(log.events(0, size), options);
      const states = books.flatMap(({ state }) => (state === undefined ? [] : [state]));
      const isWhole = states.length === books.length;
      const found = await reconcile({
        projection,
        store: log.store,
        order: log,
        origin: config.origin,
        ...(isWhole ? { ledger: { size, stateHash: booksHash(states) } } : {}),
      });
      const { origin } = config;
      return { ...found, origin, stateHash: projection.stateHash(), behind: log.size - size };
    } finally {
      close();
    }
  } finally {
    await node.close();
  }
}
