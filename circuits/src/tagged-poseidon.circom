pragma circom 2.1.6;

include "circomlib/circuits/poseidon.circom";

// TaggedPoseidon(N, TAG): Poseidon over N field elements in one domain.
//
// Statement: out = Poseidon(initial state TAG; inputs), circomlib's permutation of width N + 1 over
// BN254 (x^5, 8 full rounds), first element of the final state. The tag sits in the capacity
// element, so hashes of different domains never collide by construction of their inputs.
//
// | signal | role   | bits  | constrained by   |
// |--------|--------|-------|------------------|
// | inputs | input  | field | the caller       |
// | out    | output | field | the permutation  |
//
// NOT enforced here: the range of any input. 1 <= N <= 16.
//
// Cost at --O2: 3 * (8 * (N + 1) + partial rounds) - 3, the last 3 because the S-box of the
// constant tag folds away. N = 4: 297; N = 16: 609.
template TaggedPoseidon(N, TAG) {
    signal input inputs[N];
    signal output out;

    component permutation = PoseidonEx(N, 1);
    permutation.initialState <== TAG;
    for (var i = 0; i < N; i++) {
        permutation.inputs[i] <== inputs[i];
    }
    out <== permutation.out[0];
}
