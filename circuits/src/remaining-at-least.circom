pragma circom 2.1.6;

include "gated-bits.circom";
include "policy-bounds.circom";
include "summary-total.circom";

// RemainingAtLeast(): a budget has at least `floor` left after a period, without its total or its cap.
//
// Statement: the policy of policyDigest has cap `cap`; the summary of summaryCommitment was made under
// that policy and has cumulative total `total`; cap - total >= floor.
//
// Public signals, in this order: summaryCommitment, policyDigest (outputs), floor (input).
//
// | signal            | role    | bits  | constrained by                                    |
// |-------------------|---------|-------|---------------------------------------------------|
// | summaryCommitment | output  | field | SummaryTotal, with this policyDigest inside       |
// | policyDigest      | output  | field | PolicyBounds                                      |
// | floor             | public  | 63    | range check: a floor near r would be a negative   |
// | all others        | private | -     | SummaryTotal, PolicyBounds                        |
//
// With floor = 0 this is the cap claim over all periods of the budget: total <= cap.
//
// NOT enforced here: that summaryCommitment was attested (the verifier finds it among the public signals
// of an attestation that verifies); that no later period of the budget exists.
//
// NOT claimed: that the remainder can still be spent: a category cap, a ceiling or the end of the window
// may forbid it.
//
// Constraint count: pinned in artifacts.lock.
template RemainingAtLeast() {
    signal input budgetId;
    signal input denomId;
    signal input cap;
    signal input windowStart;
    signal input windowEnd;
    signal input ceilingWords[3];
    signal input capWords[3];
    signal input policySalt;

    signal input periodDigest;
    signal input nullifier;
    signal input periodTotal;
    signal input cumulativeTotal;
    signal input counts;
    signal input periodWords[3];
    signal input cumulativeWords[3];
    signal input summarySalt;

    signal input floor;
    signal output summaryCommitment;
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

    component summary = SummaryTotal();
    summary.policyDigest <== policy.digest;
    summary.periodDigest <== periodDigest;
    summary.nullifier <== nullifier;
    summary.periodTotal <== periodTotal;
    summary.cumulativeTotal <== cumulativeTotal;
    summary.counts <== counts;
    for (var w = 0; w < 3; w++) {
        summary.periodWords[w] <== periodWords[w];
        summary.cumulativeWords[w] <== cumulativeWords[w];
    }
    summary.salt <== summarySalt;
    summaryCommitment <== summary.commitment;

    // Three values below 2^63 each: neither side of cap = total + floor + slack wraps.
    component floorBits = Bits(63);
    floorBits.in <== floor;
    component slack = Bits(63);
    slack.in <== cap - cumulativeTotal - floor;
}
