// SPDX-License-Identifier: GPL-3.0-only
pragma solidity 0.8.37;

import { ISpendRegistry } from "./interfaces/ISpendRegistry.sol";
import {
    CircuitVerifier,
    Config,
    Cycle,
    CycleState,
    Demand,
    ExcludedFlag,
    Fleet,
    Release
} from "./interfaces/SpendRegistryTypes.sol";
import { FailureCodes } from "./libraries/FailureCodes.sol";
import { Attestations } from "./registry/Attestations.sol";
import { Challenge } from "./registry/Challenge.sol";
import { RegistryState } from "./registry/RegistryState.sol";

/// @title Registry of budgets that agents spent inside
/// @notice See `ISpendRegistry`. This contract adds what reads the state, and the one way out for ETH.
contract SpendRegistry is Challenge, Attestations {
    constructor(Config memory config, CircuitVerifier[] memory circuits) RegistryState(config, circuits) { }

    /// @inheritdoc ISpendRegistry
    function withdraw(address payable to) external {
        uint256 amount = withdrawable[msg.sender];
        if (amount == 0) revert NothingToWithdraw();
        if (to == address(0)) revert InvalidAddress();
        // Taken before it is sent: a receiver that calls back finds nothing.
        withdrawable[msg.sender] = 0;
        emit Withdrawn(msg.sender, to, amount);
        (bool sent,) = to.call{ value: amount }("");
        if (!sent) revert TransferFailed();
    }

    /// @inheritdoc ISpendRegistry
    function fleetOf(bytes32 fleetId) external view returns (Fleet memory) {
        return fleets[fleetId];
    }

    /// @inheritdoc ISpendRegistry
    function available(bytes32 fleetId) external view returns (uint96) {
        return fleets[fleetId].available;
    }

    /// @inheritdoc ISpendRegistry
    function cycleOf(bytes32 fleetId, uint64 cycle) external view returns (Cycle memory) {
        return cycles[fleetId][cycle];
    }

    /// @inheritdoc ISpendRegistry
    function cycleState(bytes32 fleetId, uint64 cycle) external view returns (CycleState) {
        return cycles[fleetId][cycle].state;
    }

    /// @inheritdoc ISpendRegistry
    function cycleCap(bytes32 fleetId, uint64 cycle) external view returns (uint64) {
        return cycles[fleetId][cycle].cap;
    }

    /// @inheritdoc ISpendRegistry
    function totalFleetSpend(bytes32 fleetId, uint64 cycle) external view returns (uint64) {
        return cycles[fleetId][cycle].consumed;
    }

    /// @inheritdoc ISpendRegistry
    function reservedBudget(bytes32 fleetId, uint64 cycle) external view returns (uint64) {
        return cycles[fleetId][cycle].reserved;
    }

    /// @inheritdoc ISpendRegistry
    function rolledForwardBudget(bytes32 fleetId, uint64 cycle) external view returns (uint64) {
        Cycle storage found = cycles[fleetId][cycle];
        return isSettled(found) ? remainingOf(found) : 0;
    }

    /// @inheritdoc ISpendRegistry
    function includedAgentCount(bytes32 fleetId, uint64 cycle) external view returns (uint16) {
        return cycles[fleetId][cycle].includedCount;
    }

    /// @inheritdoc ISpendRegistry
    function excludedAgentFlags(bytes32 fleetId, uint64 cycle) external view returns (ExcludedFlag[] memory) {
        Cycle storage found = cycles[fleetId][cycle];
        return FailureCodes.list(found.codes, isSettled(found) ? excludedSet(found) : 0);
    }

    /// @inheritdoc ISpendRegistry
    function summariesRoot(bytes32 fleetId, uint64 cycle) external view returns (bytes32) {
        return cycles[fleetId][cycle].summariesRoot;
    }

    /// @inheritdoc ISpendRegistry
    function cycleRoot(bytes32 fleetId, uint64 cycle) external view returns (bytes32) {
        return cycles[fleetId][cycle].root;
    }

    /// @inheritdoc ISpendRegistry
    function contextOf(bytes32 fleetId, uint64 cycle) external view returns (uint256) {
        return contextWord(fleetId, cycle, cycles[fleetId][cycle].revision);
    }

    /// @inheritdoc ISpendRegistry
    function demandOf(bytes32 fleetId, uint64 cycle, uint32 revision, uint16 slot)
        external
        view
        returns (Demand memory)
    {
        return demands[demandKey(fleetId, cycle, revision, slot)];
    }

    /// @inheritdoc ISpendRegistry
    function releaseOf(bytes32 fleetId, uint64 cycle, uint16 slot) external view returns (Release memory) {
        return releases[slotKey(fleetId, cycle, slot)];
    }

    function isSettled(Cycle storage cycle) private view returns (bool) {
        return cycle.state == CycleState.Pending || cycle.state == CycleState.Final;
    }
}
