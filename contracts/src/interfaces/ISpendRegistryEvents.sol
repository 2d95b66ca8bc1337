// SPDX-License-Identifier: GPL-3.0-only
pragma solidity 0.8.37;

/// @title What the registry records
interface ISpendRegistryEvents {
    event VerifierRegistered(bytes32 indexed circuitId, address verifier, bytes32 verificationKeyHash);

    event FleetRegistered(bytes32 indexed fleetId, address indexed principal, address indexed aggregator);
    event ToppedUp(bytes32 indexed fleetId, uint64 amount, uint96 available);
    event CycleOpened(
        bytes32 indexed fleetId,
        uint64 indexed cycle,
        bytes32 policyRoot,
        bytes32 fleetCircuitId,
        uint16 slotCount,
        uint64 cap,
        uint64 windowStart,
        uint64 windowEnd,
        bytes32[] policyDigests
    );
    /// `codes`: one byte for each excluded slot, in slot order.
    event CycleSettled(
        bytes32 indexed fleetId,
        uint64 indexed cycle,
        uint32 revision,
        bytes32 summariesRoot,
        uint64 consumed,
        uint64 reserved,
        uint256 included,
        bytes codes
    );
    event CycleFinal(
        bytes32 indexed fleetId,
        uint64 indexed cycle,
        bytes32 cycleRoot,
        uint64 consumed,
        uint64 reserved,
        uint64 remaining
    );

    event ProofDemanded(
        bytes32 indexed fleetId,
        uint64 indexed cycle,
        uint16 indexed slot,
        uint32 revision,
        address demander,
        uint256 deadline
    );
    event DemandAnswered(
        bytes32 indexed fleetId, uint64 indexed cycle, uint16 indexed slot, uint32 revision, uint256 nullifier
    );
    /// A slot's summary does not count: its budget went on, or its nullifier counted elsewhere. When the cycle
    /// leaves `Pending` it is open again, to be settled without the slot.
    event SlotBarred(bytes32 indexed fleetId, uint64 indexed cycle, uint16 indexed slot, uint32 revision);
    /// `rewarded` has half of the bond, and its deposit back; 0 after a barred slot, which costs nobody the bond.
    event CycleRolledBack(
        bytes32 indexed fleetId, uint64 indexed cycle, uint16 indexed slot, uint32 revision, address rewarded
    );
    event DepositReturned(
        bytes32 indexed fleetId, uint64 indexed cycle, uint16 indexed slot, uint32 revision, address demander
    );

    event SlotReleased(
        bytes32 indexed fleetId, uint64 indexed cycle, uint16 indexed slot, uint64 subCap, uint64 bound
    );
    event ReleaseClaimed(
        bytes32 indexed fleetId, uint64 indexed cycle, uint16 indexed slot, uint64 amount, uint96 available
    );
    event ReleaseRefused(bytes32 indexed fleetId, uint64 indexed cycle, uint16 indexed slot);

    event DelegationRegistered(address indexed principal, bytes32 indexed policyDigest);
    event SpendAttested(
        address indexed principal,
        bytes32 indexed policyDigest,
        uint256 indexed nullifier,
        bytes32 circuitId,
        uint256[6] signals
    );

    event Withdrawn(address indexed account, address indexed to, uint256 amount);
}
