// SPDX-License-Identifier: GPL-3.0-only
pragma solidity 0.8.37;

/// What the proofs of a circuit show.
enum CircuitKind {
    Unknown,
    /// Spending of one period of one budget stayed inside its policy: six signals.
    Spend,
    /// A cycle of a fleet: policyRoot, summariesRoot, amounts, words of `included`, context.
    Fleet,
    /// A summary's cumulative total is at most a bound: summaryCommitment, bound.
    SpentAtMost
}

/// @title The circuits that a registry may have verifiers for
library CircuitIds {
    bytes32 internal constant SPENT_AT_MOST = keccak256("spent-at-most");
    bytes32 internal constant FLEET_64 = keccak256("fleet-64");
    bytes32 internal constant FLEET_256 = keccak256("fleet-256");

    function kindOf(bytes32 circuitId) internal pure returns (CircuitKind) {
        if (fleetSizeOf(circuitId) != 0) return CircuitKind.Fleet;
        if (circuitId == SPENT_AT_MOST) return CircuitKind.SpentAtMost;
        bool spend = circuitId == keccak256("spend-16") || circuitId == keccak256("spend-64")
            || circuitId == keccak256("spend-256") || circuitId == keccak256("spend-1024")
            || circuitId == keccak256("batch-16") || circuitId == keccak256("batch-64");
        return spend ? CircuitKind.Spend : CircuitKind.Unknown;
    }

    /// Slots of a fleet circuit; 0 for any other circuit.
    function fleetSizeOf(bytes32 circuitId) internal pure returns (uint16) {
        if (circuitId == FLEET_64) return 64;
        if (circuitId == FLEET_256) return 256;
        return 0;
    }

    /// Words of `included`: 64 bits in one word, or 256 in two of 128.
    function includedWords(uint16 size) internal pure returns (uint256) {
        return size == 64 ? 1 : 2;
    }

    /// Public signals of a circuit's proofs; 0 for an unknown circuit.
    function signalCount(bytes32 circuitId) internal pure returns (uint256) {
        CircuitKind kind = kindOf(circuitId);
        if (kind == CircuitKind.Fleet) return 4 + includedWords(fleetSizeOf(circuitId));
        if (kind == CircuitKind.Spend) return 6;
        return kind == CircuitKind.SpentAtMost ? 2 : 0;
    }
}
