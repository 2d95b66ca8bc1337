pragma circom 2.1.6;

include "../src/claim-aggregate.circom";

// Up to 64 authorizations a period: the sum of the notes.
component main {public [periodId]} = ClaimAggregate(64);
