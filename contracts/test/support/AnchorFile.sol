// SPDX-License-Identifier: GPL-3.0-only
pragma solidity 0.8.37;

import { DiffProof } from "../../src/interfaces/IAnchorRegistry.sol";
import { Test } from "./Test.sol";

/// @title What the tests read of test/vectors/anchor-registry.json: trees over diffs, and openings of real blobs
abstract contract AnchorFile is Test {
    string internal json;

    function loadVectors() internal {
        json = vm.readFile("test/vectors/anchor-registry.json");
    }

    /// `.trees[count − 1]` has `count` diffs.
    function treeKey(uint256 count) internal pure returns (string memory) {
        return string.concat(".trees[", vm.toString(count - 1), "]");
    }

    function rootOfTree(uint256 count) internal view returns (bytes32) {
        return vm.parseJsonBytes32(json, string.concat(treeKey(count), ".root"));
    }

    function recordAt(uint256 count, uint256 index) internal view returns (bytes18) {
        string memory key = string.concat(treeKey(count), ".records[", vm.toString(index), "]");
        return bytes18(vm.parseJsonBytes(json, key));
    }

    function pathAt(uint256 count, uint256 index) internal view returns (bytes32[] memory) {
        if (count == 1) return new bytes32[](0);
        string memory key = string.concat(treeKey(count), ".paths[", vm.toString(index), "]");
        return vm.parseJsonBytes32Array(json, key);
    }

    /// The proof of one diff of `.batch` or `.other`.
    function proofAt(string memory batch, uint256 index) internal view returns (DiffProof memory proof) {
        proof.count = uint64(vm.parseJsonUint(json, string.concat(batch, ".count")));
        proof.index = uint64(index);
        proof.record = recordAt(proof.count, index);
        proof.path = pathAt(proof.count, index);
        proof.commitment = vm.parseJsonBytes(json, string.concat(batch, ".commitment"));
        proof.opening = vm.parseJsonBytes(json, string.concat(batch, ".opening"));
    }

    function versionedHashOf(string memory batch) internal view returns (bytes32) {
        return vm.parseJsonBytes32(json, string.concat(batch, ".versionedHash"));
    }
}
