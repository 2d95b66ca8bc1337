pragma circom 2.1.6;

include "tags.circom";
include "gated-bits.circom";
include "opening.circom";
include "policy.circom";
include "slot.circom";
include "summary.circom";
include "tagged-poseidon.circom";
include "tokens.circom";
include "tree-16.circom";
include "words.circom";

// Spend(TIER): spending of one period of one budget stayed inside what the principal delegated.
//
// Statement, for at most TIER authorizations of period periodIndex:
//  (1) every counted note's commitment re-derives from its private fields under this period's id,
//      and the counted commitments, in index order with 0 elsewhere, hash to leavesRoot;
//  (2) every field is decomposed: each spend is in [0, 2^63) itself, each time in 48 bits, each
//      category one-hot, each regime in 5 bits; caps, ceilings and the window are range-checked;
//  (3) each spend is at most the ceiling of its category; cumulative spend per category is at most
//      that category's cap; the cumulative total is at most the cap of the budget;
//  (4) windowStart <= at <= windowEnd for every counted note, in non-decreasing order;
//  (5) tokensRoot is over every authorization issued, in index order, counted or void, each with
//      its category; slot and token share token and category; padding is zero everywhere;
//  (6) cumulative = opening + this period, and the opening is the summary of the period before
//      (zero for period 0), so k periods never allow k caps;
//  (7) summaryCommitment hides the totals, the count and the first and last time, and binds
//      policyDigest, periodDigest and nullifier = Poseidon(nullifier; budgetId, periodIndex).
//
// Public signals, in this order: leavesRoot, tokensRoot, summaryCommitment, policyDigest,
// periodDigest, nullifier. All are outputs; there are no public inputs.
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
// | active ... salt                      | private | -     | Slot                                  |
// | summarySalt                          | private | field | summaryCommitment                     |
//
// NOT enforced here, and by whom it is:
//  - signatures on notes, seq and index without gaps, inclusion in the log, voids: the auditor,
//    natively, on public data;
//  - that the leaves are all the notes and the tokens all the authorizations: the principal's signed
//    close carries tokensRoot and count; without a close that the auditor trusts, completeness is
//    "not shown";
//  - that policyDigest was fixed before the window: the log order and its anchor;
//  - that periodId is the hash of (budget, index) and that the parts of periodDigest are true: the
//    auditor recomputes them from public values;
//  - that the previous summary was attested: the auditor walks the chain of attestations.
//
// NOT shown by any of it: two parties who pay each other outside the log stay invisible; a payer
// and payee who both lie about an amount in a note they both sign prove their common lie. Readers of a
// sealed bundle learn the count of authorizations, the grouping of notes by pseudonymous note key,
// and log order. The chain learns the tier and the time of submission.
//
// Constraint count: pinned per tier in artifacts.lock.
template Spend(TIER) {
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
    signal input spend[TIER];
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
    // The spend circuit is number 1.
    period.inputs[11] <== (1 << 32) + TIER;
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
        slots[i] = Slot();
        slots[i].activeBefore <== activeBefore;
        slots[i].seenBefore <== seen;
        slots[i].previousAt <== runningAt;
        slots[i].periodId <== periodId;
        for (var k = 0; k < 8; k++) {
            slots[i].ceilings[k] <== ceilings[k];
        }
        slots[i].active <== active[i];
        slots[i].counted <== counted[i];
        slots[i].spend <== spend[i];
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

    // (4) Times never go back, so the last one bounds them all.
    component windowSlack = Bits(48);
    windowSlack.in <== windowEnd - runningAt;

    // (3), (6) Every addend is below TIER * 2^63, far below r: no sum wraps. A cumulative total that is
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
