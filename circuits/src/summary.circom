pragma circom 2.1.6;

include "tags.circom";
include "tagged-poseidon.circom";
include "words.circom";

// Summary(): the hidden totals of one period.
//
// Statement: commitment = Poseidon(summary; policyDigest, periodDigest, nullifier, periodTotal,
// cumulativeTotal, counts, words(period category totals), words(cumulative category totals), salt)
// with counts = count | firstAt << 32 | lastAt << 80.
//
// | signal                    | role   | bits  | constrained by                       |
// |---------------------------|--------|-------|--------------------------------------|
// | policyDigest ... nullifier| input  | field | the caller                           |
// | periodTotal               | input  | 63    | the caller                           |
// | cumulativeTotal           | input  | 63    | the caller                           |
// | counts                    | input  | 128   | the caller                           |
// | periodWords               | input  | 192   | the caller (already packed)          |
// | cumulative                | input  | 63    | the caller                           |
// | salt                      | input  | field | hides the rest; 128 random bits      |
// | commitment                | output | field | the hash                             |
//
// NOT enforced here: any range (the caller checks); the entropy of the salt.
//
// Cost at --O2: see the ledger in artifacts.lock.
template Summary() {
    signal input policyDigest;
    signal input periodDigest;
    signal input nullifier;
    signal input periodTotal;
    signal input cumulativeTotal;
    signal input counts;
    signal input periodWords[3];
    signal input cumulative[8];
    signal input salt;
    signal output commitment;

    component cumulativeWords = Words();
    for (var k = 0; k < 8; k++) {
        cumulativeWords.values[k] <== cumulative[k];
    }

    component hash = TaggedPoseidon(13, TAG_SUMMARY());
    hash.inputs[0] <== policyDigest;
    hash.inputs[1] <== periodDigest;
    hash.inputs[2] <== nullifier;
    hash.inputs[3] <== periodTotal;
    hash.inputs[4] <== cumulativeTotal;
    hash.inputs[5] <== counts;
    for (var w = 0; w < 3; w++) {
        hash.inputs[6 + w] <== periodWords[w];
        hash.inputs[9 + w] <== cumulativeWords.words[w];
    }
    hash.inputs[12] <== salt;
    commitment <== hash.out;
}
