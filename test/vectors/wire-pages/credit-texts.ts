import type { PageTexts } from './page-text.ts';

export const creditTexts: PageTexts<
  | 'EdgeAgreement'
  | 'EdgeLimitChange'
  | 'EdgeState'
  | 'EdgeDisagreement'
  | 'Reassign'
  | 'SettlementRequest'
  | 'SettlementReceipt'
> = {
  EdgeAgreement: {
    purpose:
      'Two parties open a bilateral credit line, an edge. Its id is the id of this object. Each grants the other how much it may owe.',
    signers: '`a` and `b`',
    members: {
      a: 'the party whose key sorts first',
      b: 'the other party',
      denomination: 'unit of account of the edge; two parties have one edge for each',
      limitA: 'how much b may owe a',
      limitB: 'how much a may owe b',
      rateBps:
        'interest a year on what is owed, in hundredths of a percent: credit yield, no routing fee',
      expiresAt: 'no hold outlives it',
      graceMs: 'time after expiresAt to settle what is owed, ms',
      haircutBps: 'cut of the limit for holds of payments across books, in hundredths of a percent',
    },
  },
  EdgeLimitChange: {
    purpose:
      'A party changes how much the other side of an edge may owe it, from this event on. Open holds stay.',
    signers: '`grantor`',
    members: {
      edge: 'id of the EdgeAgreement',
      grantor: 'the party that grants, one of the edge’s two',
      limit: 'how much the other side may owe from now on',
      sequence: '1, 2, … for each edge and grantor',
    },
  },
  EdgeState: {
    purpose:
      'Both ends of an edge agree where it stands. The carry since the state before becomes debt, and older states and ended vouchers may be dropped: a party keeps the newest state and what is open.',
    signers: '`a` and `b`; a state that one of them has signed travels as a proposal',
    members: {
      edge: 'id of the EdgeAgreement',
      a: 'the party whose key sorts first',
      b: 'the other party',
      sequence: '1, 2, … for each edge',
      previous: 'id of the state before; zeros for the first',
      at: 'the moment that the state describes, by the clock of the end that proposed it',
      balance: 'what b owes a, negative where a owes b; carry included',
      carry: 'interest since the state before, on its balance, rounded toward zero; seen from a',
      open: 'vouchers of payments across books that are still open; ascending, none twice',
    },
  },
  EdgeDisagreement: {
    purpose:
      'Shows that the two ends of an edge signed states that exclude each other. It proves itself and blames neither end: the edge takes no new debt until both sign its next state.',
    signers: 'nobody: it proves itself by the signatures inside',
    members: {
      first: 'what a signed',
      second: 'what b signed: another state of the same edge and sequence',
      delegations: 'how a’s and b’s signing keys were delegated, a’s first',
    },
  },
  Reassign: {
    purpose:
      'A holder of credit moves it to another creditor of the same debtor: the debtor owes `from` less and `to` as much more. Each book records it on the edges that it has.',
    signers: '`debtor`, `from` and `to`; the debtor last, and only before expiresAt',
    members: {
      debtor: 'who owes before and after',
      from: 'the creditor that gives its claim up',
      to: 'the creditor that gets it',
      fromEdge: 'id of the edge of debtor and from',
      toEdge: 'id of the edge of debtor and to',
      denomination: 'that of both edges',
      amount: 'how much of the claim moves',
      expiresAt: 'the debtor signs before it; later the signed object counts whenever it arrives',
    },
  },
  SettlementRequest: {
    purpose:
      'A creditor asks to be paid outside, on a rail of the debtor’s choice. It binds nobody: rails are names, their endpoints are text in the rail’s own words.',
    signers: '`creditor`',
    members: {
      edge: 'id of the EdgeAgreement',
      creditor: 'the end of the edge that is owed',
      amount: 'how much it asks for',
      endpoints: 'where it can be paid, best first',
      expiresAt: 'the request counts no more from then on',
    },
    inside: {
      'endpoints[].rail': 'name of the rail: `lightning`, `sepa`, …',
      'endpoints[].target': 'invoice, address or account',
    },
  },
  SettlementReceipt: {
    purpose:
      'The creditor states what it received outside: the debt shrinks by it, toward zero and never past it. One receipt for each piece of evidence.',
    signers: '`creditor`',
    members: {
      edge: 'id of the EdgeAgreement',
      creditor: 'the end of the edge that was paid',
      request: 'the SettlementRequest that was paid; null for a payment nobody asked for',
      amount: 'how much arrived, in units of the edge',
      rail: 'name of the rail',
      evidence: 'SHA-256 of the rail’s evidence',
      at: 'when it arrived, by the creditor’s clock',
    },
  },
};
