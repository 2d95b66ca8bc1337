// SPDX-License-Identifier: GPL-3.0-only
pragma solidity 0.8.37;

import { CycleState } from "./SpendRegistryTypes.sol";

/// @title Why the registry refuses a call
/// @notice Each call checks in the order: who, what exists, when, amounts, proof. A refused call changes nothing.
interface ISpendRegistryErrors {
    // Deployment.

    /// A bond, deposit or time of 0, or an address without code.
    error InvalidConfig();
    /// The circuit is not known to this version, or not to this registry.
    error UnknownCircuit(bytes32 circuitId);
    /// The circuit has a verifier already, or this one is for another circuit.
    error WrongVerifier(bytes32 circuitId);

    // Who.

    error NotPrincipal(address caller);
    error NotAggregator(address caller);
    error NotPrincipalOrAggregator(address caller);

    // What exists.

    error FleetExists(bytes32 fleetId);
    error UnknownFleet(bytes32 fleetId);
    /// A fleet id of 0, or not below 2^248.
    error InvalidFleetId(bytes32 fleetId);
    error InvalidAddress();
    error WrongState(CycleState actual);
    error UnknownSlot(uint16 slot);
    error SlotNotIncluded(uint16 slot);
    /// The slot is included, or was released before, or a later period of its budget was shown.
    error SlotNotReserved(uint16 slot);
    error DemandExists(uint16 slot);
    error NoOpenDemand(uint16 slot);
    error NoWaitingRelease(uint16 slot);
    error DelegationExists(bytes32 policyDigest);
    error UnknownDelegation(address principal, bytes32 policyDigest);
    error PolicyRootUsed(bytes32 policyRoot);
    error NullifierUsed(uint256 nullifier);
    error NothingToWithdraw();

    // When. Times are in seconds unless the name says otherwise.

    /// windowEnd before windowStart, or a time not below 2^48 milliseconds.
    error InvalidWindow();
    error WindowStarted(uint256 nowMs, uint256 windowStartMs);
    error WindowNotEnded(uint256 nowMs, uint256 windowEndMs);
    error ChallengeWindowOver(uint256 endedAt);
    error ChallengeWindowOpen(uint256 endsAt);
    error DemandsOpen(uint256 count);
    error ResponseWindowOver(uint256 deadline);
    error ResponseWindowOpen(uint256 deadline);

    // Amounts and shapes.

    error WrongBond(uint256 expected, uint256 actual);
    error WrongDeposit(uint256 expected, uint256 actual);
    /// Not below 2^63.
    error AmountOutOfRange();
    error CapExceedsAvailable(uint64 cap, uint96 available);
    error TotalsExceedCap();
    error WrongSlotCount();
    /// The number of words is not the circuit's, or a bit stands for no used slot.
    error InvalidIncluded();
    error WrongCodeCount(uint256 expected, uint256 actual);
    error InvalidCode(uint256 index, uint8 code);
    error WrongPathLength(uint256 expected, uint256 actual);
    /// A root or digest is not below the field's order r.
    error NotCanonical();
    error BoundExceedsSubCap(uint256 bound, uint64 subCap);

    // Proofs. What a verifier refuses carries the verifier's own error.

    /// A verifier answered with anything but its own selector.
    error ProofNotAccepted(bytes32 circuitId);
    /// The summary is not the slot's in this cycle.
    error SummaryNotInCycle(uint16 slot);
    /// The slot is not so in the registered policy.
    error SlotNotInPolicy(uint16 slot);
    /// The proof is of another policy or another period than the slot's.
    error ForeignProof();
    /// The two proofs are of different summaries.
    error SummaryMismatch();
    /// The shown period is not later than the slot's, or the budget is another.
    error NotALaterPeriod();

    error TransferFailed();
}
