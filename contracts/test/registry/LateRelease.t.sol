// SPDX-License-Identifier: GPL-3.0-only
pragma solidity 0.8.37;

import { ISpendRegistryErrors as E } from "../../src/interfaces/ISpendRegistryErrors.sol";
import { IVerifier } from "../../src/interfaces/IVerifier.sol";
import {
    BoundProof,
    CycleState,
    ExcludedFlag,
    ReleaseState,
    SlotOpening,
    SpendProof
} from "../../src/interfaces/SpendRegistryTypes.sol";
import { RegistryFixture } from "../support/RegistryFixture.sol";

/// Goal: an exclusion hides nothing: the whole sub-cap stays reserved until two proofs show a bound, and what they give
/// back can be delegated only after anyone could object. Method: slots 2 and 4 are excluded; stub verifiers.
contract LateReleaseTest is RegistryFixture {
    function release(
        uint64 cycle,
        SlotOpening memory opening,
        SpendProof memory spend,
        BoundProof memory limit
    ) private {
        vm.prank(AGGREGATOR);
        registry.releaseLate(FLEET, cycle, opening, spend, limit);
    }

    function releaseSlot(uint64 cycle, uint16 slot, uint256 limit) private {
        release(cycle, model.slotOpening(agents, slot), spendProof(slot, 0), boundProof(slot, limit));
    }

    function test_releaseLate_givesBackAllButTheBound() external {
        uint64 cycle = settled();
        uint96 before = registry.available(FLEET);
        releaseSlot(cycle, 2, 60);
        vm.assertEq(registry.reservedBudget(FLEET, cycle), 104);
        vm.assertEq(registry.totalFleetSpend(FLEET, cycle), 151 + 60);
        vm.assertEq(registry.rolledForwardBudget(FLEET, cycle), CAP - 151 - 60 - 104);
        ExcludedFlag[] memory flags = registry.excludedAgentFlags(FLEET, cycle);
        vm.assertEq(flags.length, 1);
        vm.assertEq(flags[0].slot, 4);
        vm.assertEq(flags[0].code, 2);
        vm.assertTrue(registry.isSpentNullifier(PRINCIPAL, agents[2].nullifier));

        vm.assertEq(registry.available(FLEET), before, "not before anyone could object");
        vm.expectRevert(abi.encodeWithSelector(E.ChallengeWindowOpen.selector, block.timestamp + CHALLENGE));
        registry.claimRelease(FLEET, cycle, 2);
        vm.warp(block.timestamp + CHALLENGE + 1);
        vm.prank(STRANGER);
        registry.claimRelease(FLEET, cycle, 2);
        vm.assertEq(registry.available(FLEET), before + 102 - 60);
        vm.expectRevert(abi.encodeWithSelector(E.NoWaitingRelease.selector, 2));
        registry.claimRelease(FLEET, cycle, 2);
    }

    function test_releaseLate_once() external {
        uint64 cycle = settled();
        releaseSlot(cycle, 2, 60);
        SlotOpening memory opening = model.slotOpening(agents, 2);
        SpendProof memory spend = spendProof(2, 0);
        BoundProof memory limit = boundProof(2, 51);
        vm.expectRevert(abi.encodeWithSelector(E.SlotNotReserved.selector, 2));
        release(cycle, opening, spend, limit);
        vm.warp(block.timestamp + CHALLENGE + 1);
        registry.claimRelease(FLEET, cycle, 2);
        vm.expectRevert(abi.encodeWithSelector(E.SlotNotReserved.selector, 2));
        release(cycle, opening, spend, limit);
        // The other excluded slot is another matter.
        releaseSlot(cycle, 4, 52);
        vm.assertEq(registry.reservedBudget(FLEET, cycle), 0);
    }

    function test_releaseLate_refusesWhoAndWhen() external {
        uint64 cycle = pending();
        SlotOpening memory opening = model.slotOpening(agents, 2);
        SpendProof memory spend = spendProof(2, 0);
        BoundProof memory limit = boundProof(2, 60);
        vm.expectRevert(abi.encodeWithSelector(E.WrongState.selector, CycleState.Pending));
        release(cycle, opening, spend, limit);
        vm.warp(END + 1 + CHALLENGE + 1);
        registry.finalize(FLEET, cycle);
        vm.prank(STRANGER);
        vm.expectRevert(abi.encodeWithSelector(E.NotPrincipalOrAggregator.selector, STRANGER));
        registry.releaseLate(FLEET, cycle, opening, spend, limit);
        vm.prank(PRINCIPAL);
        registry.releaseLate(FLEET, cycle, opening, spend, limit);
    }

    function test_releaseLate_refusesSlots() external {
        uint64 cycle = settled();
        SlotOpening memory opening = model.slotOpening(agents, 0);
        SpendProof memory spend = spendProof(0, 0);
        BoundProof memory limit = boundProof(0, 60);
        vm.expectRevert(abi.encodeWithSelector(E.SlotNotReserved.selector, 0));
        release(cycle, opening, spend, limit);
        opening.slot = 5;
        vm.expectRevert(abi.encodeWithSelector(E.UnknownSlot.selector, 5));
        release(cycle, opening, spend, limit);
        opening.slot = 2;
        vm.expectRevert(abi.encodeWithSelector(E.SlotNotInPolicy.selector, 2));
        release(cycle, opening, spend, limit);
        opening = model.slotOpening(agents, 2);
        opening.subCap = 103;
        vm.expectRevert(abi.encodeWithSelector(E.SlotNotInPolicy.selector, 2));
        release(cycle, opening, spend, limit);
    }

    function test_releaseLate_refusesProofs() external {
        uint64 cycle = settled();
        SlotOpening memory opening = model.slotOpening(agents, 2);
        SpendProof memory own = spendProof(2, 0);
        BoundProof memory limit = boundProof(2, 60);
        SpendProof memory foreign = spendProof(4, 0);
        vm.expectRevert(E.ForeignProof.selector);
        release(cycle, opening, foreign, limit);
        foreign = spendProof(2, 1);
        vm.expectRevert(E.ForeignProof.selector);
        release(cycle, opening, foreign, limit);
        limit = boundProof(4, 60);
        vm.expectRevert(E.SummaryMismatch.selector);
        release(cycle, opening, own, limit);
        limit = boundProof(2, 103);
        vm.expectRevert(abi.encodeWithSelector(E.BoundExceedsSubCap.selector, 103, 102));
        release(cycle, opening, own, limit);
        limit = boundProof(2, 60);
        limit.signals[1] = 59;
        vm.expectRevert(IVerifier.ProofRefused.selector);
        release(cycle, opening, own, limit);
        limit.signals[1] = 60;
        own.proof[0] ^= 1;
        vm.expectRevert(IVerifier.ProofRefused.selector);
        release(cycle, opening, own, limit);
        own.proof[0] ^= 1;
        own.circuitId = keccak256("spent-at-most");
        vm.expectRevert(abi.encodeWithSelector(E.UnknownCircuit.selector, own.circuitId));
        release(cycle, opening, own, limit);
    }

    function test_showLaterPeriod_takesAReleaseBack() external {
        uint64 cycle = settled();
        releaseSlot(cycle, 4, 52);
        releaseSlot(cycle, 2, 60);
        SlotOpening memory opening = model.slotOpening(agents, 2);
        vm.prank(STRANGER);
        registry.showLaterPeriod(FLEET, cycle, opening, laterPeriod(2, 1), spendProof(2, 1));
        vm.assertEq(registry.reservedBudget(FLEET, cycle), 102);
        vm.assertEq(registry.totalFleetSpend(FLEET, cycle), 151 + 52);
        vm.assertEq(uint256(registry.releaseOf(FLEET, cycle, 2).state), uint256(ReleaseState.Refused));
        ExcludedFlag[] memory flags = registry.excludedAgentFlags(FLEET, cycle);
        vm.assertEq(flags.length, 1);
        vm.assertEq(flags[0].slot, 2);
        vm.assertEq(flags[0].code, 5, "period overflow");
        vm.warp(block.timestamp + CHALLENGE + 1);
        vm.expectRevert(abi.encodeWithSelector(E.NoWaitingRelease.selector, 2));
        registry.claimRelease(FLEET, cycle, 2);
        SpendProof memory spend = spendProof(2, 0);
        BoundProof memory limit = boundProof(2, 60);
        vm.expectRevert(abi.encodeWithSelector(E.SlotNotReserved.selector, 2));
        release(cycle, opening, spend, limit);
    }

    function test_fuzz_releaseLate_sumsToTheCap(uint64 first, uint64 second) external {
        uint64 cycle = settled();
        uint256 low = first % 103;
        uint256 high = second % 105;
        releaseSlot(cycle, 2, low);
        releaseSlot(cycle, 4, high);
        uint256 sum = uint256(registry.totalFleetSpend(FLEET, cycle)) + registry.reservedBudget(FLEET, cycle)
            + registry.rolledForwardBudget(FLEET, cycle);
        vm.assertEq(sum, CAP);
        vm.warp(block.timestamp + CHALLENGE + 1);
        registry.claimRelease(FLEET, cycle, 2);
        registry.claimRelease(FLEET, cycle, 4);
        vm.assertEq(registry.available(FLEET), registry.rolledForwardBudget(FLEET, cycle));
    }
}
