/** RFC 6962 hashing on node:crypto's streaming hash, which every Node from 20.0 has. */
import { createHash } from 'node:crypto';
import type { TreeHasher } from '@atomicity/event-log/merkle/tree-hasher';

const LEAF = Buffer.of(0);
const NODE = Buffer.of(1);

export const auditTreeHasher: TreeHasher = {
  leaf: (entry) => createHash('sha256').update(LEAF).update(entry).digest(),
  node: (left, right) => createHash('sha256').update(NODE).update(left).update(right).digest(),
  empty: () => createHash('sha256').digest(),
};
