pragma circom 2.1.6;

include "tags.circom";
include "batch-slot.circom";
include "gated-bits.circom";
include "opening.circom";
include "policy.circom";
include "summary.circom";
include "tagged-poseidon.circom";
include "tokens.circom";
include "tree-16.circom";
include "words.circom";

// Batch(TIER): spending of one period of one budget stayed inside what the principal delegated, where
// every note of the period is a batch note: one co-signed commitment for up to 16 payments of one pair.
//
// Statement, for at most TIER authorizations of period periodIndex, so at most 16 * TIER payments:
//  (1) every counted note's commitment re-derives from its private fields under this period's id,
//      and the counted commitments, in index order with 0 elsewhere, hash to leavesRoot;
//  (2) every field is decomposed: each payment's spend is in [0, 2^48) and its time step in [0, 2^32)
//      by itself, each authorization time in 48 bits, each category one-hot, each regime in 5 bits;
//      the payments of a note are a prefix of 1 to 16; caps, ceilings and the window are range-checked;
//  (3) each payment is at most the ceiling of its category; cumulative spend per category is at most
//      that category's cap; the cumulative total is at most the cap of the budget;
//  (4) windowStart <= the time of each payment <= windowEnd; times never go back inside a note, and
//      neither do the authorization times from note to note;
//  (5) tokensRoot is over every authorization issued, in index order, counted or void, each with
//      its category; slot and token share token and category; padding is zero everywhere;
//  (6) cumulative = opening + this period, and the opening is the summary of the period before
//      (zero for period 0), so k periods never allow k caps. That period may be of single notes;
//  (7) summaryCommitment hides the totals, the count and the first and last authorization time, and
//      binds policyDigest, periodDigest and nullifier = Poseidon(nullifier; budgetId, periodIndex).
//
// Public signals, in this order: leavesRoot, tokensRoot, summaryCommitment, policyDigest,
// periodDigest, nullifier. All are outputs; there are no public inputs. The circuit word in
// periodDigest tells this circuit (2) from the one of single notes (1): a note of one kind has no
// leaf in the other, the two commitments live in different Poseidon domains.
//
// | signal                               | role    | bits  | constrained by                        |
// |--------------------------------------|---------|-------|---------------------------------------|
// | budgetId, denomId                    | private | 248   | policyDigest, periodDigest            |
// | cap, ceilings, caps                  | private | 63    | Policy                                |
// | windowStart, windowEnd               | private | 48    | Policy                                |
// | policySalt                           | private | field | policyDigest                          |
// | periodId ... registry                | private | field | periodDigest, recomputed natively     |
// | treeSizes                            | private | 96    | periodDigest, recomputed natively     |
// | opening*                             | private | -     | Opening                               |
// | active ... salt                      | private | -     | BatchSlot                             |
// | summarySalt                          | private | field | summaryCommitment                     |
//
// NOT enforced here, and by whom it is: as for Spend (spend.circom). Also not: that the payments of a
// note were made one by one; the pair signs them together, as one object.
//
// NOT shown by any of it: as for Spend. Readers of a sealed bundle see that a note is a batch; not of
// how many payments.
//
// Constraint count: pinned per tier in artifacts.lock.
template Batch(TIER) {
    // The policy.
    signal input budgetId;
    signal input denomId;
    signal input cap;
    signal input windowStart;
    signal input windowEnd;
    signal input ceilings[8];
    signal input caps[8];
    signal input policySalt;

    // The period: public values that enter one digest.
    signal input periodId;
    signal input periodIndex;
    signal input principal;
    signal input agent;
    signal input origin;
    signal input treeSizes;
    signal input lastRoot;
    signal input chainId;
    signal input registry;

    // The opening of the previous period's summary; all zero in period 0.
    signal input openingPeriodDigest;
    signal input openingPeriodTotal;
    signal input openingCountAndFirst;
    signal input openingLastAt;
    signal input openingPeriodWords[3];
    signal input openingTotals[8];
    signal input openingSalt;

    // One entry per index.
    signal input active[TIER];
    signal input counted[TIER];
    signal input used[TIER][16];
    signal input spend[TIER][16];
    signal input step[TIER][16];
    signal input itemMax[TIER];
    signal input at[TIER];
    signal input category[TIER];
    signal input regime[TIER];
    signal input token[TIER];
    signal input salt[TIER];

    signal input summarySalt;

    signal output leavesRoot;
    signal output tokensRoot;
    signal output summaryCommitment;
    signal output policyDigest;
    signal output periodDigest;
    signal output nullifier;

    component policy = Policy();
    policy.budgetId <== budgetId;
    policy.denomId <== denomId;
    policy.cap <== cap;
    policy.windowStart <== windowStart;
    policy.windowEnd <== windowEnd;
    for (var k = 0; k < 8; k++) {
        policy.ceilings[k] <== ceilings[k];
        policy.caps[k] <== caps[k];
    }
    policy.salt <== policySalt;
    policyDigest <== policy.digest;

    component opening = Opening();
    opening.budgetId <== budgetId;
    opening.policyDigest <== policy.digest;
    opening.periodIndex <== periodIndex;
    opening.windowStart <== windowStart;
    opening.periodDigest <== openingPeriodDigest;
    opening.periodTotal <== openingPeriodTotal;
    opening.countAndFirst <== openingCountAndFirst;
    opening.lastAt <== openingLastAt;
    for (var w = 0; w < 3; w++) {
        opening.periodWords[w] <== openingPeriodWords[w];
    }
    for (var k = 0; k < 8; k++) {
        opening.totals[k] <== openingTotals[k];
    }
    opening.salt <== openingSalt;

    component period = TaggedPoseidon(12, TAG_PERIOD());
    period.inputs[0] <== periodId;
    period.inputs[1] <== budgetId;
    period.inputs[2] <== periodIndex;
    period.inputs[3] <== principal;
    period.inputs[4] <== agent;
    period.inputs[5] <== origin;
    period.inputs[6] <== treeSizes;
    period.inputs[7] <== lastRoot;
    period.inputs[8] <== opening.previousSummary;
    period.inputs[9] <== chainId;
    period.inputs[10] <== registry;
    // The batch circuit is number 2.
    period.inputs[11] <== 2 * (1 << 32) + TIER;
    periodDigest <== period.out;

    component identity = TaggedPoseidon(2, TAG_NULLIFIER());
    identity.inputs[0] <== budgetId;
    identity.inputs[1] <== periodIndex;
    nullifier <== identity.out;

    // Slots, in index order.
    component slots[TIER];
    component leaves = Tree16(TIER, TAG_LEAVES());
    component tokens = TokensRoot(TIER);
    signal firstAtPart[TIER];
    var activeBefore = 1;
    var seen = 0;
    var runningAt = opening.openingAt;
    var count = 0;
    var firstAt = 0;
    var totals[8] = [0, 0, 0, 0, 0, 0, 0, 0];
    for (var i = 0; i < TIER; i++) {
        slots[i] = BatchSlot();
        slots[i].activeBefore <== activeBefore;
        slots[i].seenBefore <== seen;
        slots[i].previousAt <== runningAt;
        slots[i].windowEnd <== windowEnd;
        slots[i].periodId <== periodId;
        for (var k = 0; k < 8; k++) {
            slots[i].ceilings[k] <== ceilings[k];
        }
        slots[i].active <== active[i];
        slots[i].counted <== counted[i];
        for (var j = 0; j < 16; j++) {
            slots[i].used[j] <== used[i][j];
            slots[i].spend[j] <== spend[i][j];
            slots[i].step[j] <== step[i][j];
        }
        slots[i].itemMax <== itemMax[i];
        slots[i].at <== at[i];
        slots[i].category <== category[i];
        slots[i].regime <== regime[i];
        slots[i].token <== token[i];
        slots[i].salt <== salt[i];

        leaves.leaves[i] <== slots[i].leaf;
        tokens.tokens[i] <== token[i];
        tokens.categories[i] <== category[i];

        firstAtPart[i] <== slots[i].first * at[i];
        activeBefore = active[i];
        seen += slots[i].first;
        runningAt = slots[i].runningAt;
        count += active[i];
        firstAt += firstAtPart[i];
        for (var k = 0; k < 8; k++) {
            totals[k] += slots[i].categorySpend[k];
        }
    }
    leavesRoot <== leaves.root;
    tokensRoot <== tokens.root;

    // (4) Each slot bounds its own payments; this bounds the window of a period that counts none.
    component windowSlack = Bits(48);
    windowSlack.in <== windowEnd - runningAt;

    // (3), (6) Every sum is below 2^63 + TIER * 2^52, far below r: no sum wraps. A cumulative total that is
    // at most its 63-bit cap is itself below 2^63, which makes the packing below injective.
    component capSlack[8];
    component periodWords = Words();
    var cumulativeTotal = 0;
    var periodTotal = 0;
    for (var k = 0; k < 8; k++) {
        capSlack[k] = Bits(63);
        capSlack[k].in <== caps[k] - (openingTotals[k] + totals[k]);
        periodWords.values[k] <== totals[k];
        periodTotal += totals[k];
        cumulativeTotal += openingTotals[k] + totals[k];
    }
    component totalSlack = Bits(63);
    totalSlack.in <== cap - cumulativeTotal;

    // (7)
    component summary = Summary();
    summary.policyDigest <== policy.digest;
    summary.periodDigest <== period.out;
    summary.nullifier <== identity.out;
    summary.periodTotal <== periodTotal;
    summary.cumulativeTotal <== cumulativeTotal;
    summary.counts <== count + firstAt * (1 << 32) + runningAt * (1 << 80);
    for (var w = 0; w < 3; w++) {
        summary.periodWords[w] <== periodWords.words[w];
    }
    for (var k = 0; k < 8; k++) {
        summary.cumulative[k] <== openingTotals[k] + totals[k];
    }
    summary.salt <== summarySalt;
    summaryCommitment <== summary.commitment;
}
