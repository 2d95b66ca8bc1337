// Goal: no change to evidence shows another anchor in the same block. Method: change bytes anywhere in the file.
import { utf8 } from '@atomicity/kernel/codec/bytes';
import { sha256 } from '@noble/hashes/sha2.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeEvidence } from './make-evidence.ts';
import { sampleBlock } from './sample-block.ts';
import { readEthereumEvidence } from './verify-evidence.ts';

const payload = utf8('payload');
const good = makeEvidence(
  sampleBlock(
    {
      chainId: 1,
      registry: sha256(utf8('registry')).slice(0, 20),
      secretKey: sha256(utf8('key')),
      call: {
        availability: 'calldata',
        batch: sha256(utf8('batch')),
        root: sha256(utf8('root')),
        from: 0,
        size: 4,
        payloadHash: sha256(payload),
        payload,
      },
      commitments: [],
      blobProofs: [],
    },
    { count: 20, index: 17 },
  ),
);
const before = readEthereumEvidence(good);

/** What must not change while the block does not: the cost is the publisher's word alone. */
function essence(verdict: ReturnType<typeof readEthereumEvidence>) {
  return verdict.kind === 'shown' ? { ...verdict.anchor, costWei: 0n } : verdict;
}

describe('evidence', () => {
  it('with a digit changed is refused, or is of another block', () => {
    const digit = fc.constantFrom(...'0123456789abcdef');
    fc.assert(
      fc.property(fc.nat(good.length - 1), digit, (at, by) => {
        const bytes = Uint8Array.from(good);
        bytes[at] = by.charCodeAt(0);
        const after = readEthereumEvidence(bytes);
        if (after.kind === 'refused' || before.kind === 'refused') return;
        if (after.anchor.blockHash === before.anchor.blockHash) {
          expect(essence(after)).toEqual(essence(before));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('of any bytes gets an answer', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), fc.json().map(utf8)), (bytes) => {
        expect(readEthereumEvidence(bytes).kind).toBe('refused');
      }),
    );
  });
});
