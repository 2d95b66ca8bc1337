pragma circom 2.1.6;

include "../src/claim-window.circom";

// Up to 16 authorizations a period: the time of each note.
component main {public [periodId]} = ClaimWindow(16);
