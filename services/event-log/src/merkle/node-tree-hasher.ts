import { hash } from 'node:crypto';
import { HASH_BYTES, type TreeHasher } from './tree-hasher.ts';

const nodeInput = Buffer.alloc(1 + 2 * HASH_BYTES, 1);
let leafInput = Buffer.alloc(1024);

/** `portableTreeHasher` on OpenSSL's one-shot hash; a test holds the two equal. */
export const nodeTreeHasher: TreeHasher = {
  leaf: (entry) => {
    if (leafInput.length <= entry.length) leafInput = Buffer.alloc(2 * entry.length + 1);
    leafInput[0] = 0;
    leafInput.set(entry, 1);
    return hash('sha256', leafInput.subarray(0, entry.length + 1), 'buffer');
  },
  node: (left, right) => {
    nodeInput.set(left, 1);
    nodeInput.set(right, 1 + HASH_BYTES);
    return hash('sha256', nodeInput, 'buffer');
  },
  empty: () => hash('sha256', '', 'buffer'),
};
