pragma circom 2.1.6;

include "tags.circom";
include "tagged-poseidon.circom";

// ClaimLeaf(): one index of a notes tree, for a claim about single notes: a commitment or nothing.
//
// Statement: counted is boolean; leaf = Poseidon(commitment; packed, periodId, token, salt) if counted,
// else 0. The caller makes packed from fields that it range-checks over all 120 bits, so a commitment
// opens in one way only.
//
// | signal      | role   | bits  | constrained by                                    |
// |-------------|--------|-------|---------------------------------------------------|
// | counted     | input  | 1     | boolean                                           |
// | packed      | input  | 120   | the caller                                        |
// | periodId    | input  | 248   | public signal of the claim                        |
// | token, salt | input  | field | the hash; without effect unless counted           |
// | leaf        | output | field | the hash, or 0                                    |
//
// NOT enforced here: anything about tokens, void authorizations and their places: a claim says what the
// counted notes are, and tokensRoot is no signal of it.
//
// Cost at --O2: 299; see the ledger in artifacts.lock.
template ClaimLeaf() {
    signal input counted;
    signal input packed;
    signal input periodId;
    signal input token;
    signal input salt;
    signal output leaf;

    counted * (counted - 1) === 0;

    component commitment = TaggedPoseidon(4, TAG_COMMITMENT());
    commitment.inputs[0] <== packed;
    commitment.inputs[1] <== periodId;
    commitment.inputs[2] <== token;
    commitment.inputs[3] <== salt;
    leaf <== counted * commitment.out;
}
