pragma circom 2.1.6;

include "../src/claim-ceilings.circom";

// Up to 16 authorizations a period: the ceiling of each note.
component main {public [periodId]} = ClaimCeilings(16);
