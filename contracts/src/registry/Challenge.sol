// SPDX-License-Identifier: GPL-3.0-only
pragma solidity 0.8.37;

import { ISpendRegistry } from "../interfaces/ISpendRegistry.sol";
import {
    Cycle,
    CycleState,
    Demand,
    DemandState,
    Fleet,
    LaterPeriod,
    Release,
    ReleaseState,
    SlotOpening,
    SpendProof
} from "../interfaces/SpendRegistryTypes.sol";
import { Bitmap } from "../libraries/Bitmap.sol";
import { HASH_LIMIT } from "../libraries/Field.sol";
import { FleetTree } from "../libraries/FleetTree.sol";
import { PoseidonTags } from "../poseidon/PoseidonTags.sol";
import { LateRelease } from "./LateRelease.sol";

/// @title What anyone may do against a settlement that the agents' own proofs do not bear out
abstract contract Challenge is LateRelease {
    /// @inheritdoc ISpendRegistry
    function demandProof(bytes32 fleetId, uint64 number, uint16 slot) external payable {
        Cycle storage cycle = cycleIn(fleetId, number, CycleState.Pending);
        if (!Bitmap.has(cycle.included, slot)) revert SlotNotIncluded(slot);
        uint256 endsAt = uint256(cycle.settledAt) + challengeWindow;
        if (block.timestamp > endsAt) revert ChallengeWindowOver(endsAt);
        if (msg.value != demandDeposit) revert WrongDeposit(demandDeposit, msg.value);
        uint32 revision = cycle.revision;
        Demand storage demand = demands[demandKey(fleetId, number, revision, slot)];
        if (demand.state != DemandState.None) revert DemandExists(slot);

        uint256 deadline = block.timestamp + responseWindow;
        demand.demander = msg.sender;
        demand.deadline = uint40(deadline);
        demand.state = DemandState.Open;
        cycle.openDemands += 1;
        emit ProofDemanded(fleetId, number, slot, revision, msg.sender, deadline);
    }

    /// @inheritdoc ISpendRegistry
    function answerDemand(
        bytes32 fleetId,
        uint64 number,
        uint16 slot,
        bytes32 circuitId,
        uint256[8] calldata proof,
        uint256[6] calldata signals,
        bytes32[] calldata path
    ) external {
        Cycle storage cycle = cycleIn(fleetId, number, CycleState.Pending);
        Demand storage demand = openDemand(fleetId, number, cycle.revision, slot);
        if (block.timestamp > demand.deadline) revert ResponseWindowOver(demand.deadline);
        // The fleet proof shows that this summary is of the slot's policy and period.
        uint256 root = FleetTree.rootOf(poseidonT5, FleetTree.SUMMARIES, signals[2], slot, cycle.size, path);
        if (bytes32(root) != cycle.summariesRoot) revert SummaryNotInCycle(slot);
        requireSpendProof(circuitId, proof, signals);

        Fleet storage fleet = fleets[fleetId];
        bytes32 use = slotKey(fleetId, number, slot);
        // The aggregator can't know what else a principal lets count: it is paid, and the slot does not count here.
        if (isUsedOtherwise(fleet.principal, signals[5], use)) bar(fleetId, number, slot, cycle);
        else useNullifier(fleet.principal, signals[5], use);
        demand.state = DemandState.Answered;
        cycle.openDemands -= 1;
        withdrawable[fleet.aggregator] += demandDeposit;
        emit DemandAnswered(fleetId, number, slot, cycle.revision, signals[5]);
    }

    /// @inheritdoc ISpendRegistry
    function rollback(bytes32 fleetId, uint64 number, uint16 slot) external {
        Cycle storage cycle = cycleIn(fleetId, number, CycleState.Pending);
        Demand storage demand = openDemand(fleetId, number, cycle.revision, slot);
        if (block.timestamp <= demand.deadline) revert ResponseWindowOpen(demand.deadline);
        demand.state = DemandState.Returned;
        uint256 half = bond / 2;
        withdrawable[demand.demander] += demandDeposit + half;
        withdrawable[fleets[fleetId].principal] += bond - half;
        reopen(fleetId, number, slot, cycle, demand.demander);
    }

    /// @inheritdoc ISpendRegistry
    function reclaimDeposit(bytes32 fleetId, uint64 number, uint32 revision, uint16 slot) external {
        Demand storage demand = openDemand(fleetId, number, revision, slot);
        // The settlement it belongs to is still there: it is answered or rolls the cycle back.
        if (revision == cycles[fleetId][number].revision) {
            revert ResponseWindowOpen(demand.deadline);
        }
        demand.state = DemandState.Returned;
        withdrawable[demand.demander] += demandDeposit;
        emit DepositReturned(fleetId, number, slot, revision, demand.demander);
    }

    /// @inheritdoc ISpendRegistry
    function showLaterPeriod(
        bytes32 fleetId,
        uint64 number,
        SlotOpening calldata opening,
        LaterPeriod calldata later,
        SpendProof calldata spend
    ) external {
        Cycle storage cycle = cycles[fleetId][number];
        CycleState state = cycle.state;
        Release storage release = releases[slotKey(fleetId, number, opening.slot)];
        if (state == CycleState.Pending) {
            if (!Bitmap.has(cycle.included, opening.slot)) revert SlotNotIncluded(opening.slot);
        } else if (state != CycleState.Final) {
            revert WrongState(state);
        } else if (release.state != ReleaseState.Waiting) {
            revert NoWaitingRelease(opening.slot);
        }
        requireSlot(fleetId, cycle, opening);
        requireLaterPeriod(opening, later, spend);
        requireSpendProof(spend.circuitId, spend.proof, spend.signals);

        if (state == CycleState.Pending) {
            // Nobody's fault is shown: a proof needs no signature, so the agent alone can make a later period. For
            // the same reason the settlement stays until its window ends: an aggregator that lacks a proof could
            // make one too, and be gone with its bond before the demand.
            bar(fleetId, number, opening.slot, cycle);
        } else {
            refuseRelease(fleetId, number, opening.slot, cycle, release);
        }
    }

    function bar(bytes32 fleetId, uint64 number, uint16 slot, Cycle storage cycle) private {
        if (cycle.barred == 0) cycle.barred = slot + 1;
        emit SlotBarred(fleetId, number, slot, cycle.revision);
    }

    function requireLaterPeriod(
        SlotOpening calldata opening,
        LaterPeriod calldata later,
        SpendProof calldata spend
    ) private view {
        if (spend.signals[3] != opening.policyDigest) revert ForeignProof();
        bool follows = later.budgetId < HASH_LIMIT && later.laterIndex > later.registeredIndex;
        if (!follows) revert NotALaterPeriod();
        uint256 tag = PoseidonTags.NULLIFIER;
        uint256 registered = poseidonT3.hash(tag, [later.budgetId, uint256(later.registeredIndex)]);
        uint256 shown = poseidonT3.hash(tag, [later.budgetId, uint256(later.laterIndex)]);
        if (registered != opening.nullifier || shown != spend.signals[5]) revert NotALaterPeriod();
    }

    function openDemand(bytes32 fleetId, uint64 number, uint32 revision, uint16 slot)
        private
        view
        returns (Demand storage demand)
    {
        demand = demands[demandKey(fleetId, number, revision, slot)];
        if (demand.state != DemandState.Open) revert NoOpenDemand(slot);
    }
}
