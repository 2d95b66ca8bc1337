// SPDX-License-Identifier: GPL-3.0-only
pragma solidity 0.8.37;

import { ISpendRegistryErrors as E } from "../../src/interfaces/ISpendRegistryErrors.sol";
import { ISpendRegistryEvents } from "../../src/interfaces/ISpendRegistryEvents.sol";
import { IVerifier } from "../../src/interfaces/IVerifier.sol";
import { CycleState, ExcludedFlag } from "../../src/interfaces/SpendRegistryTypes.sol";
import { FIELD_ORDER } from "../../src/libraries/Field.sol";
import { RegistryFixture } from "../support/RegistryFixture.sol";
import { StubProofs } from "../support/StubVerifier.sol";

/// Goal: a cycle is settled once, by whom, when and with what its principal fixed, whatever is sent. Method: a
/// registry with stub verifiers; one wrong thing at a time, then random cycles and the gas of many.
contract SettleCycleTest is RegistryFixture, ISpendRegistryEvents {
    uint64 private constant LIMIT = 1 << 63;

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
}
