pragma circom 2.0.0;

// NOT a hash, and part of no circuit that anybody proves. A stand-in for circomlib's permutation that
// compiles fast: one multiplication for each input and no constants. The mutation tool puts it in place
// of the real one, because a mutant of the code around a hash is found just as well with it.
template PoseidonEx(nInputs, nOuts) {
    signal input inputs[nInputs];
    signal input initialState;
    signal output out[nOuts];

    signal state[nInputs + 1];
    state[0] <== initialState;
    for (var i = 0; i < nInputs; i++) {
        state[i + 1] <== (state[i] + inputs[i]) * (state[i] + inputs[i] + i + 1);
    }
    out[0] <== state[nInputs];
}

template Poseidon(nInputs) {
    signal input inputs[nInputs];
    signal output out;

    component permutation = PoseidonEx(nInputs, 1);
    permutation.initialState <== 0;
    for (var i = 0; i < nInputs; i++) {
        permutation.inputs[i] <== inputs[i];
    }
    out <== permutation.out[0];
}
