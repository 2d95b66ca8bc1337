// SPDX-License-Identifier: GPL-3.0-only
pragma solidity 0.8.37;

import { CircuitIds, CircuitKind } from "../../src/libraries/CircuitIds.sol";
import { Test } from "../support/Test.sol";

/// Goal: every circuit has its kind and its number of signals, and nothing else has any.
contract CircuitIdsTest is Test {
    function test_kinds() external pure {
        string[6] memory spend = ["spend-16", "spend-64", "spend-256", "spend-1024", "batch-16", "batch-64"];
        for (uint256 i = 0; i < spend.length; ++i) {
            bytes32 id = keccak256(bytes(spend[i]));
            vm.assertTrue(CircuitIds.kindOf(id) == CircuitKind.Spend);
            vm.assertEq(CircuitIds.signalCount(id), 6);
            vm.assertEq(CircuitIds.fleetSizeOf(id), 0);
        }
        vm.assertEq(CircuitIds.signalCount(keccak256("fleet-64")), 5);
        vm.assertEq(CircuitIds.signalCount(keccak256("fleet-256")), 6);
        vm.assertEq(CircuitIds.fleetSizeOf(keccak256("fleet-64")), 64);
        vm.assertEq(CircuitIds.fleetSizeOf(keccak256("fleet-256")), 256);
        vm.assertEq(CircuitIds.signalCount(keccak256("spent-at-most")), 2);
    }

    function test_fuzz_nothingElse(bytes32 seed) external pure {
        // Hashed, because the fuzzer tries the constants that it finds in the code.
        bytes32 id = keccak256(abi.encode(seed));
        vm.assertTrue(CircuitIds.kindOf(id) == CircuitKind.Unknown);
        vm.assertEq(CircuitIds.signalCount(id), 0);
    }

    function test_otherCircuitsAreUnknown() external pure {
        string[4] memory others = ["spend-32", "claim-aggregate-16", "remaining-at-least", ""];
        for (uint256 i = 0; i < others.length; ++i) {
            vm.assertTrue(CircuitIds.kindOf(keccak256(bytes(others[i]))) == CircuitKind.Unknown);
        }
    }
}
