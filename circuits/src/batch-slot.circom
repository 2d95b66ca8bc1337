pragma circom 2.1.6;

include "tags.circom";
include "gated-bits.circom";
include "tagged-poseidon.circom";

// BatchSlot(): one index of a period of batch notes: a counted batch of 1 to 16 payments of one pair,
// a void authorization, or padding.
//
// Statement:
//  (1) active is boolean and never rises after it fell (active slots are a prefix);
//  (2) counted is boolean and counted <= active;
//  (3) used items are a prefix: item 0 exactly in a counted slot, item i only after item i - 1;
//  (4) 0 <= spend_i < 2^48 and 0 <= step_i < 2^32, each by itself; both zero in an unused item;
//  (5) category is one-hot over 8, zero unless active; regime < 2^5, zero unless counted;
//  (6) every spend_i <= itemMax <= the ceiling of the category: the ceiling holds for each payment,
//      never for the batch;
//  (7) at = the running time of a counted slot: previousAt + a 48-bit step; zero unless counted;
//  (8) the last payment's time, at + all steps, is at most windowEnd; steps are not negative, so this
//      bounds every payment of the batch;
//  (9) token is zero in padding, salt is zero unless counted;
// (10) leaf = Poseidon(batch; w_0 .. w_5, header, periodId, token, salt) if counted, else 0, with
//      w_j = items 3j, 3j+1, 3j+2 at 80 bits each (spend | step << 48) and
//      header = at | category << 48 | regime << 51 | itemCount << 56.
//
// | signal          | role   | bits  | constrained by                            |
// |-----------------|--------|-------|-------------------------------------------|
// | activeBefore    | input  | 1     | the previous slot (1 for slot 0)          |
// | seenBefore      | input  | 1     | the previous slot (0 for slot 0)          |
// | previousAt      | input  | 48    | the previous slot                         |
// | windowEnd       | input  | 48    | the policy                                |
// | periodId        | input  | 248   | periodDigest, natively                    |
// | ceilings        | input  | 63    | the policy                                |
// | active, counted | input  | 1     | (1), (2)                                  |
// | used            | input  | 1     | (3); their sum is itemCount               |
// | spend           | input  | 48    | (4), (6)                                  |
// | step            | input  | 32    | (4), (8)                                  |
// | itemMax         | input  | 49    | (6): between the largest spend and the    |
// |                 |        |       | ceiling, zero unless counted              |
// | at              | input  | 48    | (7)                                       |
// | category        | input  | 3     | (5)                                       |
// | regime          | input  | 5     | (5)                                       |
// | token, salt     | input  | field | (9), and bound by the hashes              |
// | runningAt       | output | 48    | (7): authorization times, not payments'   |
// | first           | output | 1     | 1 in the first counted slot               |
// | leaf            | output | field | (10)                                      |
// | categorySpend   | output | 52    | spend in its category, 0 elsewhere        |
//
// Why itemMax: the ceiling is 63 bits wide and an item 48. Comparing each item with a 48-bit bound and
// only the bound with the ceiling costs 48 an item and 63 a batch instead of 63 an item. itemMax needs
// no range check of its own: it is item 0 plus a 48-bit slack, hence below 2^49.
//
// Why the batches are ordered by authorization time and not by the time of payments: two streams of one
// budget to two payees overlap, and neither may have to wait for the other's last payment.
//
// NOT enforced here: that salt has 128 bits of entropy (a weak salt hurts only the privacy of its
// own note); that token belongs to a logged authorization; that the payments happened at the times that
// the parties signed; signatures, seq and index: native checks.
//
// Cost at --O2: see the ledger in artifacts.lock.
template BatchSlot() {
    signal input activeBefore;
    signal input seenBefore;
    signal input previousAt;
    signal input windowEnd;
    signal input periodId;
    signal input ceilings[8];

    signal input active;
    signal input counted;
    signal input used[16];
    signal input spend[16];
    signal input step[16];
    signal input itemMax;
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

    // (3), (4), (6) The slack of every item is gated by the slot: itemMax is 0 in a slot without items.
    component spendBits[16];
    component stepBits[16];
    component itemSlack[16];
    var itemCount = 0;
    var batchSpend = 0;
    var lastItemAt = at;
    for (var i = 0; i < 16; i++) {
        if (i == 0) {
            used[i] === counted;
        } else {
            used[i] * (used[i] - used[i - 1]) === 0;
        }
        spendBits[i] = GatedBits(48);
        spendBits[i].in <== spend[i];
        spendBits[i].gate <== used[i];
        stepBits[i] = GatedBits(32);
        stepBits[i].in <== step[i];
        stepBits[i].gate <== used[i];
        itemSlack[i] = GatedBits(48);
        itemSlack[i].in <== itemMax - spend[i];
        itemSlack[i].gate <== counted;
        itemCount += used[i];
        batchSpend += spend[i];
        lastItemAt += step[i];
    }

    // (5)
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

    // (6) The ceilings are range-checked, so an inactive slot (ceiling 0, itemMax 0) passes. A batch
    // spends less than 16 * 2^48.
    signal ceilingPart[8];
    var ceiling = 0;
    for (var k = 0; k < 8; k++) {
        ceilingPart[k] <== isCategory[k] * ceilings[k];
        ceiling += ceilingPart[k];
        categorySpend[k] <== isCategory[k] * batchSpend;
    }
    component ceilingSlack = Bits(63);
    ceilingSlack.in <== ceiling - itemMax;

    // (7)
    runningAt <== previousAt + counted * (at - previousAt);
    at * (1 - counted) === 0;
    component atBits = GatedBits(48);
    atBits.in <== runningAt - previousAt;
    atBits.gate <== counted;

    // (8) Zero unless counted, and windowEnd has 48 bits: other slots pass.
    component windowSlack = Bits(48);
    windowSlack.in <== windowEnd - lastItemAt;

    // (9)
    token * (1 - active) === 0;
    salt * (1 - counted) === 0;

    // (10)
    component commitment = TaggedPoseidon(10, TAG_BATCH());
    for (var w = 0; w < 6; w++) {
        var word = 0;
        for (var i = 3 * w; i < 3 * w + 3 && i < 16; i++) {
            word += (spend[i] + step[i] * (1 << 48)) * (1 << (80 * (i - 3 * w)));
        }
        commitment.inputs[w] <== word;
    }
    commitment.inputs[6] <== at + category * (1 << 48) + regime * (1 << 51) + itemCount * (1 << 56);
    commitment.inputs[7] <== periodId;
    commitment.inputs[8] <== token;
    commitment.inputs[9] <== salt;
    leaf <== counted * commitment.out;
}
