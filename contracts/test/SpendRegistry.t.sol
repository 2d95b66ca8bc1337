// SPDX-License-Identifier: GPL-3.0-only
pragma solidity 0.8.37;

import { SpendRegistry } from "../src/SpendRegistry.sol";
import { ISpendRegistryErrors as E } from "../src/interfaces/ISpendRegistryErrors.sol";
import { CircuitVerifier, Config } from "../src/interfaces/SpendRegistryTypes.sol";
import { Reentrant, Refuser } from "./support/Receivers.sol";
import { RegistryFixture } from "./support/RegistryFixture.sol";
import { StubVerifier, TruthfulVerifier } from "./support/StubVerifier.sol";

/// Goal: a registry is wired as its configuration says or not at all, and ETH leaves it once, to whom it is owed.
contract SpendRegistryTest is RegistryFixture {
    function test_constructor_theFixedAddressAndConfiguration() external view {
        vm.assertEq(address(registry), 0xf905Fd68E8347B8dD32E30A2057C091f93D41E53);
        vm.assertEq(registry.bond(), BOND);
        vm.assertEq(registry.demandDeposit(), DEPOSIT);
        vm.assertEq(registry.challengeWindow(), CHALLENGE);
        vm.assertEq(registry.responseWindow(), RESPONSE);
    }

    /// `new` as a call of its own.
    function build(Config memory settings, CircuitVerifier[] memory list) external returns (SpendRegistry) {
        return new SpendRegistry(settings, list);
    }

    function test_constructor_refusesConfigurations() external {
        CircuitVerifier[] memory none = new CircuitVerifier[](0);
        for (uint256 i = 0; i < 7; ++i) {
            Config memory settings = config();
            if (i == 0) settings.bond = 0;
            if (i == 1) settings.demandDeposit = 0;
            if (i == 2) settings.challengeWindow = 0;
            if (i == 3) settings.responseWindow = 0;
            if (i == 4) settings.poseidonT3 = STRANGER;
            if (i == 5) settings.poseidonT4 = STRANGER;
            if (i == 6) settings.poseidonT5 = STRANGER;
            vm.expectRevert(E.InvalidConfig.selector);
            this.build(settings, none);
        }
        this.build(config(), none);
    }

    function test_constructor_refusesVerifiers() external {
        Config memory settings = config();
        bytes32 unknown = keccak256("spend-17");
        CircuitVerifier[] memory one = new CircuitVerifier[](1);
        one[0] = CircuitVerifier(unknown, address(new StubVerifier(unknown, 6)));
        vm.expectRevert(abi.encodeWithSelector(E.UnknownCircuit.selector, unknown));
        this.build(settings, one);
        // No contract; the verifier of another circuit; one with too few signals; the same circuit twice.
        address[3] memory wrong = [
            STRANGER,
            address(new StubVerifier(keccak256("spend-64"), 6)),
            address(new StubVerifier(SPEND_16, 5))
        ];
        for (uint256 i = 0; i < 3; ++i) {
            one[0] = CircuitVerifier(SPEND_16, wrong[i]);
            vm.expectRevert(abi.encodeWithSelector(E.WrongVerifier.selector, SPEND_16));
            this.build(settings, one);
        }
        CircuitVerifier[] memory two = new CircuitVerifier[](2);
        two[0] = stub("spend-16", 6);
        two[1] = stub("spend-16", 6);
        vm.expectRevert(abi.encodeWithSelector(E.WrongVerifier.selector, SPEND_16));
        this.build(settings, two);
    }

    function test_verifierOf_unknownCircuit() external {
        vm.assertTrue(registry.verifierOf(SPEND_16) != address(0));
        bytes32 circuit = keccak256("spend-64");
        vm.expectRevert(abi.encodeWithSelector(E.UnknownCircuit.selector, circuit));
        registry.verifierOf(circuit);
    }

    function test_verifier_mustAnswerWithItsSelector() external {
        CircuitVerifier[] memory one = new CircuitVerifier[](1);
        one[0] = CircuitVerifier(SPEND_16, address(new TruthfulVerifier(SPEND_16, 6)));
        SpendRegistry other = this.build(config(), one);
        other.registerDelegation(bytes32(uint256(5)));
        uint256[8] memory proof;
        uint256[6] memory signals;
        signals[3] = 5;
        vm.expectRevert(abi.encodeWithSelector(E.ProofNotAccepted.selector, SPEND_16));
        other.submitSpend(SPEND_16, proof, signals, address(this));
    }

    // ETH.

    function test_withdraw_onceToAnAddressOfChoice() external {
        settled();
        vm.startPrank(AGGREGATOR);
        vm.expectRevert(E.InvalidAddress.selector);
        registry.withdraw(payable(address(0)));
        address payable to = payable(address(0xbeef));
        registry.withdraw(to);
        vm.assertEq(to.balance, BOND);
        vm.assertEq(registry.withdrawable(AGGREGATOR), 0);
        vm.expectRevert(E.NothingToWithdraw.selector);
        registry.withdraw(to);
    }

    function test_withdraw_aRefuserBlocksNobody() external {
        uint64 cycle = pending();
        Refuser refuser = new Refuser{ value: DEPOSIT }(registry);
        refuser.demand(FLEET, cycle, 0, DEPOSIT);
        vm.warp(END + 1 + RESPONSE + 1);
        registry.rollback(FLEET, cycle, 0);
        vm.assertEq(registry.withdrawable(address(refuser)), DEPOSIT + BOND / 2);
        vm.expectRevert(E.TransferFailed.selector);
        refuser.withdraw(payable(address(refuser)));
        vm.prank(PRINCIPAL);
        registry.withdraw(payable(PRINCIPAL));
        refuser.withdraw(payable(address(0xbeef)));
        vm.assertEq(address(0xbeef).balance, DEPOSIT + BOND / 2);
        vm.assertEq(address(registry).balance, 0);
    }

    function test_withdraw_aReentrantReceiverIsPaidOnce() external {
        uint64 cycle = pending();
        Reentrant reentrant = new Reentrant{ value: DEPOSIT }(registry);
        reentrant.demand(FLEET, cycle, 0, DEPOSIT);
        vm.warp(END + 1 + RESPONSE + 1);
        registry.rollback(FLEET, cycle, 0);
        reentrant.withdraw();
        vm.assertEq(reentrant.calls(), 1);
        vm.assertFalse(reentrant.reentered());
        vm.assertEq(address(reentrant).balance, DEPOSIT + BOND / 2);
        vm.assertEq(address(registry).balance, BOND - BOND / 2);
    }

    function test_ether_isTakenByNothingElse() external {
        vm.deal(address(this), 1 ether);
        (bool sent,) = address(registry).call{ value: 1 }("");
        vm.assertFalse(sent);
        (sent,) =
            address(registry).call{ value: 1 }(abi.encodeCall(registry.registerDelegation, (bytes32(0))));
        vm.assertFalse(sent);
    }
}
