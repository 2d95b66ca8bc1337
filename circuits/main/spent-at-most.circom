pragma circom 2.1.6;

include "../src/spent-at-most.circom";

// The cumulative total of a summary against a public bound.
component main {public [bound]} = SpentAtMost();
