pragma circom 2.1.6;

include "gated-bits.circom";
include "summary-total.circom";

// SpentAtMost(): a budget has spent at most `bound` up to the end of a period.
//
// Statement: the cumulative total inside summaryCommitment is at most bound.
//
// Public signals, in this order: summaryCommitment (output), bound (input).
//
// | signal            | role    | bits  | constrained by                                  |
// |-------------------|---------|-------|-------------------------------------------------|
// | summaryCommitment | output  | field | SummaryTotal                                    |
// | bound             | public  | 64    | bound = total + slack, both below 2^63          |
// | all others        | private | -     | SummaryTotal                                    |
//
// A bound near r cannot pass as a small negative number: total + slack is below 2^64.
//
// NOT enforced here: that summaryCommitment was attested, of which budget and period it is (the verifier
// finds it among the public signals of an attestation that verifies, or in a fleet's summaries), and that
// bound is a 63-bit amount: a larger one states less, never more.
//
// NOT claimed: anything about one payment, a category or the window; anything that was paid later.
//
// Constraint count: pinned in artifacts.lock.
template SpentAtMost() {
    signal input policyDigest;
    signal input periodDigest;
    signal input nullifier;
    signal input periodTotal;
    signal input cumulativeTotal;
    signal input counts;
    signal input periodWords[3];
    signal input cumulativeWords[3];
    signal input summarySalt;
    signal input bound;
    signal output summaryCommitment;

    component summary = SummaryTotal();
    summary.policyDigest <== policyDigest;
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

    component slack = Bits(63);
    slack.in <== bound - cumulativeTotal;
}
