pragma circom 2.1.6;

include "circomlib/circuits/comparators.circom";
include "tags.circom";
include "gated-bits.circom";
include "summary.circom";
include "tagged-poseidon.circom";

// Opening(): what earlier periods of this budget already spent.
//
// Statement: in period 0 the opening totals are zero, the opening time is windowStart and
// previousSummary is 0. In every later period previousSummary is the summary commitment of period
// index - 1 under the same policy and budget, and the opening totals and time are the cumulative
// totals and the last time inside it. So k periods share one cap.
//
// | signal             | role   | bits  | constrained by                                       |
// |--------------------|--------|-------|------------------------------------------------------|
// | budgetId           | input  | 248   | the policy                                           |
// | policyDigest       | input  | field | the policy                                           |
// | periodIndex        | input  | field | periodDigest, natively                               |
// | windowStart        | input  | 48    | the policy                                           |
// | periodDigest       | input  | field | previousSummary (of the period before)               |
// | periodTotal        | input  | field | previousSummary; opaque here                         |
// | countAndFirst      | input  | 80    | range check, so that lastAt cannot be shifted        |
// | lastAt             | input  | 48    | range check                                          |
// | periodWords        | input  | field | previousSummary; opaque here                         |
// | totals             | input  | 63    | range check, zero in period 0                        |
// | salt               | input  | field | previousSummary                                      |
// | openingAt          | output | 48    | windowStart or lastAt                                |
// | previousSummary    | output | field | the hash, or 0 in period 0                           |
//
// The cumulative total is not a separate input: it is the sum of the category totals, as in every
// summary that this circuit makes.
//
// NOT enforced here: that the previous summary was itself attested. The auditor walks the chain:
// previousSummary is in periodDigest, and must be a public signal of an attestation that verifies.
//
// Cost at --O2: see the ledger in artifacts.lock.
template Opening() {
    signal input budgetId;
    signal input policyDigest;
    signal input periodIndex;
    signal input windowStart;
    signal input periodDigest;
    signal input periodTotal;
    signal input countAndFirst;
    signal input lastAt;
    signal input periodWords[3];
    signal input totals[8];
    signal input salt;

    signal output openingAt;
    signal output previousSummary;

    component isFirst = IsZero();
    isFirst.in <== periodIndex;
    signal later <== 1 - isFirst.out;

    var cumulativeTotal = 0;
    component totalBits[8];
    for (var k = 0; k < 8; k++) {
        totalBits[k] = GatedBits(63);
        totalBits[k].in <== totals[k];
        totalBits[k].gate <== later;
        cumulativeTotal += totals[k];
    }
    component countAndFirstBits = Bits(80);
    countAndFirstBits.in <== countAndFirst;
    component lastAtBits = Bits(48);
    lastAtBits.in <== lastAt;

    component nullifier = TaggedPoseidon(2, TAG_NULLIFIER());
    nullifier.inputs[0] <== budgetId;
    nullifier.inputs[1] <== periodIndex - 1;

    component summary = Summary();
    summary.policyDigest <== policyDigest;
    summary.periodDigest <== periodDigest;
    summary.nullifier <== nullifier.out;
    summary.periodTotal <== periodTotal;
    summary.cumulativeTotal <== cumulativeTotal;
    summary.counts <== countAndFirst + lastAt * (1 << 80);
    for (var w = 0; w < 3; w++) {
        summary.periodWords[w] <== periodWords[w];
    }
    for (var k = 0; k < 8; k++) {
        summary.cumulative[k] <== totals[k];
    }
    summary.salt <== salt;

    previousSummary <== later * summary.commitment;
    openingAt <== windowStart + later * (lastAt - windowStart);
}
