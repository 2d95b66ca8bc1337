/** Closed batches for tests of what pays them: each number is a batch of its own. */

import { batchId } from '@atomicity/kernel/anchor/event-codec';
import type { Batch, BatchSettlement } from '@atomicity/kernel/anchor/events';
import { bytesToHex, utf8 } from '@atomicity/kernel/codec/bytes';
import { amount } from '@atomicity/kernel/units/amount';
import type { Denomination } from '@atomicity/kernel/units/denomination';
import { type Hash, hashToBytes, type PartyId } from '@atomicity/kernel/units/id';
import { sha256 } from '@noble/hashes/sha2.js';
import type { Submission } from '../port.ts';

export const hashOf = (text: string): Hash => bytesToHex(sha256(utf8(text))) as Hash;

export const CREDITOR = `pk:${'y'.repeat(52)}` as PartyId;

/** A batch that pays 250 satoshis unless said otherwise. */
export function batchOf(number: number, changes: Partial<BatchSettlement> = {}): Batch {
  const settles: BatchSettlement = {
    edge: hashOf(`edge ${number}`),
    debtor: `pk:${'b'.repeat(51)}y` as PartyId,
    creditor: CREDITOR,
    denomination: 'BTC/8' as Denomination,
    amount: amount(250n),
    request: null,
    target: 'http://127.0.0.1:1/invoice',
    ...changes,
  };
  const fields = {
    subject: { origin: 'log.example', size: number + 1, root: hashOf(`root ${number}`) },
    from: number,
    payload: hashOf(`payload ${number}`),
    diffs: 1,
    values: [{ denomination: settles.denomination, amount: settles.amount }],
    rails: ['lightning'],
    settles,
  };
  return { batch: batchId(fields), ...fields };
}

/** The submission of a batch, as the settler would make it. */
export function submissionOf(batch: Batch, prepared?: Uint8Array): Submission {
  return {
    root: hashToBytes(batch.subject.root),
    content: { batch, payload: new Uint8Array(0) },
    idempotencyKey: hashToBytes(hashOf(`key ${batch.batch}`)),
    ...(prepared === undefined ? {} : { prepared }),
  };
}
