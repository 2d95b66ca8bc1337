pragma circom 2.1.6;

include "tags.circom";
include "claim-leaf.circom";
include "gated-bits.circom";
include "policy-bounds.circom";
include "tree-16.circom";

// ClaimAggregate(TIER): the notes of one period sum to at most the cap of the budget.
//
// Statement: the counted commitments of at most TIER authorizations, in index order with 0 elsewhere,
// hash to leavesRoot under periodId; each spend is in [0, 2^63) by itself; the sum of the spends is at
// most the cap inside policyDigest.
//
// Public signals, in this order: leavesRoot, policyDigest (outputs), periodId (input).
//
// | signal                | role    | bits  | constrained by                                     |
// |-----------------------|---------|-------|----------------------------------------------------|
// | leavesRoot            | output  | field | the tree; the auditor recomputes it from the log   |
// | policyDigest          | output  | field | PolicyBounds; stated in the log                    |
// | periodId              | public  | 248   | every commitment                                   |
// | counted               | private | 1     | ClaimLeaf                                          |
// | spend                 | private | 63    | gated range check                                  |
// | fields                | private | 56    | gated range check: at, category, regime, opaque    |
// | token, salt           | private | field | ClaimLeaf                                          |
// | cap ... policySalt    | private | -     | PolicyBounds                                       |
//
// NOT claimed: that EARLIER periods of the budget left room for this one. The opening is not part of the
// claim on purpose: the summary of the period before is no signal of it, so nothing would tie an opening
// to the log, and a prover would open a summary of its own making. Over all periods the cap is shown by
// `remaining-at-least` with floor 0, on the attested summary. Nor does this claim say anything of
// category caps, ceilings, the window, the order of times, or void authorizations.
//
// NOT enforced here, and by whom it is: that leavesRoot is over all notes of the period, that periodId is
// that period's, and that policyDigest was fixed before it: the verifier finds all three in an attestation.
//
// Constraint count: pinned per tier in artifacts.lock.
template ClaimAggregate(TIER) {
    signal input budgetId;
    signal input denomId;
    signal input cap;
    signal input windowStart;
    signal input windowEnd;
    signal input ceilingWords[3];
    signal input capWords[3];
    signal input policySalt;

    signal input periodId;

    signal input counted[TIER];
    signal input spend[TIER];
    signal input fields[TIER];
    signal input token[TIER];
    signal input salt[TIER];

    signal output leavesRoot;
    signal output policyDigest;

    component policy = PolicyBounds();
    policy.budgetId <== budgetId;
    policy.denomId <== denomId;
    policy.cap <== cap;
    policy.windowStart <== windowStart;
    policy.windowEnd <== windowEnd;
    for (var w = 0; w < 3; w++) {
        policy.ceilingWords[w] <== ceilingWords[w];
        policy.capWords[w] <== capWords[w];
    }
    policy.salt <== policySalt;
    policyDigest <== policy.digest;

    component spendBits[TIER];
    component fieldBits[TIER];
    component slots[TIER];
    component leaves = Tree16(TIER, TAG_LEAVES());
    var total = 0;
    for (var i = 0; i < TIER; i++) {
        spendBits[i] = GatedBits(63);
        spendBits[i].in <== spend[i];
        spendBits[i].gate <== counted[i];
        fieldBits[i] = GatedBits(56);
        fieldBits[i].in <== fields[i];
        fieldBits[i].gate <== counted[i];

        slots[i] = ClaimLeaf();
        slots[i].counted <== counted[i];
        slots[i].packed <== spend[i] + fields[i] * (1 << 64);
        slots[i].periodId <== periodId;
        slots[i].token <== token[i];
        slots[i].salt <== salt[i];

        leaves.leaves[i] <== slots[i].leaf;
        total += spend[i];
    }
    leavesRoot <== leaves.root;

    // The sum of TIER values below 2^63 is far below r.
    component slack = Bits(63);
    slack.in <== cap - total;
}
