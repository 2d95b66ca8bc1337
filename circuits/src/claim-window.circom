pragma circom 2.1.6;

include "tags.circom";
include "claim-leaf.circom";
include "gated-bits.circom";
include "policy-bounds.circom";
include "tree-16.circom";

// ClaimWindow(TIER): every note of one period was authorized inside the window of the budget.
//
// Statement: the counted commitments of at most TIER authorizations, in index order with 0 elsewhere,
// hash to leavesRoot under periodId; the time of the first counted note is at least windowStart, no time is
// before the one of the note before it, and the last is at most windowEnd; so every time is in the window.
//
// Public signals, in this order: leavesRoot, policyDigest (outputs), periodId (input).
//
// | signal             | role    | bits  | constrained by                                     |
// |--------------------|---------|-------|----------------------------------------------------|
// | leavesRoot         | output  | field | the tree; the auditor recomputes it from the log   |
// | policyDigest       | output  | field | PolicyBounds; stated in the log                    |
// | periodId           | public  | 248   | every commitment                                   |
// | counted            | private | 1     | ClaimLeaf                                          |
// | step               | private | 48    | gated range check: ms since the note before        |
// | low                | private | 63    | gated range check: the spend, opaque               |
// | high               | private | 8     | gated range check: category and regime, opaque     |
// | token, salt        | private | field | ClaimLeaf                                          |
// | cap ... policySalt | private | -     | PolicyBounds                                       |
//
// The times are not inputs: the time of a note is windowStart and the steps so far. At most TIER steps of
// 48 bits cannot wrap, and the last time, being at most windowEnd, bounds every one before it to 48 bits.
// Times that go back have no witness: the attestor refuses such a period and so does the spend circuit.
//
// NOT claimed: any amount or sum; that the first note came after the last one of the period before; the
// real time of anything (both ends signed the time of a note; the log's order and anchors bound it).
//
// NOT enforced here, and by whom it is: that leavesRoot is over all notes of the period, that periodId is
// that period's, and that policyDigest was fixed before it: the verifier finds all three in an attestation.
//
// Constraint count: pinned per tier in artifacts.lock.
template ClaimWindow(TIER) {
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
    signal input step[TIER];
    signal input low[TIER];
    signal input high[TIER];
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

    component stepBits[TIER];
    component lowBits[TIER];
    component highBits[TIER];
    component slots[TIER];
    component leaves = Tree16(TIER, TAG_LEAVES());
    var at = windowStart;
    for (var i = 0; i < TIER; i++) {
        stepBits[i] = GatedBits(48);
        stepBits[i].in <== step[i];
        stepBits[i].gate <== counted[i];
        lowBits[i] = GatedBits(63);
        lowBits[i].in <== low[i];
        lowBits[i].gate <== counted[i];
        highBits[i] = GatedBits(8);
        highBits[i].in <== high[i];
        highBits[i].gate <== counted[i];

        at += step[i];
        // An uncounted slot hashes a time that no leaf shows.
        slots[i] = ClaimLeaf();
        slots[i].counted <== counted[i];
        slots[i].packed <== low[i] + at * (1 << 64) + high[i] * (1 << 112);
        slots[i].periodId <== periodId;
        slots[i].token <== token[i];
        slots[i].salt <== salt[i];

        leaves.leaves[i] <== slots[i].leaf;
    }
    leavesRoot <== leaves.root;

    component slack = Bits(48);
    slack.in <== windowEnd - at;
}
