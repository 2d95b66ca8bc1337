pragma circom 2.1.6;

include "tags.circom";
include "gated-bits.circom";
include "tagged-poseidon.circom";

// PolicyBounds(): the cap and the window of a policy, opened; the rest of it stays opaque.
//
// Statement: digest = Poseidon(policy; budgetId, denomId, cap | windowStart << 64 | windowEnd << 112,
// ceilingWords, capWords, salt), with cap below 2^63 and both times below 2^48. The three ranges make the
// packing injective: a digest has one cap and one window.
//
// | signal                 | role   | bits  | constrained by                |
// |------------------------|--------|-------|-------------------------------|
// | budgetId, denomId      | input  | 248   | the digest                    |
// | cap                    | input  | 63    | range check                   |
// | windowStart, windowEnd | input  | 48    | range check                   |
// | ceilingWords, capWords | input  | field | the digest; opaque here       |
// | salt                   | input  | field | the digest                    |
// | digest                 | output | field | the hash                      |
//
// NOT enforced here: anything about ceilings and category caps (Policy opens those); that the digest was
// signed and logged before the window (native).
//
// Cost at --O2: 159 for the ranges and the hash of ten; see the ledger in artifacts.lock.
template PolicyBounds() {
    signal input budgetId;
    signal input denomId;
    signal input cap;
    signal input windowStart;
    signal input windowEnd;
    signal input ceilingWords[3];
    signal input capWords[3];
    signal input salt;
    signal output digest;

    component capBits = Bits(63);
    capBits.in <== cap;
    component startBits = Bits(48);
    startBits.in <== windowStart;
    component endBits = Bits(48);
    endBits.in <== windowEnd;

    component hash = TaggedPoseidon(10, TAG_POLICY());
    hash.inputs[0] <== budgetId;
    hash.inputs[1] <== denomId;
    hash.inputs[2] <== cap + windowStart * (1 << 64) + windowEnd * (1 << 112);
    for (var w = 0; w < 3; w++) {
        hash.inputs[3 + w] <== ceilingWords[w];
        hash.inputs[6 + w] <== capWords[w];
    }
    hash.inputs[9] <== salt;
    digest <== hash.out;
}
