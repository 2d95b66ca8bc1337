pragma circom 2.1.6;

include "tagged-poseidon.circom";

// Tree4(N, TAG): the root of a 4-ary Poseidon tree, recomputed whole.
//
// Statement: root is the root over leaves[0..N-1] in order. N is a power of 4, so every node has
// four children and nothing is padded: depth 3 for N = 64, 4 for 256.
//
// | signal | role   | bits  | constrained by |
// |--------|--------|-------|----------------|
// | leaves | input  | field | the caller     |
// | root   | output | field | the nodes      |
//
// Why four children: the chain hashes a path when a slot is challenged, and one node of four costs
// it less than the two levels of a binary tree that it replaces. Inside the circuit a tree of N
// leaves takes (N - 1) / 3 nodes of 297 instead of N - 1 of 240.
//
// NOT enforced here: that the leaf of an unused slot is zero (the slot's duty).
//
// Cost at --O2: 297 a node.
template Tree4(N, TAG) {
    signal input leaves[N];
    signal output root;

    assert(N >= 4 && N % 4 == 0);
    var PARENTS = N \ 4;
    component nodes[PARENTS];
    for (var p = 0; p < PARENTS; p++) {
        nodes[p] = TaggedPoseidon(4, TAG);
        for (var c = 0; c < 4; c++) {
            nodes[p].inputs[c] <== leaves[4 * p + c];
        }
    }

    if (PARENTS == 1) {
        root <== nodes[0].out;
    } else {
        component above = Tree4(PARENTS, TAG);
        for (var p = 0; p < PARENTS; p++) {
            above.leaves[p] <== nodes[p].out;
        }
        root <== above.root;
    }
}
