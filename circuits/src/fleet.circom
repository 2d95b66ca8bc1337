pragma circom 2.1.6;

include "tags.circom";
include "fleet-slot.circom";
include "gated-bits.circom";
include "tagged-poseidon.circom";
include "tree-4.circom";

// Words of 128 bits for one bit a slot.
function flagWordCount(n) {
    return (n + 127) \ 128;
}

// Fleet(SIZE): a cycle of a fleet stayed inside the cap that its principal registered.
//
// Statement, for at most SIZE agents whose slots policyRoot fixes:
//  (1) policyRoot = Poseidon(fleet-policy; slotsRoot, cap | slotCount << 64, fleetId), slotsRoot the
//      4-ary tree over the leaves of the used slots, which are the first slotCount, and 0 elsewhere;
//  (2) every used slot is included or excluded and never both; an unused slot is neither;
//  (3) each included slot opens a summary of exactly its own policy and period (nullifier), and the
//      cumulative total inside is at most the slot's sub-cap;
//  (4) summariesRoot is the 4-ary tree over the commitments of the included slots, 0 elsewhere, at
//      the place of the slot;
//  (5) the sub-caps of all used slots, whatever became of them, are at most cap;
//  (6) consumed is the sum of the cumulative totals of the included slots, reserved the sum of the
//      sub-caps of the excluded ones. So consumed + reserved <= cap, and the rest may go on.
//
// Public signals, in this order: policyRoot, summariesRoot, amounts, included (a word of 128 flags,
// or two for 256 slots), context. context is an input; the others are outputs.
//   amounts = cap | consumed << 64 | reserved << 128 | slotCount << 192.
//
// | signal                       | role    | bits  | constrained by                               |
// |------------------------------|---------|-------|----------------------------------------------|
// | context                      | public  | 248   | a square; the contract computes it           |
// | fleetId                      | private | 248   | policyRoot                                   |
// | cap                          | private | 63    | range check; policyRoot, amounts             |
// | used ... salt                | private | -     | FleetSlot                                    |
//
// Ranges: every addend of the three sums is below 2^64 by itself and there are at most 256, so no sum
// wraps. (5) bounds the sub-caps by a 63-bit cap, hence each of them, and (3) bounds consumed and
// (6) reserved by sums of sub-caps: the parts of amounts do not overlap, and its packing is injective.
//
// NOT enforced here, and by whom it is:
//  - that the summaries are attested: the auditor verifies the agents' proofs off-chain; on the chain
//    anyone may demand the proof of a slot;
//  - that policyRoot was fixed before the window, that the windows of the slots lie in it, that no
//    slot is listed twice: the principal registers it, the contract fixes the time, and the digests of
//    the slots are published with it. A summary cannot be in two slots unless the principal listed
//    its policy and period twice;
//  - that an excluded slot failed: a wrong exclusion reserves the agent's whole sub-cap and hides
//    nothing of the fleet's bound; a late proof releases it;
//  - that the budget did not go on after the period that the nullifier names: anyone who holds an
//    attestation of a later period can show it;
//  - that context is this chain, registry, fleet, cycle and revision: the contract computes it.
//
// NOT shown by any of it: whatever the agents' proofs do not show (see spend.circom). The chain learns
// the totals of the fleet, which slots failed and why; of an included agent only that it kept its
// sub-cap.
//
// Constraint count: pinned per size in artifacts.lock.
template Fleet(SIZE) {
    signal input context;
    signal input fleetId;
    signal input cap;

    // One entry per slot.
    signal input used[SIZE];
    signal input included[SIZE];
    signal input policyDigest[SIZE];
    signal input nullifier[SIZE];
    signal input subCap[SIZE];
    signal input periodDigest[SIZE];
    signal input periodTotal[SIZE];
    signal input cumulativeTotal[SIZE];
    signal input counts[SIZE];
    signal input periodWords[SIZE][3];
    signal input cumulativeWords[SIZE][3];
    signal input salt[SIZE];

    signal output policyRoot;
    signal output summariesRoot;
    signal output amounts;
    signal output includedWords[flagWordCount(SIZE)];

    component slots[SIZE];
    component slotsTree = Tree4(SIZE, TAG_FLEET_SLOTS());
    component summariesTree = Tree4(SIZE, TAG_FLEET_SUMMARIES());
    var usedBefore = 1;
    var slotCount = 0;
    var granted = 0;
    var consumed = 0;
    var reserved = 0;
    for (var i = 0; i < SIZE; i++) {
        slots[i] = FleetSlot(i);
        slots[i].usedBefore <== usedBefore;
        slots[i].used <== used[i];
        slots[i].included <== included[i];
        slots[i].policyDigest <== policyDigest[i];
        slots[i].nullifier <== nullifier[i];
        slots[i].subCap <== subCap[i];
        slots[i].periodDigest <== periodDigest[i];
        slots[i].periodTotal <== periodTotal[i];
        slots[i].cumulativeTotal <== cumulativeTotal[i];
        slots[i].counts <== counts[i];
        for (var w = 0; w < 3; w++) {
            slots[i].periodWords[w] <== periodWords[i][w];
            slots[i].cumulativeWords[w] <== cumulativeWords[i][w];
        }
        slots[i].salt <== salt[i];

        slotsTree.leaves[i] <== slots[i].leaf;
        summariesTree.leaves[i] <== slots[i].summary;
        usedBefore = used[i];
        slotCount += used[i];
        granted += subCap[i];
        consumed += cumulativeTotal[i];
        reserved += slots[i].reserved;
    }
    summariesRoot <== summariesTree.root;

    // (5)
    component capBits = Bits(63);
    capBits.in <== cap;
    component capSlack = Bits(63);
    capSlack.in <== cap - granted;

    // (1)
    component policy = TaggedPoseidon(3, TAG_FLEET_POLICY());
    policy.inputs[0] <== slotsTree.root;
    policy.inputs[1] <== cap + slotCount * (1 << 64);
    policy.inputs[2] <== fleetId;
    policyRoot <== policy.out;

    // (6)
    amounts <== cap + consumed * (1 << 64) + reserved * (1 << 128) + slotCount * (1 << 192);
    for (var w = 0; w < flagWordCount(SIZE); w++) {
        var word = 0;
        for (var i = 0; i < 128; i++) {
            if (128 * w + i < SIZE) {
                word += included[128 * w + i] * (1 << i);
            }
        }
        includedWords[w] <== word;
    }

    // Without a constraint on it a public input could be replaced in a finished proof.
    signal contextSquare;
    contextSquare <== context * context;
}
