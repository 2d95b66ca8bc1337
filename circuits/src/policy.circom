pragma circom 2.1.6;

include "tags.circom";
include "gated-bits.circom";
include "tagged-poseidon.circom";
include "words.circom";

// Policy(): what the principal fixed, opened and range-checked.
//
// Statement: digest = Poseidon(policy; budgetId, denomId, cap | windowStart << 64 | windowEnd << 112,
// words(ceilings), words(caps), salt), and every amount is below 2^63, every time below 2^48.
// A category that is not in use has ceiling 0 and cap 0, so nothing but zero can be spent in it.
//
// | signal                 | role   | bits  | constrained by               |
// |------------------------|--------|-------|------------------------------|
// | budgetId, denomId      | input  | 248   | the digest                   |
// | cap                    | input  | 63    | range check                  |
// | windowStart, windowEnd | input  | 48    | range check                  |
// | ceilings, caps         | input  | 63    | range check                  |
// | salt                   | input  | field | the digest                   |
// | digest                 | output | field | public signal policyDigest   |
//
// NOT enforced here: that the digest was signed and logged before the window (native); that
// windowStart <= windowEnd (no note can satisfy an empty window).
//
// Cost at --O2: 17 * 63 + 2 * 48 + 462 - 3 or so; see the ledger in artifacts.lock.
template Policy() {
    signal input budgetId;
    signal input denomId;
    signal input cap;
    signal input windowStart;
    signal input windowEnd;
    signal input ceilings[8];
    signal input caps[8];
    signal input salt;
    signal output digest;

    component capBits = Bits(63);
    capBits.in <== cap;
    component startBits = Bits(48);
    startBits.in <== windowStart;
    component endBits = Bits(48);
    endBits.in <== windowEnd;

    component ceilingBits[8];
    component capsBits[8];
    component ceilingWords = Words();
    component capWords = Words();
    for (var k = 0; k < 8; k++) {
        ceilingBits[k] = Bits(63);
        ceilingBits[k].in <== ceilings[k];
        ceilingWords.values[k] <== ceilings[k];
        capsBits[k] = Bits(63);
        capsBits[k].in <== caps[k];
        capWords.values[k] <== caps[k];
    }

    component hash = TaggedPoseidon(10, TAG_POLICY());
    hash.inputs[0] <== budgetId;
    hash.inputs[1] <== denomId;
    hash.inputs[2] <== cap + windowStart * (1 << 64) + windowEnd * (1 << 112);
    for (var w = 0; w < 3; w++) {
        hash.inputs[3 + w] <== ceilingWords.words[w];
        hash.inputs[6 + w] <== capWords.words[w];
    }
    hash.inputs[9] <== salt;
    digest <== hash.out;
}
