pragma circom 2.1.6;

include "tags.circom";
include "tagged-poseidon.circom";
include "tree-16.circom";

function categoryWordCount(n) {
    return (n + 79) \ 80;
}

// TokensRoot(TIER): the root over every authorization issued in the period, in index order, each
// with the category that the principal fixed for it.
//
// Statement: root = Poseidon(tokens; Tree16(tokens), categoryWord_0, ...) where categoryWord_w
// packs the categories of slots 80w .. 80w+79 at three bits each.
//
// | signal     | role   | bits  | constrained by                                  |
// |------------|--------|-------|-------------------------------------------------|
// | tokens     | input  | field | the slot: zero in padding, bound in commitments |
// | categories | input  | 3     | the slot: one-hot                               |
// | root       | output | field | the hashes                                      |
//
// Why the category is not packed into the leaf: token * 8 + category has a second opening
// (token - d/8 mod r, category + d) for every d, so a payee who colludes could move a payment into
// a category with a laxer ceiling unless every token were range-checked at 248 constraints a note.
// The two enter the hash apart, and cost nothing per note.
//
// NOT enforced here: that a category is below 8; that a token is the hash of a real authorization
// (checked natively, by the payee at hold time and by the holder of a full bundle).
//
// Cost at --O2: the tree, and 240 for tiers 16 and 64 (one word).
template TokensRoot(TIER) {
    signal input tokens[TIER];
    signal input categories[TIER];
    signal output root;

    component tree = Tree16(TIER, TAG_TOKENS());
    for (var i = 0; i < TIER; i++) {
        tree.leaves[i] <== tokens[i];
    }

    var WORDS = categoryWordCount(TIER);
    component top = TaggedPoseidon(1 + WORDS, TAG_TOKENS());
    top.inputs[0] <== tree.root;
    for (var w = 0; w < WORDS; w++) {
        var word = 0;
        for (var i = 0; i < 80; i++) {
            if (80 * w + i < TIER) {
                word += categories[80 * w + i] * (1 << (3 * i));
            }
        }
        top.inputs[1 + w] <== word;
    }
    root <== top.out;
}
