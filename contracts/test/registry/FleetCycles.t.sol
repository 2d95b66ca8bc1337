// SPDX-License-Identifier: GPL-3.0-only
pragma solidity 0.8.37;

import { ISpendRegistryErrors as E } from "../../src/interfaces/ISpendRegistryErrors.sol";
import { ISpendRegistryEvents } from "../../src/interfaces/ISpendRegistryEvents.sol";
import { IVerifier } from "../../src/interfaces/IVerifier.sol";
import { Cycle, CycleState, ExcludedFlag } from "../../src/interfaces/SpendRegistryTypes.sol";
import { FIELD_ORDER } from "../../src/libraries/Field.sol";
import { RegistryFixture } from "../support/RegistryFixture.sol";
import { StubProofs } from "../support/StubVerifier.sol";

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

    // Settling.

    function test_settleCycle_onlyByTheAggregatorAfterTheWindow() external {
        open();
        uint256[] memory words = new uint256[](1);
        uint256[8] memory proof;
        vm.warp(END + 1);
        vm.deal(STRANGER, 10 ether);
        vm.prank(STRANGER);
        vm.expectRevert(abi.encodeWithSelector(E.NotAggregator.selector, STRANGER));
        registry.settleCycle{ value: BOND }(FLEET, proof, 0, 0, 0, words, "");
        vm.warp(END);
        vm.prank(AGGREGATOR);
        vm.expectRevert(abi.encodeWithSelector(E.WindowNotEnded.selector, 1000 * END, 1000 * END));
        registry.settleCycle{ value: BOND }(FLEET, proof, 0, 0, 0, words, "");
    }

    function test_settleCycle_theExactBond() external {
        open();
        vm.warp(END + 1);
        uint256[8] memory proof = StubProofs.make(FLEET_64, fleetSignals(INCLUDED));
        uint256[3] memory wrong = [uint256(0), BOND - 1, BOND + 1];
        for (uint256 i = 0; i < 3; ++i) {
            vm.expectRevert(abi.encodeWithSelector(E.WrongBond.selector, BOND, wrong[i]));
            this.settleFrom(proof, INCLUDED, hex"0102", wrong[i]);
        }
        this.settleFrom(proof, INCLUDED, hex"0102", BOND);
    }

    /// `settleWithProof` as a call of its own, so that a revert expected of it is the registry's.
    function settleFrom(uint256[8] memory proof, uint256 included, bytes memory codes, uint256 value)
        external
    {
        settleWithProof(proof, included, codes, value);
    }

    function test_settleCycle_theSecondIsRefused() external {
        uint64 cycle = pending();
        uint256[8] memory proof = StubProofs.make(FLEET_64, fleetSignals(INCLUDED));
        vm.expectRevert(abi.encodeWithSelector(E.WrongState.selector, CycleState.Pending));
        this.settleFrom(proof, INCLUDED, hex"0102", BOND);
        vm.warp(END + 1 + CHALLENGE + 1);
        registry.finalize(FLEET, cycle);
        vm.expectRevert(abi.encodeWithSelector(E.WrongState.selector, CycleState.Final));
        this.settleFrom(proof, INCLUDED, hex"0102", BOND);
    }

    function test_settleCycle_refusesCodes() external {
        open();
        vm.warp(END + 1);
        uint256[8] memory proof = StubProofs.make(FLEET_64, fleetSignals(INCLUDED));
        vm.expectRevert(abi.encodeWithSelector(E.WrongCodeCount.selector, 2, 1));
        this.settleFrom(proof, INCLUDED, hex"01", BOND);
        vm.expectRevert(abi.encodeWithSelector(E.WrongCodeCount.selector, 2, 3));
        this.settleFrom(proof, INCLUDED, hex"010203", BOND);
        vm.expectRevert(abi.encodeWithSelector(E.InvalidCode.selector, 0, 0));
        this.settleFrom(proof, INCLUDED, hex"0002", BOND);
        vm.expectRevert(abi.encodeWithSelector(E.InvalidCode.selector, 1, 7));
        this.settleFrom(proof, INCLUDED, hex"0107", BOND);
    }

    function settleRaw(uint256[] memory words, uint64 consumed, uint64 reserved) private {
        uint256[8] memory proof;
        vm.prank(AGGREGATOR);
        registry.settleCycle{ value: BOND }(FLEET, proof, bytes32(uint256(1)), consumed, reserved, words, "");
    }

    function test_settleCycle_refusesTotalsAndSlots() external {
        open();
        vm.warp(END + 1);
        uint256[] memory words = new uint256[](1);
        words[0] = 0x1f;
        vm.expectRevert(E.AmountOutOfRange.selector);
        settleRaw(words, LIMIT, 0);
        vm.expectRevert(E.AmountOutOfRange.selector);
        settleRaw(words, 0, LIMIT);
        vm.expectRevert(E.TotalsExceedCap.selector);
        settleRaw(words, CAP, 1);
        words[0] = 0x3f;
        vm.expectRevert(E.InvalidIncluded.selector);
        settleRaw(words, 0, 0);
        vm.expectRevert(E.InvalidIncluded.selector);
        settleRaw(new uint256[](2), 0, 0);
        vm.expectRevert(E.InvalidIncluded.selector);
        settleRaw(new uint256[](0), 0, 0);
    }

    function test_settleCycle_refusesAForeignProof() external {
        open();
        vm.warp(END + 1);
        for (uint256 i = 0; i < 5; ++i) {
            uint256[] memory signals = fleetSignals(INCLUDED);
            signals[i] ^= 1;
            vm.expectRevert(IVerifier.ProofRefused.selector);
            this.settleFrom(StubProofs.make(FLEET_64, signals), INCLUDED, hex"0102", BOND);
        }
    }

    function test_settleCycle_refusesTheContextOfAnotherPlace() external {
        open();
        vm.warp(END + 1);
        uint256[] memory signals = fleetSignals(INCLUDED);
        bytes32[5] memory elsewhere = [
            keccak256(abi.encode(1, registry, FLEET, 1, 0)),
            keccak256(abi.encode(31_337, STRANGER, FLEET, 1, 0)),
            keccak256(abi.encode(31_337, registry, bytes32(uint256(1)), 1, 0)),
            keccak256(abi.encode(31_337, registry, FLEET, 2, 0)),
            keccak256(abi.encode(31_337, registry, FLEET, 1, 1))
        ];
        for (uint256 i = 0; i < 5; ++i) {
            signals[4] = uint256(elsewhere[i]) >> 8;
            vm.expectRevert(IVerifier.ProofRefused.selector);
            this.settleFrom(StubProofs.make(FLEET_64, signals), INCLUDED, hex"0102", BOND);
        }
        vm.assertEq(
            registry.contextOf(FLEET, 1), uint256(keccak256(abi.encode(31_337, registry, FLEET, 1, 0))) >> 8
        );
        uint256[8] memory proof = StubProofs.make(FLEET_64, fleetSignals(INCLUDED));
        vm.chainId(1);
        vm.expectRevert(IVerifier.ProofRefused.selector);
        this.settleFrom(proof, INCLUDED, hex"0102", BOND);
    }

    function test_settleCycle_refusesAnAliasedRoot() external {
        open();
        vm.warp(END + 1);
        uint256[] memory signals = fleetSignals(INCLUDED);
        uint256[] memory words = new uint256[](1);
        words[0] = INCLUDED;
        bytes32 aliased = bytes32(signals[1] + FIELD_ORDER);
        (uint64 consumed, uint64 reserved) = (consumedBy(INCLUDED), reservedBy(INCLUDED));
        vm.prank(AGGREGATOR);
        vm.expectRevert(abi.encodeWithSelector(IVerifier.SignalNotCanonical.selector, 1));
        registry.settleCycle{ value: BOND }(
            FLEET, StubProofs.make(FLEET_64, signals), aliased, consumed, reserved, words, hex"0102"
        );
    }

    function test_settleCycle_nobodyIncluded() external {
        open();
        vm.warp(END + 1);
        settleWith(0, hex"0102030405");
        vm.assertEq(registry.totalFleetSpend(FLEET, 1), 0);
        vm.assertEq(registry.reservedBudget(FLEET, 1), 510, "hiding spending keeps the whole sub-caps");
        vm.assertEq(registry.excludedAgentFlags(FLEET, 1).length, 5);
    }

    function test_fuzz_settleCycle_sumsToTheCap(uint256 seed) external {
        open();
        vm.warp(END + 1);
        uint256 included = seed & 0x1f;
        for (uint256 i = 0; i < agents.length; ++i) {
            agents[i].spent = uint64(uint256(keccak256(abi.encode(seed, i))) % (agents[i].subCap + 1));
        }
        bytes memory codes;
        for (uint256 i = 0; i < 5; ++i) {
            if ((included >> i) & 1 == 0) {
                codes = abi.encodePacked(codes, uint8(1 + (seed >> (8 + 8 * i)) % 6));
            }
        }
        settleWith(included, codes);
        uint256 sum = uint256(registry.totalFleetSpend(FLEET, 1)) + registry.reservedBudget(FLEET, 1)
            + registry.rolledForwardBudget(FLEET, 1);
        vm.assertEq(sum, CAP);
        ExcludedFlag[] memory flags = registry.excludedAgentFlags(FLEET, 1);
        vm.assertEq(flags.length, codes.length);
        for (uint256 i = 0; i < flags.length; ++i) {
            vm.assertEq(flags[i].code, uint8(codes[i]));
            vm.assertEq((included >> flags[i].slot) & 1, 0);
            vm.assertTrue(i == 0 || flags[i].slot > flags[i - 1].slot);
        }
    }

    /// Gas of settling a fleet of so many agents, all included.
    function gasOfSettling(uint256 count) private returns (uint256 used) {
        setUp();
        delete agents;
        for (uint256 i = 0; i < count; ++i) {
            agents.push(model.agentOf("many", i));
        }
        openWith(20_000, START, END);
        vm.warp(END + 1);
        uint256 included = (1 << count) - 1;
        uint256[] memory signals = fleetSignals(included);
        uint256[] memory words = new uint256[](1);
        words[0] = included;
        uint64 consumed = consumedBy(included);
        bytes memory data = abi.encodeCall(
            registry.settleCycle,
            (FLEET, StubProofs.make(FLEET_64, signals), bytes32(signals[1]), consumed, 0, words, "")
        );
        address to = address(registry);
        vm.prank(AGGREGATOR);
        uint256 before = gasleft();
        (bool done,) = to.call{ value: BOND }(data);
        used = before - gasleft();
        vm.assertTrue(done);
    }

    function test_gas_settlingIsFlatInTheNumberOfAgents() external {
        uint256 few = gasOfSettling(2);
        uint256 many = gasOfSettling(64);
        // The same work to the unit, but for the memory that this test itself has grown by.
        vm.assertLe(many > few ? many - few : few - many, 500);
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
