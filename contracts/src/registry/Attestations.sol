// SPDX-License-Identifier: GPL-3.0-only
pragma solidity 0.8.37;

import { ISpendRegistry } from "../interfaces/ISpendRegistry.sol";
import { RegistryState } from "./RegistryState.sol";

/// @title Attestations of single budgets, outside fleets
abstract contract Attestations is RegistryState {
    /// @inheritdoc ISpendRegistry
    function registerDelegation(bytes32 policyDigest) external {
        requireCanonical(policyDigest);
        if (delegations[msg.sender][policyDigest]) revert DelegationExists(policyDigest);
        delegations[msg.sender][policyDigest] = true;
        emit DelegationRegistered(msg.sender, policyDigest);
    }

    /// @inheritdoc ISpendRegistry
    function submitSpend(
        bytes32 circuitId,
        uint256[8] calldata proof,
        uint256[6] calldata signals,
        address principal
    ) external {
        bytes32 policyDigest = bytes32(signals[3]);
        if (!delegations[principal][policyDigest]) revert UnknownDelegation(principal, policyDigest);
        // The nullifier, never the proof's bytes: (−A, −B, C) proves the same statement again.
        if (isSpentNullifier(principal, signals[5])) revert NullifierUsed(signals[5]);
        requireSpendProof(circuitId, proof, signals);
        useNullifier(principal, signals[5], policyDigest);
        emit SpendAttested(principal, policyDigest, signals[5], circuitId, signals);
    }

    /// @inheritdoc ISpendRegistry
    function isDelegated(address principal, bytes32 policyDigest) external view returns (bool) {
        return delegations[principal][policyDigest];
    }
}
