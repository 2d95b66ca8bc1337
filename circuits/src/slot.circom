pragma circom 2.1.6;

include "tags.circom";
include "gated-bits.circom";
include "tagged-poseidon.circom";

// Slot(): one index of the period: a counted note, a void authorization, or padding.
//
// Statement:
//  (1) active is boolean and never rises after it fell (active slots are a prefix);
//  (2) counted is boolean and counted <= active;
//  (3) 0 <= spend < 2^63 by itself, zero unless counted; no sum of checked values hides a negative;
//  (4) category is one-hot over 8, zero unless active; regime < 2^5, zero unless counted;
//  (5) at = the running time of a counted note: previousAt + a 48-bit step, so times never go back;
//      zero unless counted. The last time is compared with windowEnd by the caller, which bounds
//      every earlier time too;
//  (6) spend <= the ceiling of its category;
//  (7) token is zero in padding, salt is zero unless counted;
//  (8) leaf = Poseidon(commitment; packed, periodId, token, salt) if counted, else 0, with
//      packed = spend | at << 64 | category << 112 | regime << 115. The witness never contains
//      packed as a free value: all of its 120 bits come from the checked fields above.
//
// | signal          | role   | bits  | constrained by                     |
// |-----------------|--------|-------|------------------------------------|
// | activeBefore    | input  | 1     | the previous slot (1 for slot 0)   |
// | seenBefore      | input  | 1     | the previous slot (0 for slot 0)   |
// | previousAt      | input  | 48    | the previous slot                  |
// | periodId        | input  | 248   | periodDigest, natively             |
// | ceilings        | input  | 63    | the policy                         |
// | active, counted | input  | 1     | (1), (2)                           |
// | spend           | input  | 63    | (3), (6)                           |
// | at              | input  | 48    | (5)                                |
// | category        | input  | 3     | (4)                                |
// | regime          | input  | 5     | (4)                                |
// | token, salt     | input  | field | (7), and bound by the hashes       |
// | runningAt       | output | 48    | (5)                                |
// | first           | output | 1     | 1 in the first counted slot        |
// | leaf            | output | field | (8)                                |
// | categorySpend   | output | 63    | spend in its category, 0 elsewhere |
//
// NOT enforced here: that salt has 128 bits of entropy (a weak salt hurts only the privacy of its
// own note); that token belongs to a logged authorization; signatures, seq and index: native checks.
//
// Cost at --O2: see the ledger in artifacts.lock.
template Slot() {
    signal input activeBefore;
    signal input seenBefore;
    signal input previousAt;
    signal input periodId;
    signal input ceilings[8];

    signal input active;
    signal input counted;
    signal input spend;
    signal input at;
    signal input category;
    signal input regime;
    signal input token;
    signal input salt;

    signal output runningAt;
    signal output first;
    signal output leaf;
    signal output categorySpend[8];

    // (1) active is 0 or what the slot before was.
    active * (active - activeBefore) === 0;
    // (2) counted is 0 or active.
    counted * (counted - active) === 0;
    first <== counted * (1 - seenBefore);

    // (3), (4)
    component spendBits = GatedBits(63);
    spendBits.in <== spend;
    spendBits.gate <== counted;
    component regimeBits = GatedBits(5);
    regimeBits.in <== regime;
    regimeBits.gate <== counted;

    signal isCategory[8];
    var categories = 0;
    var categoryIndex = 0;
    for (var k = 0; k < 8; k++) {
        isCategory[k] <-- category == k ? active : 0;
        isCategory[k] * (isCategory[k] - 1) === 0;
        categories += isCategory[k];
        categoryIndex += k * isCategory[k];
    }
    categories === active;
    categoryIndex === category;

    // (5)
    runningAt <== previousAt + counted * (at - previousAt);
    at * (1 - counted) === 0;
    component stepBits = GatedBits(48);
    stepBits.in <== runningAt - previousAt;
    stepBits.gate <== counted;

    // (6) The ceilings are range-checked, so an inactive slot (ceiling 0, spend 0) passes.
    signal ceilingPart[8];
    var ceiling = 0;
    for (var k = 0; k < 8; k++) {
        ceilingPart[k] <== isCategory[k] * ceilings[k];
        ceiling += ceilingPart[k];
        categorySpend[k] <== isCategory[k] * spend;
    }
    component ceilingSlack = Bits(63);
    ceilingSlack.in <== ceiling - spend;

    // (7)
    token * (1 - active) === 0;
    salt * (1 - counted) === 0;

    // (8)
    component commitment = TaggedPoseidon(4, TAG_COMMITMENT());
    commitment.inputs[0] <== spend + at * (1 << 64) + category * (1 << 112) + regime * (1 << 115);
    commitment.inputs[1] <== periodId;
    commitment.inputs[2] <== token;
    commitment.inputs[3] <== salt;
    leaf <== counted * commitment.out;
}
