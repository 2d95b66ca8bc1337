import type { PageTexts } from './page-text.ts';

export const hopTexts: PageTexts<
  'CommitSignal' | 'HopReceipt' | 'ClockReading' | 'RoutingOffer' | 'RoutingSignal'
> = {
  CommitSignal: {
    purpose:
      'Optional: the receiver has all parts and will finalize within `windowMs`; holds become active*. Nobody gets more time by it: it makes a hop that is gone for its whole window as rare as an outage.',
    signers: '`finalizeKey`, by and key',
    members: {
      intent: 'id of the PaymentIntent',
      finalizeKey: 'that of the intent’s delivery',
      parts: 'the parts that it will finalize; ascending, none twice',
      windowMs: 'time within which it will, ms',
    },
  },
  HopReceipt: {
    purpose:
      'What one end of an edge says of one voucher, by its own clock. `held` comes from the payee. `active` from the payee is its claim, with the receiver’s receipt, and from the payer its answer; `lapsed` from the payee is a release or a refusal, from the payer the answer that the claim came too late. It is made of the hop record alone: sent again it is the same text.',
    signers: '`hop`; `finalize.sig`: the finalizeKey of the delivery inside',
    members: {
      hop: 'the end that speaks',
      peer: 'the other end, that it speaks to',
      voucher: 'id of the CapacityVoucher',
      intent: 'that of the voucher',
      part: 'that of the voucher’s route',
      transition: 'what the hold became',
      amount: 'that of the voucher',
      fee: 'that of the voucher',
      policyHash: 'that of the voucher',
      at: 'when it happened, by the hop’s clock',
      deadline: 'the hop’s own deadline for the hold, by the same clock',
      reason:
        'why it lapsed: `expired`, `released`, `probe` or the reason of a refusal; null otherwise',
      prev: 'id of the hop’s receipt before this one on the voucher; of `held` the voucher’s prevReceipt; null for none',
      finalize: 'the receiver’s receipt for all parts: with `active`, and only then',
    },
  },
  ClockReading: {
    purpose:
      'A reading of a party’s clock for one peer. The peer may name it as `seenAt` of its next vouchers. No clock has to be right: only that it goes on at the usual rate.',
    signers: '`party`',
    members: {
      party: 'whose clock it is',
      peer: 'for whom it was read',
      at: 'what the clock showed',
    },
  },
  RoutingOffer: {
    purpose:
      'A hop says what it forwards, where to and for how much, for a short time. Its own book publishes the policy; others keep the offer in the index that they choose routes by.',
    signers: '`policy.hop`',
    members: {
      policy: 'the price of forwarding',
      policyHash: 'taggedHash(`FeePolicy`, canonical policy with amounts as decimal text)',
      sequence: 'newer offers of a hop and denomination have higher ones',
      at: 'when it was made, by the hop’s clock',
      ttlMs: 'how long it counts, ms: readers count from when they got it',
      edges: 'where the hop forwards to; ascending by to, none twice',
    },
    inside: {
      'policy.hop': 'the hop',
      'policy.denomination': 'what it forwards',
      'policy.feeBps':
        'part of the fee in hundredths of a percent of the delivered amount, rounded up',
      'policy.feeFlat': 'part of the fee that is always due',
      'policy.amountMin': 'the least amount that it forwards; at most amountMax',
      'policy.amountMax': 'the most',
      'policy.marginMs': 'the hop’s margin, ms, so that senders can choose times',
      'edges[].to': 'the party at the other end, never the hop itself',
      'edges[].capacity': 'coarsely how much fits',
    },
  },
  RoutingSignal: {
    purpose:
      'A coarse hint to a direct neighbour, never passed on and never recorded: a soft prior that decays. Neighbours bound how many they take, and know whom each is from.',
    signers: '`origin`',
    members: {
      origin: 'the neighbour that gives the hint',
      region: 'taggedHash(`Region`, raw key of a party) cut to 2 bytes: many parties share one',
      denomination: 'what was tried',
      magnitude: 'decimal order of magnitude of the amounts: 0 for 0 … 9, 1 for 10 … 99',
      observed: 'how the tries went',
      sample: 'payments behind the hint',
      sequence: 'newer signals of an origin have higher ones',
      ttlMs: 'how long it counts, ms',
    },
  },
};
