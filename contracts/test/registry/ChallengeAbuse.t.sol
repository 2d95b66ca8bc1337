// SPDX-License-Identifier: GPL-3.0-only
pragma solidity 0.8.37;

import { ISpendRegistryErrors as E } from "../../src/interfaces/ISpendRegistryErrors.sol";
import {
    CycleState,
    LaterPeriod,
    SlotOpening,
    SpendProof
} from "../../src/interfaces/SpendRegistryTypes.sol";
import { RegistryFixture } from "../support/RegistryFixture.sol";

/// Goal: nobody takes the bond of an aggregator that has every proof, and an aggregator without a proof can't save
/// its bond. Method: stub verifiers; each test is one way to try.
contract ChallengeAbuseTest is RegistryFixture {
    function stateOf(uint64 cycle) private view returns (uint256) {
        return uint256(registry.cycleState(FLEET, cycle));
    }

    /// The principal has a slot's period attested outside the fleet: its nullifier has counted.
    function useUp(uint16 slot) private {
        vm.prank(PRINCIPAL);
        registry.registerDelegation(bytes32(agents[slot].policyDigest));
        SpendProof memory spend = spendProof(slot, 0);
        registry.submitSpend(SPEND_16, spend.proof, spend.signals, PRINCIPAL);
    }

    function show(uint64 cycle, uint16 slot) private {
        SlotOpening memory opening = model.slotOpening(agents, slot);
        LaterPeriod memory later = laterPeriod(slot, 2);
        SpendProof memory spend = spendProof(slot, 2);
        vm.prank(STRANGER);
        registry.showLaterPeriod(FLEET, cycle, opening, later, spend);
    }

    function answerFrom(uint64 cycle, uint16 slot) external {
        answer(cycle, slot);
    }

    // A principal that wants the bond.

    function test_usedNullifier_doesNotCostTheBond() external {
        uint64 cycle = pending();
        useUp(0);
        demand(cycle, 0);
        answer(cycle, 0);
        vm.assertEq(registry.withdrawable(AGGREGATOR), DEPOSIT);
        vm.warp(END + 1 + RESPONSE + 1);
        vm.expectRevert(abi.encodeWithSelector(E.NoOpenDemand.selector, 0));
        registry.rollback(FLEET, cycle, 0);
        // It counted already, so it does not count here: the cycle is settled again without the slot.
        vm.warp(END + 1 + CHALLENGE + 1);
        registry.finalize(FLEET, cycle);
        vm.assertEq(stateOf(cycle), uint256(CycleState.Open));
        vm.assertEq(registry.cycleOf(FLEET, cycle).revision, 1);
        vm.assertEq(registry.withdrawable(AGGREGATOR), DEPOSIT + BOND);
        vm.assertEq(registry.withdrawable(PRINCIPAL), 0);
        settleWith(0x0a, hex"060102");
        vm.warp(block.timestamp + CHALLENGE + 1);
        registry.finalize(FLEET, cycle);
        vm.assertEq(stateOf(cycle), uint256(CycleState.Final));
    }

    // An aggregator without a proof.

    function test_laterPeriod_doesNotSaveTheBondFromADemand() external {
        uint64 cycle = pending();
        demand(cycle, 1);
        // An agent helps, or the aggregator has made a later period by itself: no signature is needed.
        show(cycle, 3);
        vm.warp(END + 1 + CHALLENGE + 1);
        vm.expectRevert(abi.encodeWithSelector(E.DemandsOpen.selector, 1));
        registry.finalize(FLEET, cycle);
        registry.rollback(FLEET, cycle, 1);
        vm.assertEq(registry.withdrawable(AGGREGATOR), 0);
        vm.assertEq(registry.withdrawable(DEMANDER), DEPOSIT + BOND / 2);
        vm.assertEq(registry.cycleOf(FLEET, cycle).barred, 0);
    }

    function test_laterPeriod_doesNotOutrunADemand() external {
        uint64 cycle = pending();
        // The aggregator sees the demand coming and is first.
        show(cycle, 3);
        demand(cycle, 1);
        vm.warp(END + 1 + RESPONSE + 1);
        registry.rollback(FLEET, cycle, 1);
        vm.assertEq(registry.withdrawable(AGGREGATOR), 0);
        vm.assertEq(address(registry).balance, BOND + DEPOSIT);
    }

    function test_laterPeriod_afterAnAnswerCostsNobodyTheBond() external {
        uint64 cycle = pending();
        show(cycle, 3);
        show(cycle, 0);
        demand(cycle, 3);
        answer(cycle, 3);
        vm.expectRevert(abi.encodeWithSelector(E.ChallengeWindowOpen.selector, END + 1 + CHALLENGE));
        registry.finalize(FLEET, cycle);
        vm.warp(END + 1 + CHALLENGE + 1);
        registry.finalize(FLEET, cycle);
        vm.assertEq(stateOf(cycle), uint256(CycleState.Open));
        vm.assertEq(registry.withdrawable(AGGREGATOR), DEPOSIT + BOND);
        vm.assertEq(registry.available(FLEET), 0);
        vm.assertEq(address(registry).balance, BOND + DEPOSIT);
    }

    function test_usedNullifier_everyAnswerIsPaid() external {
        uint64 cycle = pending();
        useUp(1);
        useUp(3);
        demand(cycle, 1);
        demand(cycle, 3);
        this.answerFrom(cycle, 1);
        this.answerFrom(cycle, 3);
        vm.assertEq(registry.cycleOf(FLEET, cycle).openDemands, 0);
        vm.assertEq(registry.cycleOf(FLEET, cycle).barred, 2);
        vm.assertEq(registry.withdrawable(AGGREGATOR), 2 * DEPOSIT);
    }
}
