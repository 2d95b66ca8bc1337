import { integer, list, nullable, oneOf } from './codec.ts';
import { body, evidence } from './head-codecs.ts';
import { refuseCommit, refuseHopReceipt, refuseReading } from './hop-rules.ts';
import type { HopTransition } from './objects.ts';
import { finalizeReceipt } from './payment-codecs.ts';
import {
  amountValue,
  hashValue,
  MARGIN_MS_MAX,
  nonceValue,
  PARTS_MAX,
  partyValue,
  reasonValue,
  timeValue,
} from './value-codecs.ts';

export const commitSignal = body(
  'CommitSignal',
  {
    intent: hashValue,
    finalizeKey: partyValue,
    parts: list(nonceValue, 1, PARTS_MAX),
    windowMs: integer(1, MARGIN_MS_MAX),
    nonce: nonceValue,
  },
  refuseCommit,
);

export const hopReceipt = body(
  'HopReceipt',
  {
    hop: partyValue,
    peer: partyValue,
    voucher: hashValue,
    intent: hashValue,
    part: nonceValue,
    transition: oneOf<HopTransition>(['held', 'active*', 'active', 'lapsed']),
    amount: amountValue,
    fee: amountValue,
    policyHash: nullable(hashValue),
    at: timeValue,
    deadline: timeValue,
    reason: nullable(reasonValue),
    prev: nullable(hashValue),
    finalize: nullable(evidence(finalizeReceipt)),
    nonce: nonceValue,
  },
  refuseHopReceipt,
);

export const clockReading = body(
  'ClockReading',
  {
    party: partyValue,
    peer: partyValue,
    at: timeValue,
    nonce: nonceValue,
  },
  refuseReading,
);
