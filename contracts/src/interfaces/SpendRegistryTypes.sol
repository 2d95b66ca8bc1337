// SPDX-License-Identifier: GPL-3.0-only
pragma solidity 0.8.37;

/// Where a cycle is. `Open → Pending → Final`; a rollback or a barred slot leads from `Pending` back to `Open`;
/// nothing leads away from `Final`.
enum CycleState {
    None,
    Open,
    Pending,
    Final
}

/// Where a demand is.
enum DemandState {
    None,
    Open,
    Answered,
    Returned
}

/// Where a late release is. `Refused`: a later period was shown; it can't be released again.
enum ReleaseState {
    None,
    Waiting,
    Claimed,
    Refused
}

/// What a registry is deployed with, for good.
struct Config {
    /// Wei that settling a cycle locks.
    uint256 bond;
    /// Wei that a demand locks.
    uint256 demandDeposit;
    /// Seconds after a settlement in which proofs may be demanded.
    uint32 challengeWindow;
    /// Seconds after a demand in which it may be answered.
    uint32 responseWindow;
    /// Poseidon of two, three and four inputs.
    address poseidonT3;
    address poseidonT4;
    address poseidonT5;
}

/// A circuit and the contract that verifies its proofs.
struct CircuitVerifier {
    bytes32 circuitId;
    address verifier;
}

struct Fleet {
    address principal;
    /// The newest cycle; 0 before the first.
    uint64 cycle;
    address aggregator;
    /// Ledger units. Wider than an amount, so that no sum of remainders can keep a cycle from becoming final.
    uint96 available;
}

struct Cycle {
    bytes32 policyRoot;
    /// Ledger units.
    uint64 cap;
    /// Milliseconds since 1970.
    uint48 windowStart;
    uint48 windowEnd;
    /// Used slots, and slots of the circuit: 64 or 256.
    uint16 slotCount;
    uint16 size;
    /// How many times the cycle was rolled back.
    uint32 revision;
    CycleState state;
    /// Ledger units.
    uint64 consumed;
    uint64 reserved;
    /// Seconds since 1970.
    uint40 settledAt;
    uint16 includedCount;
    uint16 openDemands;
    /// 1 + the first slot whose summary was shown not to count; 0 for none. Then the cycle never becomes final
    /// under this revision: it is settled again without the slot.
    uint16 barred;
    bytes32 summariesRoot;
    /// Bit i is set if slot i is included.
    uint256 included;
    /// Chain over the final totals of this and all earlier cycles; 0 before.
    bytes32 root;
    /// Four bits for each excluded slot, in slot order: its failure code, 0 once released.
    uint256[4] codes;
}

struct Demand {
    address demander;
    /// Seconds since 1970; an answer is in time until it, inclusive.
    uint40 deadline;
    DemandState state;
}

struct Release {
    /// Ledger units: the slot's sub-cap, and what it spent at most.
    uint64 subCap;
    uint64 bound;
    /// Seconds since 1970 after which it may be claimed.
    uint40 claimableAfter;
    ReleaseState state;
}

struct ExcludedFlag {
    uint16 slot;
    /// 1 pending dispute, 2 stale state, 3 credential expired, 4 proof missing, 5 period overflow, 6 over sub-cap.
    uint8 code;
}

/// A slot of a registered policy, with the way to its root.
struct SlotOpening {
    uint16 slot;
    uint256 policyDigest;
    uint256 nullifier;
    /// Ledger units.
    uint64 subCap;
    /// From the slot's leaf to the slots root: three siblings a level, leaf's level first.
    bytes32[] path;
}

/// What ties two nullifiers to one budget: Poseidon(nullifier; budgetId, index).
struct LaterPeriod {
    /// Below 2^248.
    uint256 budgetId;
    /// Of the period that the slot fixes, and of the one that is shown.
    uint32 registeredIndex;
    uint32 laterIndex;
}

struct SpendProof {
    bytes32 circuitId;
    uint256[8] proof;
    /// leavesRoot, tokensRoot, summaryCommitment, policyDigest, periodDigest, nullifier.
    uint256[6] signals;
}

struct BoundProof {
    uint256[8] proof;
    /// summaryCommitment, bound.
    uint256[2] signals;
}
