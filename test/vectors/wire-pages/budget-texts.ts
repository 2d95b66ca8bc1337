import type { PageTexts } from './page-text.ts';

export const budgetTexts: PageTexts<
  | 'BudgetDelegation'
  | 'PolicyStatement'
  | 'TaskBudget'
  | 'NoteKeyCertificate'
  | 'PairClose'
  | 'PeriodClose'
> = {
  BudgetDelegation: {
    purpose:
      'A principal lets an agent spend from its edges inside a window. The first period of the budget opens with it. A budget with a parent reserves nothing in it: holds count at every level.',
    signers: '`principal`',
    members: {
      budget: 'the budget’s id: taggedHash(`Budget`, canonical {agent, nonce, principal})',
      principal: 'who pays',
      agent: 'who authorizes',
      denomination: 'unit of account',
      cap: 'the most that all authorizations of the window spend, fees included',
      windowStart: 'first moment of the window; before windowEnd',
      windowEnd: 'first moment after it',
      categories: 'what is bounded apart; no two share a name',
      payees: 'who is paid under which category; ascending by party, none twice',
      defaultCategory: 'category of payees that are not listed; null: only listed payees',
      tier: 'authorizations of a period',
      parent: 'budget above it, of which the principal is the agent; null for none',
      policySalt: 'hides the policy behind its digest',
    },
    inside: {
      'categories[].name': 'name of the category',
      'categories[].ceiling': 'the most that one authorization spends in it, fees included',
      'categories[].cap': 'the most that all authorizations of the window spend in it',
      'payees[].party': 'the payee',
      'payees[].category': 'position in `categories`',
    },
  },
  PolicyStatement: {
    purpose:
      'Public: the digest of a delegated policy, logged before the first note, so that nobody can choose the policy afterwards.',
    signers: '`principal`',
    members: {
      budget: 'the budget',
      principal: 'its principal',
      agent: 'its agent',
      policyDigest: 'Poseidon digest of the delegated policy',
      tier: 'its tier',
    },
  },
  TaskBudget: {
    purpose: 'An agent bounds what one task may draw from a budget. It reserves nothing.',
    signers: 'the agent of the budget',
    members: {
      budget: 'the budget',
      task: 'name of the task, once in a budget',
      cap: 'the most that authorizations for the task spend',
    },
  },
  NoteKeyCertificate: {
    purpose:
      'A party certifies, privately, the fresh key that it signs notes with for one counterparty in one period, so that public notes link to nobody.',
    signers: '`party`, and `noteKey` itself',
    members: {
      party: 'whose key it is',
      counterparty: 'the other side of the pair',
      period: 'the period it is for',
      noteKey: 'the fresh key',
    },
  },
  PairClose: {
    purpose:
      'Public: both note keys of a pair state where their notes ended in a period. The pair takes no more holds in it, and its lapsed authorizations are shown unspent.',
    signers: '`payer` and `payee`, each with the note key itself',
    members: {
      period: 'the period',
      payer: 'note key of the paying side',
      payee: 'note key of the paid side',
      lastSeq: 'number of the last note; 0 for none',
      prev: 'hash of the last tail; zeros for none',
    },
  },
  PeriodClose: {
    purpose:
      'Public: the principal closes a period and states how many authorizations it issued, which fixes how each counts. The next period opens, unless the close is final or the window is over.',
    signers: 'the principal of the budget',
    members: {
      budget: 'the budget',
      period: 'taggedHash(`Period`, canonical {budget, index})',
      periodIndex: '0, 1, … in the budget',
      count: 'authorizations issued',
      tokensRoot: 'root over all of them',
      final: 'true: the budget ends with this period',
    },
  },
};
