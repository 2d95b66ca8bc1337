pragma circom 2.1.6;

include "../src/remaining-at-least.circom";

// What a budget has left against a public floor.
component main {public [floor]} = RemainingAtLeast();
