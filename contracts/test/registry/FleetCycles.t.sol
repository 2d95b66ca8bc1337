// SPDX-License-Identifier: GPL-3.0-only
pragma solidity 0.8.37;

import { ISpendRegistryErrors as E } from "../../src/interfaces/ISpendRegistryErrors.sol";
import { ISpendRegistryEvents } from "../../src/interfaces/ISpendRegistryEvents.sol";
import { Cycle, CycleState, ExcludedFlag } from "../../src/interfaces/SpendRegistryTypes.sol";
import { FIELD_ORDER } from "../../src/libraries/Field.sol";
import { RegistryFixture } from "../support/RegistryFixture.sol";

/// Goal: a cycle takes one course, and each step asks who, when, how much and what proof. Method: a registry with
/// stub verifiers; the honest course, then one wrong thing at a time.
contract FleetCyclesTest is RegistryFixture, ISpendRegistryEvents {
    uint64 private constant LIMIT = 1 << 63;

    // The honest course.

    function test_cycle_fromOpenToFinal() external {
        uint64 cycle = open();
        vm.assertEq(cycle, 1);
        vm.assertEq(uint256(registry.cycleState(FLEET, 1)), uint256(CycleState.Open));
        vm.warp(END + 1);
        settle();
        vm.assertEq(uint256(registry.cycleState(FLEET, 1)), uint256(CycleState.Pending));
        vm.assertEq(registry.totalFleetSpend(FLEET, 1), 50 + 50 + 51);
        vm.assertEq(registry.reservedBudget(FLEET, 1), 102 + 104);
        vm.assertEq(registry.rolledForwardBudget(FLEET, 1), CAP - 151 - 206);
        vm.assertEq(registry.includedAgentCount(FLEET, 1), 3);
        ExcludedFlag[] memory flags = registry.excludedAgentFlags(FLEET, 1);
        vm.assertEq(flags.length, 2);
        vm.assertEq(flags[0].slot, 2);
        vm.assertEq(flags[0].code, 1);
        vm.assertEq(flags[1].slot, 4);
        vm.assertEq(flags[1].code, 2);
        vm.assertEq(registry.available(FLEET), 0, "nothing to delegate while pending");
        vm.assertEq(registry.cycleRoot(FLEET, 1), bytes32(0));

        vm.warp(END + 1 + CHALLENGE + 1);
        vm.prank(STRANGER);
        registry.finalize(FLEET, 1);
        vm.assertEq(registry.available(FLEET), CAP - 151 - 206);
        vm.assertEq(registry.withdrawable(AGGREGATOR), BOND);
        bytes32 policyRoot = registry.cycleOf(FLEET, 1).policyRoot;
        bytes32 root = keccak256(abi.encode(bytes32(0), policyRoot, 151, 206, CAP - 151 - 206));
        vm.assertEq(registry.cycleRoot(FLEET, 1), root);
    }

    function test_secondCycle_chainsAndTakesFromTheRemainder() external {
        settled();
        uint64 left = CAP - 151 - 206;
        uint64 start = uint64(block.timestamp + 1000);
        uint64 cycle = openWith(left - 10, start, start + 10);
        vm.assertEq(cycle, 2);
        vm.assertEq(registry.available(FLEET), 10);
        vm.warp(start + 11);
        settle();
        vm.warp(start + 11 + CHALLENGE + 1);
        registry.finalize(FLEET, 2);
        Cycle memory second = registry.cycleOf(FLEET, 2);
        uint64 remaining = left - 10 - 151 - 206;
        bytes32 previous = registry.cycleRoot(FLEET, 1);
        bytes32 expected = keccak256(abi.encode(previous, second.policyRoot, 151, 206, remaining));
        vm.assertEq(second.root, expected);
        vm.assertEq(registry.available(FLEET), 10 + remaining);
    }

    function test_topUp_addsToLaterCycles() external {
        settled();
        uint96 before = registry.available(FLEET);
        vm.prank(PRINCIPAL);
        registry.topUp(FLEET, 77);
        vm.assertEq(registry.available(FLEET), before + 77);
        vm.prank(STRANGER);
        vm.expectRevert(abi.encodeWithSelector(E.NotPrincipal.selector, STRANGER));
        registry.topUp(FLEET, 1);
        vm.prank(PRINCIPAL);
        vm.expectRevert(E.AmountOutOfRange.selector);
        registry.topUp(FLEET, LIMIT);
    }

    function test_topUp_neverKeepsACycleFromBecomingFinal() external {
        uint64 cycle = pending();
        for (uint256 i = 0; i < 3; ++i) {
            vm.prank(PRINCIPAL);
            registry.topUp(FLEET, LIMIT - 1);
        }
        vm.warp(END + 1 + CHALLENGE + 1);
        registry.finalize(FLEET, cycle);
        vm.assertEq(registry.available(FLEET), 3 * uint256(LIMIT - 1) + CAP - 151 - 206);
    }

    // Fleets.

    function test_registerFleet_refuses() external {
        vm.expectRevert(abi.encodeWithSelector(E.FleetExists.selector, FLEET));
        registry.registerFleet(FLEET, AGGREGATOR);
        vm.expectRevert(abi.encodeWithSelector(E.InvalidFleetId.selector, bytes32(0)));
        registry.registerFleet(bytes32(0), AGGREGATOR);
        bytes32 tooLong = bytes32(uint256(1) << 248);
        vm.expectRevert(abi.encodeWithSelector(E.InvalidFleetId.selector, tooLong));
        registry.registerFleet(tooLong, AGGREGATOR);
        vm.expectRevert(E.InvalidAddress.selector);
        registry.registerFleet(bytes32(uint256(1)), address(0));
        registry.registerFleet(bytes32((uint256(1) << 248) - 1), AGGREGATOR);
    }

    // Opening.

    function openAs(address caller, bytes32 fleetId, bytes32 root, bytes32 circuit, uint16 slots, uint64 cap)
        private
    {
        bytes32[] memory list = new bytes32[](5);
        vm.prank(caller);
        registry.openCycle(fleetId, root, circuit, slots, cap, 1000 * START, 1000 * END, list);
    }

    function test_openCycle_refusesWhoAndWhat() external {
        bytes32 root = bytes32(uint256(7));
        vm.expectRevert(abi.encodeWithSelector(E.NotPrincipal.selector, AGGREGATOR));
        openAs(AGGREGATOR, FLEET, root, FLEET_64, 5, CAP);
        vm.expectRevert(abi.encodeWithSelector(E.UnknownFleet.selector, bytes32(uint256(1))));
        openAs(PRINCIPAL, bytes32(uint256(1)), root, FLEET_64, 5, CAP);
        vm.expectRevert(abi.encodeWithSelector(E.UnknownCircuit.selector, SPEND_16));
        openAs(PRINCIPAL, FLEET, root, SPEND_16, 5, CAP);
        vm.expectRevert(E.NotCanonical.selector);
        openAs(PRINCIPAL, FLEET, bytes32(FIELD_ORDER), FLEET_64, 5, CAP);
        vm.expectRevert(E.NotCanonical.selector);
        openAs(PRINCIPAL, FLEET, bytes32(0), FLEET_64, 5, CAP);
        vm.expectRevert(E.WrongSlotCount.selector);
        openAs(PRINCIPAL, FLEET, root, FLEET_64, 4, CAP);
        vm.expectRevert(E.WrongSlotCount.selector);
        openAs(PRINCIPAL, FLEET, root, FLEET_64, 65, CAP);
        vm.expectRevert(E.AmountOutOfRange.selector);
        openAs(PRINCIPAL, FLEET, root, FLEET_64, 5, LIMIT);
        openAs(PRINCIPAL, FLEET, root, FLEET_64, 5, LIMIT - 1);
    }

    function test_openCycle_refusesWindows() external {
        uint64[2][3] memory windows =
            [[1000 * END, 1000 * START], [uint64(1 << 48), 1 << 48], [1000 * START, uint64(1 << 48)]];
        for (uint256 i = 0; i < 3; ++i) {
            vm.prank(PRINCIPAL);
            vm.expectRevert(E.InvalidWindow.selector);
            registry.openCycle(
                FLEET, bytes32(uint256(7)), FLEET_64, 5, CAP, windows[i][0], windows[i][1], new bytes32[](5)
            );
        }
    }

    function test_openCycle_onlyBeforeTheWindow() external {
        vm.warp(START);
        bytes32 root = model.policyRoot(agents, CAP, FLEET);
        bytes32[] memory list = digests();
        vm.prank(PRINCIPAL);
        vm.expectRevert(abi.encodeWithSelector(E.WindowStarted.selector, 1000 * START, 1000 * START));
        registry.openCycle(FLEET, root, FLEET_64, 5, CAP, 1000 * START, 1000 * END, list);
        vm.warp(START - 1);
        open();
    }

    function test_openCycle_onlyAfterTheLastOneIsFinal() external {
        open();
        vm.prank(PRINCIPAL);
        vm.expectRevert(abi.encodeWithSelector(E.WrongState.selector, CycleState.Open));
        registry.openCycle(
            FLEET, bytes32(uint256(7)), FLEET_64, 1, 1, 1000 * START, 1000 * END, new bytes32[](1)
        );
        vm.warp(END + 1);
        settle();
        vm.prank(PRINCIPAL);
        vm.expectRevert(abi.encodeWithSelector(E.WrongState.selector, CycleState.Pending));
        registry.openCycle(
            FLEET, bytes32(uint256(7)), FLEET_64, 1, 1, 1000 * (END + 9), 1000 * (END + 9), new bytes32[](1)
        );
    }

    function test_openCycle_atMostWhatIsAvailable() external {
        settled();
        uint64 left = CAP - 151 - 206;
        uint64 start = 1000 * uint64(block.timestamp + 1);
        vm.startPrank(PRINCIPAL);
        bytes32[] memory list = new bytes32[](1);
        vm.expectRevert(abi.encodeWithSelector(E.CapExceedsAvailable.selector, left + 1, left));
        registry.openCycle(FLEET, bytes32(uint256(7)), FLEET_64, 1, left + 1, start, start, list);
        registry.openCycle(FLEET, bytes32(uint256(7)), FLEET_64, 1, left, start, start, list);
        vm.assertEq(registry.available(FLEET), 0);
    }

    function test_openCycle_aPolicyRootOnce() external {
        settled();
        bytes32 root = registry.cycleOf(FLEET, 1).policyRoot;
        uint64 start = 1000 * uint64(block.timestamp + 1);
        vm.prank(PRINCIPAL);
        vm.expectRevert(abi.encodeWithSelector(E.PolicyRootUsed.selector, root));
        registry.openCycle(FLEET, root, FLEET_64, 1, 1, start, start, new bytes32[](1));
    }

    // Becoming final.

    function test_finalize_onlyAfterTheChallengeWindow() external {
        uint64 cycle = pending();
        vm.warp(END + 1 + CHALLENGE);
        vm.expectRevert(abi.encodeWithSelector(E.ChallengeWindowOpen.selector, END + 1 + CHALLENGE));
        registry.finalize(FLEET, cycle);
        vm.warp(END + 1 + CHALLENGE + 1);
        registry.finalize(FLEET, cycle);
        vm.expectRevert(abi.encodeWithSelector(E.WrongState.selector, CycleState.Final));
        registry.finalize(FLEET, cycle);
        vm.expectRevert(abi.encodeWithSelector(E.WrongState.selector, CycleState.None));
        registry.finalize(FLEET, cycle + 1);
    }

    function test_finalize_notWhileADemandIsOpen() external {
        uint64 cycle = pending();
        vm.warp(END + 1 + CHALLENGE);
        demand(cycle, 0);
        vm.warp(END + 1 + CHALLENGE + 1);
        vm.expectRevert(abi.encodeWithSelector(E.DemandsOpen.selector, 1));
        registry.finalize(FLEET, cycle);
        answer(cycle, 0);
        registry.finalize(FLEET, cycle);
    }
}
