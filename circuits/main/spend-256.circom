pragma circom 2.1.6;

include "../src/spend.circom";

// Up to 256 authorizations a period. All six public signals are outputs.
component main = Spend(256);
