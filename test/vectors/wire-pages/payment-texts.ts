import type { PageTexts } from './page-text.ts';

export const paymentTexts: PageTexts<
  'PaymentIntent' | 'PaymentOrder' | 'CapacityVoucher' | 'FinalizeReceipt' | 'VoidReceipt'
> = {
  PaymentIntent: {
    purpose:
      'A receiver asks to be paid. The book remembers it until it expires. With `delivery` it may be paid from other books, in parts.',
    signers: '`receiver`',
    members: {
      receiver: 'who is to be paid',
      denomination: 'unit of account',
      amount: 'how much, fees aside; at least 1',
      expiresAt: 'nothing holds for it from then on',
      description: 'what for, in the receiver’s words',
      policyHash: 'fee policy that vouchers inside the book name; null for none',
      constraints: 'what the receiver asks of the way',
      delivery: 'how to pay from another node; null: only inside the receiver’s own book',
    },
    inside: {
      'constraints.maxFeeBps': 'the most fee, in hundredths of a percent of the amount',
      'constraints.latencyMs': 'how long the receiver cares to wait, ms; a wish',
      'delivery.finalizeKey':
        'a key of this intent alone: hops check the receipt with it and learn no identity',
      'delivery.minDeliverable': 'the receiver finalizes at least this much, or nothing',
      'delivery.partsMax': 'parts that the receiver waits for',
    },
  },
  PaymentOrder: {
    purpose:
      'A sender tells its node to pay an intent, and what that may cost at most. The intent itself need not be known to the sender’s book.',
    signers: '`payer`',
    members: {
      intent: 'id of the PaymentIntent',
      payer: 'who pays, hosted by the book',
      receiver: 'who is paid',
      finalizeKey: 'that of the intent’s delivery',
      denomination: 'unit of account',
      amount: 'open and paid parts never exceed it, fees aside; at least 1',
      maxFee: 'fees of open and paid parts never exceed it',
      maxProbeSpend:
        'amounts and fees of all probes ever sent for the intent never exceed it; counted before they are sent',
      expiresAt: 'no new hold for it from then on',
    },
  },
  CapacityVoucher: {
    purpose:
      'A payer holds amount + fee on an edge, for an intent, until `expiresAt` by its own clock. With `route` it is one hop of a payment across books: both books of the edge record it, and the payee’s time is relative (ttl = expiresAt − at).',
    signers:
      'with a grant the agent of the budget, else `from`; `grant.coreSig`: core.payer over the core',
    members: {
      intent: 'id of the PaymentIntent',
      edge: 'id of the EdgeAgreement of from and to',
      from: 'the payer on this edge',
      to: 'the payee on this edge',
      denomination: 'unit of account',
      amount: 'what the receiver gets; along a route the same at every hop',
      fee: 'what the hops from the payee on still earn; 0 at the receiver',
      at: 'when it was authorized, by the clock of the payer’s book',
      expiresAt: 'when the hold lapses by the payer’s clock; after at',
      policyHash:
        'inside a book that of the intent; along a route the policy of the payee as a forwarder, null for the receiver',
      prevReceipt:
        'id of the forwarder’s own HopReceipt `held` for what it forwards; null at the sender',
      grant: 'the authorization of a budget and the opening of its note; null without a budget',
      route: 'what makes it a hop; null: payer and payee are in one book. It takes no grant',
    },
    inside: {
      'grant.budget': 'the budget that it draws on',
      'grant.task': 'name of the TaskBudget; null for none',
      'grant.period': 'the open period of the budget',
      'grant.index': 'number of the authorization in the period',
      'grant.category': 'category of the payee',
      'grant.regime': 'free for the policy of the budget, bound by the commitment',
      'grant.items':
        'the payments of a batch note, in order, together amount + fee; null for a single note',
      'grant.items[].spend': 'what the payment spends, its part of the fee included; below 2^48',
      'grant.items[].stepMs':
        'ms since the payment before it, for the first since `at`; the last is due by expiresAt',
      'grant.authorizationNonce': 'makes the authorization’s id unguessable',
      'grant.noteSalt': 'hides what the commitment commits to',
      'grant.core': 'the core of the note',
      'grant.coreSig': 'by core.payer, over the core',
      'route.part': 'drawn by the sender, one for each part and attempt',
      'route.finalizeKey': 'the key whose receipt turns the hold into a debt',
      'route.seenAt':
        'the newest reading of the payee’s clock that the payer had seen when it signed: the payee counts expiresAt − at from here, less its margin',
      'route.probe': 'true: it only asks whether the way is open; the receiver releases it at once',
      'route.hops':
        'the hops after the payee, in order, the last the receiver; none: the payee receives',
      'route.hops[].party': 'who comes next',
      'route.hops[].policyHash': 'policy of the hop before it, which pays it',
    },
  },
  FinalizeReceipt: {
    purpose:
      'The payee turns a hold into a payment of exactly its amount and fee. With `delivery` the receiver finalizes all parts of a payment across books at once: hops check it with the finalizeKey, and what they hold becomes debt.',
    signers:
      'the payee of the voucher; with `delivery` the finalizeKey, by and key; `notes[].sig`: core.payee over the tail',
    members: {
      intent: 'id of the PaymentIntent',
      voucher: 'id of the CapacityVoucher; null for a delivery',
      amount: 'that of the voucher, or the sum of the parts',
      fee: 'that of the voucher; 0 for a delivery',
      at: 'when it was signed, by the payee’s clock',
      notes: 'one for a voucher with a grant, none otherwise',
      delivery: 'every part that it finalizes; null for a voucher',
    },
    inside: {
      'notes[].core': 'hash of the core that the voucher carried',
      'notes[].seq': '1, 2, … in the pair',
      'notes[].prev': 'hash of the tail before; zeros for the first',
      'notes[].sig': 'by core.payee, over the tail',
      'delivery.finalizeKey': 'that of the intent',
      'delivery.parts': 'ascending by part, none twice',
      'delivery.parts[].part': 'the part, as routes name it',
      'delivery.parts[].amount': 'exactly its amount, fees aside',
    },
  },
  VoidReceipt: {
    purpose:
      'The payee gives a hold up before it expires: everything that it reserved is free again. Hops of payments across books are released by a HopReceipt instead.',
    signers: 'the payee of the voucher; `noteVoid.sig`: core.payee over the void',
    members: {
      intent: 'id of the PaymentIntent',
      voucher: 'id of the CapacityVoucher',
      noteVoid: 'for a voucher with a grant: the note that will never have a tail; null otherwise',
    },
    inside: {
      'noteVoid.core': 'hash of the core',
      'noteVoid.sig': 'by core.payee, over {v, core}',
    },
  },
};
