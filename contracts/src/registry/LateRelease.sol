// SPDX-License-Identifier: GPL-3.0-only
pragma solidity 0.8.37;

import { ISpendRegistry } from "../interfaces/ISpendRegistry.sol";
import {
    BoundProof,
    Cycle,
    CycleState,
    Fleet,
    Release,
    ReleaseState,
    SlotOpening,
    SpendProof
} from "../interfaces/SpendRegistryTypes.sol";
import { Bitmap } from "../libraries/Bitmap.sol";
import { CircuitIds } from "../libraries/CircuitIds.sol";
import { FailureCodes } from "../libraries/FailureCodes.sol";
import { FleetCycles } from "./FleetCycles.sol";

/// @title What an excluded slot kept reserved, given back against proofs that came late
abstract contract LateRelease is FleetCycles {
    /// @inheritdoc ISpendRegistry
    function releaseLate(
        bytes32 fleetId,
        uint64 number,
        SlotOpening calldata opening,
        SpendProof calldata spend,
        BoundProof calldata bound
    ) external {
        Fleet storage fleet = knownFleet(fleetId);
        if (msg.sender != fleet.principal && msg.sender != fleet.aggregator) {
            revert NotPrincipalOrAggregator(msg.sender);
        }
        Cycle storage cycle = cycleIn(fleetId, number, CycleState.Final);
        uint16 slot = opening.slot;
        if (slot >= cycle.slotCount) revert UnknownSlot(slot);
        bytes32 key = slotKey(fleetId, number, slot);
        Release storage release = releases[key];
        if (Bitmap.has(cycle.included, slot) || release.state != ReleaseState.None) {
            revert SlotNotReserved(slot);
        }
        requireSlot(fleetId, cycle, opening);
        requireBound(opening, spend, bound);

        useNullifier(fleet.principal, opening.nullifier, key);
        uint64 spent = uint64(bound.signals[1]);
        release.subCap = opening.subCap;
        release.bound = spent;
        release.claimableAfter = uint40(block.timestamp + challengeWindow);
        release.state = ReleaseState.Waiting;
        cycle.reserved -= opening.subCap;
        cycle.consumed += spent;
        setCode(cycle, slot, 0);
        emit SlotReleased(fleetId, number, slot, opening.subCap, spent);
    }

    /// Two proofs of one summary: it is the slot's own, and its cumulative total is at most the bound.
    function requireBound(SlotOpening calldata opening, SpendProof calldata spend, BoundProof calldata bound)
        private
        view
    {
        bool own = spend.signals[3] == opening.policyDigest && spend.signals[5] == opening.nullifier;
        if (!own) revert ForeignProof();
        if (bound.signals[0] != spend.signals[2]) revert SummaryMismatch();
        if (bound.signals[1] > opening.subCap) {
            revert BoundExceedsSubCap(bound.signals[1], opening.subCap);
        }
        requireSpendProof(spend.circuitId, spend.proof, spend.signals);
        uint256[] memory signals = new uint256[](2);
        signals[0] = bound.signals[0];
        signals[1] = bound.signals[1];
        requireProof(CircuitIds.SPENT_AT_MOST, bound.proof, signals);
    }

    /// @inheritdoc ISpendRegistry
    function claimRelease(bytes32 fleetId, uint64 number, uint16 slot) external {
        Release storage release = releases[slotKey(fleetId, number, slot)];
        if (release.state != ReleaseState.Waiting) revert NoWaitingRelease(slot);
        if (block.timestamp <= release.claimableAfter) {
            revert ChallengeWindowOpen(release.claimableAfter);
        }
        release.state = ReleaseState.Claimed;
        Fleet storage fleet = fleets[fleetId];
        uint64 amount = release.subCap - release.bound;
        fleet.available += amount;
        emit ReleaseClaimed(fleetId, number, slot, amount, fleet.available);
    }

    /// Takes a release back: the slot is reserved at its whole sub-cap again, for good.
    function refuseRelease(
        bytes32 fleetId,
        uint64 number,
        uint16 slot,
        Cycle storage cycle,
        Release storage release
    ) internal {
        release.state = ReleaseState.Refused;
        cycle.reserved += release.subCap;
        cycle.consumed -= release.bound;
        setCode(cycle, slot, FailureCodes.PERIOD_OVERFLOW);
        emit ReleaseRefused(fleetId, number, slot);
    }

    function setCode(Cycle storage cycle, uint16 slot, uint8 code) private {
        uint256 excluded = excludedSet(cycle);
        FailureCodes.write(cycle.codes, Bitmap.rank(excluded, slot), code);
    }

    function excludedSet(Cycle storage cycle) internal view returns (uint256) {
        return Bitmap.prefix(cycle.slotCount) & ~cycle.included;
    }
}
