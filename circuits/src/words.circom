pragma circom 2.1.6;

// Words(): eight amounts in three field elements.
//
// Statement: words = [x0 | x1 << 64 | x2 << 128, x3 | x4 << 64 | x5 << 128, x6 | x7 << 64].
//
// | signal | role   | bits | constrained by    |
// |--------|--------|------|-------------------|
// | values | input  | 64   | the caller        |
// | words  | output | 192  | linear, no cost   |
//
// NOT enforced here: that each value fits 64 bits; without it the packing is not injective, so
// every caller range-checks (63 bits) or bounds its values first.
//
// Cost: 0.
template Words() {
    signal input values[8];
    signal output words[3];

    for (var w = 0; w < 3; w++) {
        var sum = 0;
        for (var i = 0; i < 3; i++) {
            if (3 * w + i < 8) {
                sum += values[3 * w + i] * (1 << (64 * i));
            }
        }
        words[w] <== sum;
    }
}
