import type { PageTexts } from './page-text.ts';

export const proofTexts: PageTexts<
  'AttestationSummary' | 'EquivocationProof' | 'FeeMismatchProof'
> = {
  AttestationSummary: {
    purpose:
      'Public: the proof that the spending of a period kept its policy. The pairing check is the auditor’s; the book compares the parts and recomputes the digests.',
    signers: 'an operator of the book',
    members: {
      budget: 'the budget',
      period: 'taggedHash(`Period`, canonical {budget, index})',
      periodIndex: '0, 1, … in the budget',
      circuit: 'which circuit the proof is for',
      parts: 'what the period digest is made of',
      publicSignals:
        'leavesRoot, tokensRoot, summaryCommitment, policyDigest, periodDigest, nullifier, in this order',
      proof: 'Groth16 over BN254, coordinates in the order of snarkjs',
      verificationKeyHash: 'hash of the key that it verifies under',
    },
    inside: {
      'circuit.name': 'name of the circuit',
      'circuit.tier': 'its tier',
      'parts.period': 'as in the body',
      'parts.budget': 'as in the body',
      'parts.periodIndex': 'as in the body',
      'parts.principal': 'principal of the budget',
      'parts.agent': 'agent of the budget',
      'parts.origin': 'the log that the period is in',
      'parts.firstTreeSize': 'size of the log when the period opened',
      'parts.lastTreeSize': 'size of the log when it closed',
      'parts.lastRoot': 'root of the log then',
      'parts.previousSummary': 'summary commitment of the period before; zeros for the first',
      'parts.chainId': 'chain of the registry; 0 for none',
      'parts.registry': 'address of the registry; zeros for none',
      'parts.circuit': 'name of the circuit',
      'parts.tier': 'as in `circuit`',
      'proof.a': 'π_A',
      'proof.b': 'π_B',
      'proof.c': 'π_C',
    },
  },
  EquivocationProof: {
    purpose:
      'Public: two signed notes that claim one place. The party that certified the note key takes part in no later hold. It carries no nonce: the same contradiction has one id.',
    signers:
      'nobody: it proves itself by the signatures inside, the payer’s note key under cores, the payee’s under tails',
    members: {
      kind: 'cores of one payer, period and index, or tails of one payer, payee, period and seq',
      first: 'one of the two: NoteCore, or NoteTail for kind `tail`',
      second: 'the other',
    },
  },
  FeeMismatchProof: {
    purpose:
      'Public: a hop kept another fee than the policy it published, shown by its own signed statements alone. A book remembers it; it is reputation, not law.',
    signers: 'nobody: it proves itself by the signatures inside',
    members: {
      delegation: 'how the hop’s signing key was delegated, signed by the hop’s identity',
      offer: 'the policy, signed by the hop',
      held: 'what the hop said it held, signed by the hop',
      voucher: 'what it held onward for the same intent and part, signed by the hop',
    },
  },
};
