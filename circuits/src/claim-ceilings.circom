pragma circom 2.1.6;

include "tags.circom";
include "claim-leaf.circom";
include "gated-bits.circom";
include "tagged-poseidon.circom";
include "tree-16.circom";
include "words.circom";

// CategoryCeiling(): the ceiling of a note's category.
//
// Statement: category is below 8, and 0 if gate is 0; out = ceilings[category]. Selected by the three bits
// of the category: cheaper than one-hot over eight where nothing is summed by category.
//
// | signal   | role   | bits | constrained by                |
// |----------|--------|------|-------------------------------|
// | category | input  | 3    | recomposed from its bits      |
// | gate     | input  | 1    | the caller                    |
// | ceilings | input  | 63   | the caller                    |
// | out      | output | 63   | seven products                |
//
// NOT enforced here: that gate is boolean; any range of the ceilings.
//
// Cost: 10.
template CategoryCeiling() {
    signal input category;
    signal input gate;
    signal input ceilings[8];
    signal output out;

    signal bits[3];
    for (var b = 0; b < 3; b++) {
        bits[b] <-- (category >> b) & 1;
        bits[b] * (bits[b] - gate) === 0;
    }
    bits[0] + 2 * bits[1] + 4 * bits[2] === category;

    signal pairs[4];
    for (var k = 0; k < 4; k++) {
        pairs[k] <== ceilings[2 * k] + bits[0] * (ceilings[2 * k + 1] - ceilings[2 * k]);
    }
    signal halves[2];
    for (var k = 0; k < 2; k++) {
        halves[k] <== pairs[2 * k] + bits[1] * (pairs[2 * k + 1] - pairs[2 * k]);
    }
    out <== halves[0] + bits[2] * (halves[1] - halves[0]);
}

// ClaimCeilings(TIER): every note of one period is at most the ceiling of its category.
//
// Statement: the counted commitments of at most TIER authorizations, in index order with 0 elsewhere,
// hash to leavesRoot under periodId; each spend is in [0, 2^63) by itself and at most the ceiling that
// policyDigest fixes for the note's category.
//
// Public signals, in this order: leavesRoot, policyDigest (outputs), periodId (input).
//
// | signal             | role    | bits  | constrained by                                     |
// |--------------------|---------|-------|----------------------------------------------------|
// | leavesRoot         | output  | field | the tree; the auditor recomputes it from the log   |
// | policyDigest       | output  | field | the hash; stated in the log                        |
// | periodId           | public  | 248   | every commitment                                   |
// | counted            | private | 1     | ClaimLeaf                                          |
// | spend              | private | 63    | gated range check                                  |
// | at                 | private | 48    | gated range check, opaque                          |
// | category           | private | 3     | CategoryCeiling                                    |
// | regime             | private | 5     | gated range check, opaque                          |
// | token, salt        | private | field | ClaimLeaf                                          |
// | ceilings           | private | 63    | range check, and the digest                        |
// | capAndWindow       | private | field | the digest; opaque here                            |
// | capWords           | private | field | the digest; opaque here                            |
// | policySalt ...     | private | field | the digest                                         |
//
// NOT claimed: any sum (many small notes pass), a category cap, the window, the order of times, void
// authorizations. Nor that the category of a note is the one which the principal's book fixed for its
// authorization: tokensRoot is no signal of this claim; the spend proof ties the two.
//
// NOT enforced here, and by whom it is: that leavesRoot is over all notes of the period, that periodId is
// that period's, and that policyDigest was fixed before it: the verifier finds all three in an attestation.
//
// Constraint count: pinned per tier in artifacts.lock.
template ClaimCeilings(TIER) {
    signal input budgetId;
    signal input denomId;
    signal input capAndWindow;
    signal input ceilings[8];
    signal input capWords[3];
    signal input policySalt;

    signal input periodId;

    signal input counted[TIER];
    signal input spend[TIER];
    signal input at[TIER];
    signal input category[TIER];
    signal input regime[TIER];
    signal input token[TIER];
    signal input salt[TIER];

    signal output leavesRoot;
    signal output policyDigest;

    component ceilingBits[8];
    component ceilingWords = Words();
    for (var k = 0; k < 8; k++) {
        ceilingBits[k] = Bits(63);
        ceilingBits[k].in <== ceilings[k];
        ceilingWords.values[k] <== ceilings[k];
    }
    component digest = TaggedPoseidon(10, TAG_POLICY());
    digest.inputs[0] <== budgetId;
    digest.inputs[1] <== denomId;
    digest.inputs[2] <== capAndWindow;
    for (var w = 0; w < 3; w++) {
        digest.inputs[3 + w] <== ceilingWords.words[w];
        digest.inputs[6 + w] <== capWords[w];
    }
    digest.inputs[9] <== policySalt;
    policyDigest <== digest.out;

    component spendBits[TIER];
    component atBits[TIER];
    component regimeBits[TIER];
    component ceiling[TIER];
    component slack[TIER];
    component slots[TIER];
    component leaves = Tree16(TIER, TAG_LEAVES());
    for (var i = 0; i < TIER; i++) {
        spendBits[i] = GatedBits(63);
        spendBits[i].in <== spend[i];
        spendBits[i].gate <== counted[i];
        atBits[i] = GatedBits(48);
        atBits[i].in <== at[i];
        atBits[i].gate <== counted[i];
        regimeBits[i] = GatedBits(5);
        regimeBits[i].in <== regime[i];
        regimeBits[i].gate <== counted[i];

        // An uncounted slot has spend 0 and category 0: it passes under any ceiling.
        ceiling[i] = CategoryCeiling();
        ceiling[i].category <== category[i];
        ceiling[i].gate <== counted[i];
        for (var k = 0; k < 8; k++) {
            ceiling[i].ceilings[k] <== ceilings[k];
        }
        slack[i] = Bits(63);
        slack[i].in <== ceiling[i].out - spend[i];

        slots[i] = ClaimLeaf();
        slots[i].counted <== counted[i];
        slots[i].packed <== spend[i] + at[i] * (1 << 64) + category[i] * (1 << 112) + regime[i] * (1 << 115);
        slots[i].periodId <== periodId;
        slots[i].token <== token[i];
        slots[i].salt <== salt[i];

        leaves.leaves[i] <== slots[i].leaf;
    }
    leavesRoot <== leaves.root;
}
