// SPDX-License-Identifier: GPL-3.0-only
pragma solidity 0.8.37;

import { ISpendRegistry } from "../interfaces/ISpendRegistry.sol";
import { Cycle, CycleState, Fleet } from "../interfaces/SpendRegistryTypes.sol";
import { Bitmap } from "../libraries/Bitmap.sol";
import { CircuitIds } from "../libraries/CircuitIds.sol";
import { FailureCodes } from "../libraries/FailureCodes.sol";
import { HASH_LIMIT } from "../libraries/Field.sol";
import { RegistryState } from "./RegistryState.sol";

/// @title The course of a cycle: opened by the principal, settled by the aggregator, made final by anyone
abstract contract FleetCycles is RegistryState {
    /// @inheritdoc ISpendRegistry
    function registerFleet(bytes32 fleetId, address aggregator) external {
        if (uint256(fleetId) == 0 || uint256(fleetId) >= HASH_LIMIT) revert InvalidFleetId(fleetId);
        if (aggregator == address(0)) revert InvalidAddress();
        Fleet storage fleet = fleets[fleetId];
        if (fleet.principal != address(0)) revert FleetExists(fleetId);
        fleet.principal = msg.sender;
        fleet.aggregator = aggregator;
        emit FleetRegistered(fleetId, msg.sender, aggregator);
    }

    /// @inheritdoc ISpendRegistry
    function topUp(bytes32 fleetId, uint64 amount) external {
        Fleet storage fleet = principalsFleet(fleetId);
        requireAmount(amount);
        fleet.available += amount;
        emit ToppedUp(fleetId, amount, fleet.available);
    }

    /// @inheritdoc ISpendRegistry
    function openCycle(
        bytes32 fleetId,
        bytes32 policyRoot,
        bytes32 fleetCircuitId,
        uint16 slotCount,
        uint64 cap,
        uint64 windowStart,
        uint64 windowEnd,
        bytes32[] calldata policyDigests
    ) external returns (uint64 cycle) {
        Fleet storage fleet = principalsFleet(fleetId);
        uint16 size = CircuitIds.fleetSizeOf(fleetCircuitId);
        if (size == 0) revert UnknownCircuit(fleetCircuitId);
        verifierOf(fleetCircuitId);
        requireFreshRoot(fleetId, policyRoot);
        if (slotCount == 0 || slotCount > size || policyDigests.length != slotCount) revert WrongSlotCount();
        requireFuture(windowStart, windowEnd);
        cycle = nextCycle(fleetId, fleet, cap);

        policyRootUsed[fleetId][policyRoot] = true;
        fleet.cycle = cycle;
        Cycle storage opened = cycles[fleetId][cycle];
        opened.policyRoot = policyRoot;
        opened.cap = cap;
        opened.windowStart = uint48(windowStart);
        opened.windowEnd = uint48(windowEnd);
        opened.slotCount = slotCount;
        opened.size = size;
        opened.state = CycleState.Open;
        emit CycleOpened(
            fleetId, cycle, policyRoot, fleetCircuitId, slotCount, cap, windowStart, windowEnd, policyDigests
        );
    }

    function requireFreshRoot(bytes32 fleetId, bytes32 policyRoot) private view {
        requireCanonical(policyRoot);
        if (policyRoot == 0) revert NotCanonical();
        if (policyRootUsed[fleetId][policyRoot]) revert PolicyRootUsed(policyRoot);
    }

    function requireFuture(uint64 windowStart, uint64 windowEnd) private view {
        if (windowEnd < windowStart || windowEnd > type(uint48).max) revert InvalidWindow();
        if (nowMs() >= windowStart) revert WindowStarted(nowMs(), windowStart);
    }

    /// The next cycle's number, with its cap taken from what the fleet may delegate.
    function nextCycle(bytes32 fleetId, Fleet storage fleet, uint64 cap) private returns (uint64) {
        requireAmount(cap);
        if (fleet.cycle == 0) return 1;
        cycleIn(fleetId, fleet.cycle, CycleState.Final);
        if (cap > fleet.available) revert CapExceedsAvailable(cap, fleet.available);
        fleet.available -= cap;
        return fleet.cycle + 1;
    }

    /// @inheritdoc ISpendRegistry
    function settleCycle(
        bytes32 fleetId,
        uint256[8] calldata proof,
        bytes32 summariesRoot_,
        uint64 consumed,
        uint64 reserved,
        uint256[] calldata included,
        bytes calldata codes
    ) external payable {
        Fleet storage fleet = knownFleet(fleetId);
        if (msg.sender != fleet.aggregator) revert NotAggregator(msg.sender);
        uint64 number = fleet.cycle;
        Cycle storage cycle = cycleIn(fleetId, number, CycleState.Open);
        if (nowMs() <= cycle.windowEnd) revert WindowNotEnded(nowMs(), cycle.windowEnd);
        if (msg.value != bond) revert WrongBond(bond, msg.value);
        requireTotals(consumed, reserved, cycle.cap);
        uint256 set = readIncluded(cycle, included);
        requireCodeCount(cycle.slotCount, set, codes.length);
        requireFleetProof(fleetId, number, cycle, proof, summariesRoot_, consumed, reserved, included);

        cycle.state = CycleState.Pending;
        cycle.consumed = consumed;
        cycle.reserved = reserved;
        cycle.settledAt = uint40(block.timestamp);
        cycle.includedCount = uint16(Bitmap.count(set));
        cycle.summariesRoot = summariesRoot_;
        cycle.included = set;
        FailureCodes.store(cycle.codes, codes);
        emit CycleSettled(fleetId, number, cycle.revision, summariesRoot_, consumed, reserved, set, codes);
    }

    function requireTotals(uint64 consumed, uint64 reserved, uint64 cap) private pure {
        requireAmount(consumed);
        requireAmount(reserved);
        if (consumed + reserved > cap) revert TotalsExceedCap();
    }

    /// The words of `included` as one set; nothing in it but used slots.
    function readIncluded(Cycle storage cycle, uint256[] calldata words) private view returns (uint256 set) {
        uint16 size = cycle.size;
        if (words.length != CircuitIds.includedWords(size)) revert InvalidIncluded();
        set = words[0];
        if (words.length == 2) {
            if (set >= 1 << 128 || words[1] >= 1 << 128) revert InvalidIncluded();
            set |= words[1] << 128;
        }
        if (set & ~Bitmap.prefix(cycle.slotCount) != 0) revert InvalidIncluded();
    }

    function requireCodeCount(uint16 slotCount, uint256 set, uint256 actual) private pure {
        uint256 expected = slotCount - Bitmap.count(set);
        if (actual != expected) revert WrongCodeCount(expected, actual);
    }

    function requireFleetProof(
        bytes32 fleetId,
        uint64 number,
        Cycle storage cycle,
        uint256[8] calldata proof,
        bytes32 summariesRoot_,
        uint64 consumed,
        uint64 reserved,
        uint256[] calldata included
    ) private view {
        uint256[] memory signals = new uint256[](4 + included.length);
        signals[0] = uint256(cycle.policyRoot);
        signals[1] = uint256(summariesRoot_);
        signals[2] = uint256(cycle.cap) | (uint256(consumed) << 64) | (uint256(reserved) << 128)
            | (uint256(cycle.slotCount) << 192);
        for (uint256 i = 0; i < included.length; ++i) {
            signals[3 + i] = included[i];
        }
        signals[3 + included.length] = contextWord(fleetId, number, cycle.revision);
        requireProof(cycle.size == 64 ? CircuitIds.FLEET_64 : CircuitIds.FLEET_256, proof, signals);
    }

    /// @inheritdoc ISpendRegistry
    function finalize(bytes32 fleetId, uint64 number) external {
        Cycle storage cycle = cycleIn(fleetId, number, CycleState.Pending);
        uint256 endsAt = uint256(cycle.settledAt) + challengeWindow;
        if (block.timestamp <= endsAt) revert ChallengeWindowOpen(endsAt);
        if (cycle.openDemands != 0) revert DemandsOpen(cycle.openDemands);
        Fleet storage fleet = fleets[fleetId];
        withdrawable[fleet.aggregator] += bond;
        if (cycle.barred != 0) return reopen(fleetId, number, cycle.barred - 1, cycle, address(0));

        uint64 remaining = remainingOf(cycle);
        bytes32 previous = cycles[fleetId][number - 1].root;
        bytes32 root =
            keccak256(abi.encode(previous, cycle.policyRoot, cycle.consumed, cycle.reserved, remaining));
        cycle.state = CycleState.Final;
        cycle.root = root;
        fleet.available += remaining;
        emit CycleFinal(fleetId, number, root, cycle.consumed, cycle.reserved, remaining);
    }

    /// The cycle is open again under the next revision, whose context no earlier proof has. Deposits of other
    /// open demands wait for `reclaimDeposit`: nothing here grows with their number.
    function reopen(bytes32 fleetId, uint64 number, uint16 slot, Cycle storage cycle, address rewarded)
        internal
    {
        emit CycleRolledBack(fleetId, number, slot, cycle.revision, rewarded);
        cycle.state = CycleState.Open;
        cycle.revision += 1;
        cycle.consumed = 0;
        cycle.reserved = 0;
        cycle.settledAt = 0;
        cycle.includedCount = 0;
        cycle.openDemands = 0;
        cycle.barred = 0;
        cycle.summariesRoot = 0;
        cycle.included = 0;
        delete cycle.codes;
    }

    function principalsFleet(bytes32 fleetId) private view returns (Fleet storage fleet) {
        fleet = knownFleet(fleetId);
        if (msg.sender != fleet.principal) revert NotPrincipal(msg.sender);
    }

    function remainingOf(Cycle storage cycle) internal view returns (uint64) {
        return cycle.cap - cycle.consumed - cycle.reserved;
    }

    function contextWord(bytes32 fleetId, uint64 cycle, uint32 revision) internal view returns (uint256) {
        return uint256(keccak256(abi.encode(block.chainid, address(this), fleetId, cycle, revision))) >> 8;
    }

    function nowMs() internal view returns (uint256) {
        return block.timestamp * 1000;
    }
}
