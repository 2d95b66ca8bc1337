pragma circom 2.1.6;

include "tags.circom";
include "gated-bits.circom";
include "tagged-poseidon.circom";

// SummaryTotal(): the cumulative total inside a summary; the rest of it stays opaque.
//
// Statement: commitment is the summary hash (summary.circom) of these thirteen values, and its cumulative
// total is below 2^63. The total is an input of its own in that hash, so no packing is at stake.
//
// | signal                     | role   | bits  | constrained by                     |
// |----------------------------|--------|-------|------------------------------------|
// | policyDigest ... nullifier | input  | field | the hash, and the caller           |
// | periodTotal, counts        | input  | field | the hash; opaque here              |
// | cumulativeTotal            | input  | 63    | range check                        |
// | periodWords                | input  | field | the hash; opaque here              |
// | cumulativeWords            | input  | field | the hash; opaque here              |
// | salt                       | input  | field | the hash                           |
// | commitment                 | output | field | the hash                           |
//
// NOT enforced here: that the commitment is a public signal of an attestation. For one that is, the spend
// circuit showed that the total is the sum of the notes of all periods so far; for any other, the total
// is whatever the prover hashed.
//
// Cost at --O2: 63 and the hash of thirteen; see the ledger in artifacts.lock.
template SummaryTotal() {
    signal input policyDigest;
    signal input periodDigest;
    signal input nullifier;
    signal input periodTotal;
    signal input cumulativeTotal;
    signal input counts;
    signal input periodWords[3];
    signal input cumulativeWords[3];
    signal input salt;
    signal output commitment;

    component totalBits = Bits(63);
    totalBits.in <== cumulativeTotal;

    component hash = TaggedPoseidon(13, TAG_SUMMARY());
    hash.inputs[0] <== policyDigest;
    hash.inputs[1] <== periodDigest;
    hash.inputs[2] <== nullifier;
    hash.inputs[3] <== periodTotal;
    hash.inputs[4] <== cumulativeTotal;
    hash.inputs[5] <== counts;
    for (var w = 0; w < 3; w++) {
        hash.inputs[6 + w] <== periodWords[w];
        hash.inputs[9 + w] <== cumulativeWords[w];
    }
    hash.inputs[12] <== salt;
    commitment <== hash.out;
}
