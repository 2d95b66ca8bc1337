// SPDX-License-Identifier: GPL-3.0-only
pragma solidity 0.8.37;

import { SpendRegistry } from "../../src/SpendRegistry.sol";
import { CircuitVerifier, Config, Cycle, CycleState } from "../../src/interfaces/SpendRegistryTypes.sol";
import { FleetModel } from "../support/FleetModel.sol";
import { StubVerifier } from "../support/StubVerifier.sol";
import { Test } from "../support/Test.sol";
import { RegistryHandler } from "./RegistryHandler.sol";

/// Goal: the laws hold after any steps of any actors. Method: forge's invariant runs over a handler that keeps its own
/// account; stub verifiers.
contract RegistryInvariantsTest is Test {
    SpendRegistry private registry;
    RegistryHandler private handler;
    bytes32 private fleet;

    function setUp() external {
        vm.warp(1_000_000);
        FleetModel model = new FleetModel();
        Config memory config = Config(
            1 ether + 1,
            0.05 ether,
            1 days,
            6 hours,
            address(model.t3()),
            address(model.t4()),
            address(model.t5())
        );
        CircuitVerifier[] memory list = new CircuitVerifier[](3);
        list[0] = stub("spend-16", 6);
        list[1] = stub("fleet-64", 5);
        list[2] = stub("spent-at-most", 2);
        registry = new SpendRegistry(config, list);
        handler = new RegistryHandler(registry, model);
        fleet = handler.FLEET();
    }

    function stub(string memory circuit, uint256 signals) private returns (CircuitVerifier memory) {
        bytes32 id = keccak256(bytes(circuit));
        return CircuitVerifier(id, address(new StubVerifier(id, signals)));
    }

    /// What forge calls between the checks. Source: Foundry, "Invariant testing".
    function targetContracts() external view returns (address[] memory list) {
        list = new address[](1);
        list[0] = address(handler);
    }

    function invariant_balanceIsBondsDepositsAndWhatIsOwed() external view {
        uint256 owed;
        for (uint256 i = 0; i < 4; ++i) {
            owed += registry.withdrawable(handler.actors(i));
        }
        uint256 locked = handler.bonds() * registry.bond() + handler.openDeposits() * registry.demandDeposit();
        vm.assertEq(address(registry).balance, locked + owed);
    }

    function invariant_consumedReservedRemainingAreTheCap() external view {
        for (uint64 n = 1; n <= handler.cycle(); ++n) {
            CycleState state = registry.cycleState(fleet, n);
            if (state != CycleState.Pending && state != CycleState.Final) continue;
            uint256 sum = uint256(registry.totalFleetSpend(fleet, n)) + registry.reservedBudget(fleet, n)
                + registry.rolledForwardBudget(fleet, n);
            vm.assertEq(sum, registry.cycleCap(fleet, n));
        }
    }

    /// Nothing is delegated twice: what was granted is available, used, waiting, or in the cycle that is open.
    function invariant_grantsAreConserved() external view {
        uint256 sum = registry.available(fleet) + handler.waiting();
        for (uint64 n = 1; n <= handler.cycle(); ++n) {
            Cycle memory cycle = registry.cycleOf(fleet, n);
            bool done = cycle.state == CycleState.Final;
            sum += done ? uint256(cycle.consumed) + cycle.reserved : cycle.cap;
        }
        vm.assertEq(sum, handler.granted());
    }

    function invariant_finalStaysFinal() external view {
        for (uint64 n = 1; n <= handler.cycle(); ++n) {
            bytes32 root = handler.finalRoot(n);
            if (root == 0) continue;
            vm.assertEq(uint256(registry.cycleState(fleet, n)), uint256(CycleState.Final));
            vm.assertEq(registry.cycleRoot(fleet, n), root);
        }
    }

    function invariant_nullifiersCountOnce() external view {
        for (uint256 i = 0; i < handler.nullifierCount(); ++i) {
            uint256 nullifier = handler.nullifiers(i);
            vm.assertEq(handler.counted(nullifier), 1);
        }
    }
}
