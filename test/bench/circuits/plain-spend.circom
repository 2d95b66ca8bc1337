pragma circom 2.2.0;

/*
 * The CONTROL of `npm run bench -- prover --control`, not part of the product: a spend proof as it is usually
 * written. Every leaf brings a binary Merkle path of its own, and every addition to the running total is
 * checked to fit 64 bits.
 *
 * Statement: COUNT leaves under `root`, each Poseidon(spend, at, category, salt); Σ spend ≤ cap.
 * NOT enforced here, though the real statement has it: windows, ceilings, category caps, one-to-one tokens,
 * periods, openings, nullifiers; nor that two leaves differ.
 */

include "circomlib/circuits/poseidon.circom";
include "circomlib/circuits/bitify.circom";

// The parent of `node` and `sibling`; `right` says on which side `node` stands.
template PathStep() {
    signal input node;
    signal input sibling;
    signal input right;
    signal output parent;

    right * (1 - right) === 0;
    signal moved <== right * (sibling - node);
    parent <== Poseidon(2)([node + moved, sibling - moved]);
}

template PlainSpend(COUNT, DEPTH) {
    signal input root;
    signal input cap;
    signal input spend[COUNT];
    signal input at[COUNT];
    signal input category[COUNT];
    signal input salt[COUNT];
    signal input siblings[COUNT][DEPTH];
    signal input rights[COUNT][DEPTH];

    signal totals[COUNT + 1];
    signal nodes[COUNT][DEPTH + 1];
    totals[0] <== 0;
    for (var i = 0; i < COUNT; i++) {
        nodes[i][0] <== Poseidon(4)([spend[i], at[i], category[i], salt[i]]);
        for (var level = 0; level < DEPTH; level++) {
            nodes[i][level + 1] <== PathStep()(nodes[i][level], siblings[i][level], rights[i][level]);
        }
        nodes[i][DEPTH] === root;
        totals[i + 1] <== totals[i] + spend[i];
        _ <== Num2Bits(64)(totals[i + 1]);
    }
    _ <== Num2Bits(64)(cap - totals[COUNT]);
}

component main {public [root, cap]} = PlainSpend(64, 6);
