pragma circom 2.1.6;

include "../src/fleet.circom";

// Up to 64 agents a cycle. The context is a public input, every other public signal an output.
component main {public [context]} = Fleet(64);
