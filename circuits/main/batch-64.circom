pragma circom 2.1.6;

include "../src/batch.circom";

// Up to 64 authorizations a period. All six public signals are outputs.
component main = Batch(64);
