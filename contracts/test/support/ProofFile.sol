// SPDX-License-Identifier: GPL-3.0-only
pragma solidity 0.8.37;

import {
    BoundProof,
    LaterPeriod,
    SlotOpening,
    SpendProof
} from "../../src/interfaces/SpendRegistryTypes.sol";
import { Test } from "./Test.sol";

/// @title What the tests read of test/vectors/fleet-proofs.json: one cycle of fifty agents, with real proofs
/// @dev Numbers are decimal texts; proofs are snarkjs's objects, whose G2 coordinates have the real part first.
abstract contract ProofFile is Test {
    string internal json;

    function loadProofs() internal {
        json = vm.readFile("../test/vectors/fleet-proofs.json");
    }

    function number(string memory key) internal view returns (uint256) {
        return vm.parseJsonUint(json, key);
    }

    function numbers(string memory key) internal view returns (uint256[] memory) {
        return vm.parseJsonUintArray(json, key);
    }

    function proofAt(string memory key) internal view returns (uint256[8] memory proof) {
        uint256[] memory a = numbers(string.concat(key, ".pi_a"));
        uint256[] memory x = numbers(string.concat(key, ".pi_b[0]"));
        uint256[] memory y = numbers(string.concat(key, ".pi_b[1]"));
        uint256[] memory c = numbers(string.concat(key, ".pi_c"));
        proof = [a[0], a[1], x[1], x[0], y[1], y[0], c[0], c[1]];
    }

    function pathAt(string memory key) internal view returns (bytes32[] memory path) {
        uint256[] memory siblings = numbers(key);
        path = new bytes32[](siblings.length);
        for (uint256 i = 0; i < path.length; ++i) {
            path[i] = bytes32(siblings[i]);
        }
    }

    function spendAt(string memory key) internal view returns (SpendProof memory spend) {
        spend.circuitId = keccak256(bytes(vm.parseJsonString(json, string.concat(key, ".circuit"))));
        spend.proof = proofAt(string.concat(key, ".proof"));
        uint256[] memory signals = numbers(string.concat(key, ".signals"));
        for (uint256 i = 0; i < 6; ++i) {
            spend.signals[i] = signals[i];
        }
    }

    function openingAt(string memory key) internal view returns (SlotOpening memory opening) {
        opening.slot = uint16(number(string.concat(key, ".slot")));
        string memory slot = string.concat(".policy.slots[", vm.toString(opening.slot), "]");
        opening.policyDigest = number(string.concat(slot, ".policyDigest"));
        opening.nullifier = number(string.concat(slot, ".nullifier"));
        opening.subCap = uint64(number(string.concat(slot, ".subCap")));
        opening.path = pathAt(string.concat(key, ".policyPath"));
    }

    function laterPeriodInFile() internal view returns (LaterPeriod memory) {
        return LaterPeriod(
            number(".later.budgetId"),
            uint32(number(".later.registeredIndex")),
            uint32(number(".later.laterIndex"))
        );
    }

    function boundInFile() internal view returns (BoundProof memory limit) {
        limit.proof = proofAt(".late.boundProof");
        uint256[] memory signals = numbers(".late.boundSignals");
        (limit.signals[0], limit.signals[1]) = (signals[0], signals[1]);
    }
}
