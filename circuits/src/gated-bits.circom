pragma circom 2.1.6;

// GatedBits(BITS): a range check with an on/off gate.
//
// Statement: if gate = 1 then 0 <= in < 2^BITS; if gate = 0 then in = 0.
// Every bit satisfies b * (b - gate) = 0, so a closed gate forces every bit to zero and the range
// check doubles as the proof that an unused slot carries nothing.
//
// | signal | role  | bits | constrained by                          |
// |--------|-------|------|-----------------------------------------|
// | in     | input | BITS | recomposed from its bits                |
// | gate   | input | 1    | the caller                              |
//
// NOT enforced here: gate is boolean (the caller's duty). BITS <= 252, so 2^BITS < r and the
// recomposition cannot wrap.
//
// Cost: BITS constraints at --O2.
template GatedBits(BITS) {
    signal input in;
    signal input gate;

    assert(BITS <= 252);
    signal bits[BITS];
    var sum = 0;
    for (var i = 0; i < BITS; i++) {
        bits[i] <-- (in >> i) & 1;
        bits[i] * (bits[i] - gate) === 0;
        sum += bits[i] * (1 << i);
    }
    sum === in;
}

// Bits(BITS): 0 <= in < 2^BITS, without a gate.
//
// Cost: BITS constraints at --O2.
template Bits(BITS) {
    signal input in;

    component check = GatedBits(BITS);
    check.in <== in;
    check.gate <== 1;
}
