pragma circom 2.1.6;

include "tagged-poseidon.circom";

function parentCount(n) {
    return (n + 15) \ 16;
}

// Tree16(N, TAG): the root of a 16-ary Poseidon tree, recomputed whole.
//
// Statement: root is the root over leaves[0..N-1] in order; every level is padded with zeros to a
// multiple of 16. Depth 1 for N = 16, 2 for 64 and 256, 3 for 1024. The whole tree is recomputed:
// a Merkle path per leaf would cost about ten times as much.
//
// | signal | role   | bits  | constrained by |
// |--------|--------|-------|----------------|
// | leaves | input  | field | the caller     |
// | root   | output | field | the nodes      |
//
// NOT enforced here: that a padding leaf is zero (the slot's duty).
//
// Cost at --O2: 609 a full node; children that are constant zeros save 3 each.
template Tree16(N, TAG) {
    signal input leaves[N];
    signal output root;

    var PARENTS = parentCount(N);
    component nodes[PARENTS];
    for (var p = 0; p < PARENTS; p++) {
        nodes[p] = TaggedPoseidon(16, TAG);
        for (var c = 0; c < 16; c++) {
            if (16 * p + c < N) {
                nodes[p].inputs[c] <== leaves[16 * p + c];
            } else {
                nodes[p].inputs[c] <== 0;
            }
        }
    }

    if (PARENTS == 1) {
        root <== nodes[0].out;
    } else {
        component above = Tree16(PARENTS, TAG);
        for (var p = 0; p < PARENTS; p++) {
            above.leaves[p] <== nodes[p].out;
        }
        root <== above.root;
    }
}
