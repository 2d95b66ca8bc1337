// SPDX-License-Identifier: GPL-3.0-only
pragma solidity 0.8.37;

import { ISpendRegistryErrors as E } from "../../src/interfaces/ISpendRegistryErrors.sol";
import { IVerifier } from "../../src/interfaces/IVerifier.sol";
import {
    Cycle,
    CycleState,
    DemandState,
    LaterPeriod,
    SlotOpening,
    SpendProof
} from "../../src/interfaces/SpendRegistryTypes.sol";
import { FIELD_ORDER } from "../../src/libraries/Field.sol";
import { RegistryFixture } from "../support/RegistryFixture.sol";
import { StubProofs } from "../support/StubVerifier.sol";

/// Goal: a settlement that the agents' proofs do not bear out is rolled back, one that they do stands, and each side
/// pays for what it did. Method: stub verifiers; every way a demand can end, and who has how much afterwards.
contract ChallengeTest is RegistryFixture {
    uint256 private constant HALF = BOND / 2;

    function stateOf(uint64 cycle) private view returns (uint256) {
        return uint256(registry.cycleState(FLEET, cycle));
    }

    /// `answerWith` as a call of its own, so that a revert expected of it is the registry's.
    function answerFrom(uint64 cycle, uint16 slot, SpendProof memory spend) external {
        answerWith(cycle, slot, spend);
    }

    /// The arguments are made before the revert is expected: making them takes calls too.
    function refuseAnswer(bytes memory refusal, uint64 cycle, uint16 slot, SpendProof memory spend) private {
        vm.expectRevert(refusal);
        this.answerFrom(cycle, slot, spend);
    }

    // A demand that is met.

    function test_answer_paysTheAggregatorAndTheCycleStands() external {
        uint64 cycle = pending();
        demand(cycle, 3);
        vm.assertEq(uint256(registry.demandOf(FLEET, cycle, 0, 3).state), uint256(DemandState.Open));
        vm.warp(END + 1 + RESPONSE);
        answer(cycle, 3);
        vm.assertEq(uint256(registry.demandOf(FLEET, cycle, 0, 3).state), uint256(DemandState.Answered));
        vm.assertEq(registry.withdrawable(AGGREGATOR), DEPOSIT, "a frivolous demand costs its deposit");
        vm.assertEq(registry.withdrawable(STRANGER), 0, "a copied answer earns the copier nothing");
        vm.assertTrue(registry.isSpentNullifier(PRINCIPAL, agents[3].nullifier));
        vm.expectRevert(abi.encodeWithSelector(E.NoOpenDemand.selector, 3));
        registry.rollback(FLEET, cycle, 3);
        vm.warp(END + 1 + CHALLENGE + 1);
        registry.finalize(FLEET, cycle);
        vm.assertEq(registry.withdrawable(AGGREGATOR), DEPOSIT + BOND);
        vm.assertEq(address(registry).balance, DEPOSIT + BOND);
    }

    function test_demand_onceForASlotAndSettlement() external {
        uint64 cycle = pending();
        demand(cycle, 0);
        vm.prank(STRANGER);
        vm.expectRevert(abi.encodeWithSelector(E.DemandExists.selector, 0));
        registry.demandProof{ value: DEPOSIT }(FLEET, cycle, 0);
        answer(cycle, 0);
        vm.prank(STRANGER);
        vm.expectRevert(abi.encodeWithSelector(E.DemandExists.selector, 0));
        registry.demandProof{ value: DEPOSIT }(FLEET, cycle, 0);
    }

    function test_demand_refuses() external {
        uint64 cycle = open();
        vm.startPrank(DEMANDER);
        vm.expectRevert(abi.encodeWithSelector(E.WrongState.selector, CycleState.Open));
        registry.demandProof{ value: DEPOSIT }(FLEET, cycle, 0);
        vm.stopPrank();
        vm.warp(END + 1);
        settle();
        vm.startPrank(DEMANDER);
        uint16[4] memory outside = [uint16(2), 5, 64, 65_535];
        for (uint256 i = 0; i < 4; ++i) {
            vm.expectRevert(abi.encodeWithSelector(E.SlotNotIncluded.selector, outside[i]));
            registry.demandProof{ value: DEPOSIT }(FLEET, cycle, outside[i]);
        }
        vm.expectRevert(abi.encodeWithSelector(E.WrongDeposit.selector, DEPOSIT, DEPOSIT - 1));
        registry.demandProof{ value: DEPOSIT - 1 }(FLEET, cycle, 0);
        vm.expectRevert(abi.encodeWithSelector(E.WrongDeposit.selector, DEPOSIT, DEPOSIT + 1));
        registry.demandProof{ value: DEPOSIT + 1 }(FLEET, cycle, 0);
        vm.warp(END + 1 + CHALLENGE + 1);
        vm.expectRevert(abi.encodeWithSelector(E.ChallengeWindowOver.selector, END + 1 + CHALLENGE));
        registry.demandProof{ value: DEPOSIT }(FLEET, cycle, 0);
        vm.warp(END + 1 + CHALLENGE);
        registry.demandProof{ value: DEPOSIT }(FLEET, cycle, 0);
    }

    // Answers that are none.

    function test_answer_refusesAnInvalidProof() external {
        uint64 cycle = pending();
        demand(cycle, 0);
        SpendProof memory spend = spendProof(0, 0);
        spend.proof[0] ^= 1;
        vm.expectRevert(IVerifier.ProofRefused.selector);
        this.answerFrom(cycle, 0, spend);
        // Nothing but the invalid proof is to be had: the deadline passes.
        vm.warp(END + 1 + RESPONSE + 1);
        registry.rollback(FLEET, cycle, 0);
        vm.assertEq(stateOf(cycle), uint256(CycleState.Open));
    }

    function test_answer_refusesAForeignSummary() external {
        uint64 cycle = pending();
        demand(cycle, 0);
        // A valid proof of another included agent, of an excluded one, and of this one's next period.
        uint16[2] memory others = [uint16(1), 2];
        for (uint256 i = 0; i < 2; ++i) {
            refuseAnswer(
                abi.encodeWithSelector(E.SummaryNotInCycle.selector, 0), cycle, 0, spendProof(others[i], 0)
            );
        }
        refuseAnswer(abi.encodeWithSelector(E.SummaryNotInCycle.selector, 0), cycle, 0, spendProof(0, 1));
    }

    function test_answer_refusesPathsAndCircuits() external {
        uint64 cycle = pending();
        demand(cycle, 0);
        SpendProof memory spend = spendProof(0, 0);
        vm.expectRevert(abi.encodeWithSelector(E.WrongPathLength.selector, 9, 8));
        registry.answerDemand(FLEET, cycle, 0, SPEND_16, spend.proof, spend.signals, new bytes32[](8));
        vm.expectRevert(abi.encodeWithSelector(E.WrongPathLength.selector, 9, 12));
        registry.answerDemand(FLEET, cycle, 0, SPEND_16, spend.proof, spend.signals, new bytes32[](12));
        (, bytes32[] memory path) = model.summaries(agents, INCLUDED, 0);
        bytes32[3] memory circuits = [keccak256("spend-17"), FLEET_64, keccak256("spend-64")]; // Unknown, of another kind, not wired.
        for (uint256 i = 0; i < 3; ++i) {
            vm.expectRevert(abi.encodeWithSelector(E.UnknownCircuit.selector, circuits[i]));
            registry.answerDemand(FLEET, cycle, 0, circuits[i], spend.proof, spend.signals, path);
        }
        path[4] = bytes32(uint256(path[4]) + FIELD_ORDER);
        vm.expectRevert(bytes4(keccak256("InputNotCanonical()")));
        registry.answerDemand(FLEET, cycle, 0, SPEND_16, spend.proof, spend.signals, path);
    }

    function test_answer_refusesWithoutADemandOrTooLate() external {
        uint64 cycle = pending();
        refuseAnswer(abi.encodeWithSelector(E.NoOpenDemand.selector, 0), cycle, 0, spendProof(0, 0));
        demand(cycle, 0);
        vm.warp(END + 1 + RESPONSE + 1);
        refuseAnswer(
            abi.encodeWithSelector(E.ResponseWindowOver.selector, END + 1 + RESPONSE),
            cycle,
            0,
            spendProof(0, 0)
        );
    }

    // A demand that is not met.

    function test_rollback_opensTheCycleAgain() external {
        uint64 cycle = pending();
        demand(cycle, 1);
        vm.warp(END + 1 + RESPONSE);
        vm.expectRevert(abi.encodeWithSelector(E.ResponseWindowOpen.selector, END + 1 + RESPONSE));
        registry.rollback(FLEET, cycle, 1);
        vm.warp(END + 1 + RESPONSE + 1);
        vm.prank(STRANGER);
        registry.rollback(FLEET, cycle, 1);

        vm.assertEq(stateOf(cycle), uint256(CycleState.Open));
        vm.assertEq(registry.withdrawable(DEMANDER), DEPOSIT + HALF);
        vm.assertEq(registry.withdrawable(PRINCIPAL), BOND - HALF);
        vm.assertEq(registry.withdrawable(AGGREGATOR), 0);
        vm.assertEq(registry.withdrawable(STRANGER), 0, "who calls does not matter");
        Cycle memory found = registry.cycleOf(FLEET, cycle);
        vm.assertEq(found.revision, 1);
        vm.assertEq(found.consumed + found.reserved + found.includedCount + found.openDemands, 0);
        vm.assertEq(found.summariesRoot, bytes32(0));
        vm.assertEq(registry.rolledForwardBudget(FLEET, cycle), 0);
        vm.assertEq(registry.excludedAgentFlags(FLEET, cycle).length, 0);
        vm.assertEq(registry.available(FLEET), 0);
        vm.expectRevert(abi.encodeWithSelector(E.WrongState.selector, CycleState.Open));
        registry.rollback(FLEET, cycle, 1);
    }

    function settleFrom(uint256[8] memory proof) external {
        settleWithProof(proof, INCLUDED, hex"0102", BOND);
    }

    function test_rollback_theOldProofIsWorthNothing() external {
        uint64 cycle = open();
        vm.warp(END + 1);
        uint256[8] memory old = StubProofs.make(FLEET_64, fleetSignals(INCLUDED));
        this.settleFrom(old);
        demand(cycle, 1);
        vm.warp(END + 1 + RESPONSE + 1);
        registry.rollback(FLEET, cycle, 1);
        vm.expectRevert(IVerifier.ProofRefused.selector);
        this.settleFrom(old);
        settle();
        vm.assertEq(stateOf(cycle), uint256(CycleState.Pending));
        // The slot may be asked for again, and answered: the same nullifier for the same slot.
        demand(cycle, 1);
        answer(cycle, 1);
    }

    function test_rollback_returnsTheOtherDeposits() external {
        uint64 cycle = pending();
        demand(cycle, 0);
        vm.prank(STRANGER);
        registry.demandProof{ value: DEPOSIT }(FLEET, cycle, 1);
        vm.expectRevert(abi.encodeWithSelector(E.ResponseWindowOpen.selector, END + 1 + RESPONSE));
        registry.reclaimDeposit(FLEET, cycle, 0, 1);
        vm.warp(END + 1 + RESPONSE + 1);
        registry.rollback(FLEET, cycle, 0);
        registry.reclaimDeposit(FLEET, cycle, 0, 1);
        vm.assertEq(registry.withdrawable(STRANGER), DEPOSIT);
        vm.expectRevert(abi.encodeWithSelector(E.NoOpenDemand.selector, 1));
        registry.reclaimDeposit(FLEET, cycle, 0, 1);
        vm.expectRevert(abi.encodeWithSelector(E.NoOpenDemand.selector, 0));
        registry.reclaimDeposit(FLEET, cycle, 0, 0);
        vm.assertEq(address(registry).balance, BOND + 2 * DEPOSIT);
    }

    function test_rollback_selfDemandLosesHalfOfTheBond() external {
        uint64 cycle = pending();
        vm.startPrank(AGGREGATOR);
        registry.demandProof{ value: DEPOSIT }(FLEET, cycle, 0);
        vm.warp(END + 1 + RESPONSE + 1);
        registry.rollback(FLEET, cycle, 0);
        vm.assertEq(registry.withdrawable(AGGREGATOR), DEPOSIT + HALF);
        vm.assertEq(registry.withdrawable(PRINCIPAL), BOND - HALF);
    }

    // A period after the one that the slot fixes.

    function show(uint64 cycle, SlotOpening memory opening, LaterPeriod memory later, SpendProof memory spend)
        private
    {
        vm.prank(STRANGER);
        registry.showLaterPeriod(FLEET, cycle, opening, later, spend);
    }

    function refuseShow(
        bytes memory refusal,
        uint64 cycle,
        SlotOpening memory opening,
        LaterPeriod memory later,
        SpendProof memory spend
    ) private {
        vm.expectRevert(refusal);
        show(cycle, opening, later, spend);
    }

    function test_showLaterPeriod_opensTheCycleAgain() external {
        uint64 cycle = pending();
        show(cycle, model.slotOpening(agents, 3), laterPeriod(3, 2), spendProof(3, 2));
        vm.assertEq(stateOf(cycle), uint256(CycleState.Pending));
        vm.warp(END + 1 + CHALLENGE + 1);
        registry.finalize(FLEET, cycle);
        vm.assertEq(stateOf(cycle), uint256(CycleState.Open));
        vm.assertEq(registry.cycleOf(FLEET, cycle).revision, 1);
        vm.assertEq(registry.cycleOf(FLEET, cycle).barred, 0);
        // Who can make a later period earns nothing by it, and nobody loses by it.
        vm.assertEq(registry.withdrawable(STRANGER), 0);
        vm.assertEq(registry.withdrawable(PRINCIPAL), 0);
        vm.assertEq(registry.withdrawable(AGGREGATOR), BOND);
        // The aggregator settles again without the slot, which can't be shown again.
        settleWith(0x03, hex"010502");
        vm.assertEq(registry.reservedBudget(FLEET, cycle), 102 + 103 + 104);
        refuseShow(
            abi.encodeWithSelector(E.SlotNotIncluded.selector, 3),
            cycle,
            model.slotOpening(agents, 3),
            laterPeriod(3, 2),
            spendProof(3, 2)
        );
    }

    function test_showLaterPeriod_refusesWhatIsNoLaterPeriod() external {
        uint64 cycle = pending();
        SlotOpening memory opening = model.slotOpening(agents, 3);
        // The period itself.
        refuseShow(
            abi.encodeWithSelector(E.NotALaterPeriod.selector),
            cycle,
            opening,
            laterPeriod(3, 0),
            spendProof(3, 0)
        );
        // A later one, of which another index is claimed.
        refuseShow(
            abi.encodeWithSelector(E.NotALaterPeriod.selector),
            cycle,
            opening,
            laterPeriod(3, 2),
            spendProof(3, 1)
        );
        // The slot's own period under a false index.
        LaterPeriod memory later = laterPeriod(3, 2);
        later.registeredIndex = 1;
        refuseShow(
            abi.encodeWithSelector(E.NotALaterPeriod.selector), cycle, opening, later, spendProof(3, 2)
        );
        // Another agent's budget.
        refuseShow(
            abi.encodeWithSelector(E.ForeignProof.selector),
            cycle,
            opening,
            laterPeriod(3, 2),
            spendProof(0, 2)
        );
        later = laterPeriod(3, 2);
        later.budgetId = agents[0].budgetId;
        refuseShow(
            abi.encodeWithSelector(E.NotALaterPeriod.selector), cycle, opening, later, spendProof(3, 2)
        );
        later.budgetId = 1 << 248;
        refuseShow(
            abi.encodeWithSelector(E.NotALaterPeriod.selector), cycle, opening, later, spendProof(3, 2)
        );
        // An invalid proof.
        SpendProof memory spend = spendProof(3, 2);
        spend.proof[0] ^= 1;
        refuseShow(
            abi.encodeWithSelector(IVerifier.ProofRefused.selector), cycle, opening, laterPeriod(3, 2), spend
        );
    }

    function test_showLaterPeriod_refusesSlots() external {
        uint64 cycle = pending();
        SlotOpening memory opening = model.slotOpening(agents, 2);
        refuseShow(
            abi.encodeWithSelector(E.SlotNotIncluded.selector, 2),
            cycle,
            opening,
            laterPeriod(2, 1),
            spendProof(2, 1)
        );
        opening = model.slotOpening(agents, 3);
        opening.subCap += 1;
        refuseShow(
            abi.encodeWithSelector(E.SlotNotInPolicy.selector, 3),
            cycle,
            opening,
            laterPeriod(3, 1),
            spendProof(3, 1)
        );
        opening = model.slotOpening(agents, 3);
        opening.slot = 1;
        refuseShow(
            abi.encodeWithSelector(E.SlotNotInPolicy.selector, 1),
            cycle,
            opening,
            laterPeriod(3, 1),
            spendProof(3, 1)
        );
        opening = model.slotOpening(agents, 3);
        refuseShow(
            abi.encodeWithSelector(E.WrongState.selector, CycleState.None),
            cycle + 1,
            opening,
            laterPeriod(3, 1),
            spendProof(3, 1)
        );
        vm.warp(END + 1 + CHALLENGE + 1);
        registry.finalize(FLEET, cycle);
        refuseShow(
            abi.encodeWithSelector(E.NoWaitingRelease.selector, 3),
            cycle,
            opening,
            laterPeriod(3, 1),
            spendProof(3, 1)
        );
    }
}
