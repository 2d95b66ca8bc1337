pragma circom 2.1.6;

include "tags.circom";
include "gated-bits.circom";
include "summary.circom";
include "tagged-poseidon.circom";

// FleetSlot(INDEX): one agent's place in a cycle: included, excluded, or unused.
//
// Statement:
//  (1) used is boolean and never rises after it fell (used slots are a prefix);
//  (2) included is boolean and included <= used. A used slot that is not included is excluded;
//  (3) 0 <= cumulativeTotal < 2^63, zero unless included;
//  (4) 0 <= subCap - cumulativeTotal < 2^63, and subCap = 0 in an unused slot. So subCap is in
//      [0, 2^64), by itself where nothing is included; with the caller's bound on the sum of all
//      sub-caps it is below 2^63, without a range check of its own;
//  (5) leaf = Poseidon(fleet-slot; policyDigest, nullifier, subCap, INDEX) if used, else 0, and then
//      policyDigest and nullifier are zero;
//  (6) summary = the summary commitment that opens with this slot's policyDigest and nullifier and
//      with this cumulativeTotal if included, else 0, and then the whole opening is zero;
//  (7) reserved = subCap if excluded, else 0.
//
// | signal            | role   | bits  | constrained by                                         |
// |-------------------|--------|-------|--------------------------------------------------------|
// | usedBefore        | input  | 1     | the previous slot (1 for slot 0)                       |
// | used, included    | input  | 1     | (1), (2)                                               |
// | policyDigest      | input  | field | leaf; zero if unused                                   |
// | nullifier         | input  | field | leaf; zero if unused                                   |
// | subCap            | input  | 64    | (4); 63 bits with the caller's bound; leaf             |
// | periodDigest      | input  | field | summary; opaque here, zero unless included             |
// | periodTotal       | input  | field | summary; opaque here, zero unless included             |
// | cumulativeTotal   | input  | 63    | (3), (4); summary                                      |
// | counts            | input  | field | summary; opaque here, zero unless included             |
// | periodWords       | input  | field | summary; opaque here, zero unless included             |
// | cumulativeWords   | input  | field | summary; opaque here, zero unless included             |
// | salt              | input  | field | summary; zero unless included                          |
// | leaf              | output | field | (5)                                                    |
// | summary           | output | field | (6)                                                    |
// | reserved          | output | 63    | (7)                                                    |
//
// NOT enforced here: that the summary was attested. A spend or batch proof whose public signals 2, 3 and
// 5 are summary, policyDigest and nullifier shows it, and that cumulativeTotal is the sum of what was
// spent; the auditor checks that proof, and anyone can ask for it on the chain.
//
// Cost at --O2: see the ledger in docs/reference/fleet-proof.md.
template FleetSlot(INDEX) {
    signal input usedBefore;
    signal input used;
    signal input included;
    signal input policyDigest;
    signal input nullifier;
    signal input subCap;
    signal input periodDigest;
    signal input periodTotal;
    signal input cumulativeTotal;
    signal input counts;
    signal input periodWords[3];
    signal input cumulativeWords[3];
    signal input salt;

    signal output leaf;
    signal output summary;
    signal output reserved;

    // (1) used is 0 or what the slot before was.
    used * (used - usedBefore) === 0;
    // (2) included is 0 or used.
    included * (included - used) === 0;

    // (3), (4)
    component totalBits = GatedBits(63);
    totalBits.in <== cumulativeTotal;
    totalBits.gate <== included;
    component subCapSlack = GatedBits(63);
    subCapSlack.in <== subCap - cumulativeTotal;
    subCapSlack.gate <== used;

    // (5)
    policyDigest * (1 - used) === 0;
    nullifier * (1 - used) === 0;
    component slot = TaggedPoseidon(4, TAG_FLEET_SLOT());
    slot.inputs[0] <== policyDigest;
    slot.inputs[1] <== nullifier;
    slot.inputs[2] <== subCap;
    slot.inputs[3] <== INDEX;
    leaf <== used * slot.out;

    // (6) The words are opaque, so each enters whole, as the first of the values that it packs.
    component opening = Summary();
    opening.policyDigest <== policyDigest;
    opening.periodDigest <== periodDigest;
    opening.nullifier <== nullifier;
    opening.periodTotal <== periodTotal;
    opening.cumulativeTotal <== cumulativeTotal;
    opening.counts <== counts;
    for (var w = 0; w < 3; w++) {
        opening.periodWords[w] <== periodWords[w];
    }
    for (var k = 0; k < 8; k++) {
        if (k % 3 == 0) {
            opening.cumulative[k] <== cumulativeWords[k \ 3];
        } else {
            opening.cumulative[k] <== 0;
        }
    }
    opening.salt <== salt;
    summary <== included * opening.commitment;

    periodDigest * (1 - included) === 0;
    periodTotal * (1 - included) === 0;
    counts * (1 - included) === 0;
    for (var w = 0; w < 3; w++) {
        periodWords[w] * (1 - included) === 0;
        cumulativeWords[w] * (1 - included) === 0;
    }
    salt * (1 - included) === 0;

    // (7)
    reserved <== (used - included) * subCap;
}
