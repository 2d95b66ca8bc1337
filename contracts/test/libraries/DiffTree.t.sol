// SPDX-License-Identifier: GPL-3.0-only
pragma solidity 0.8.37;

import { IAnchorRegistry } from "../../src/interfaces/IAnchorRegistry.sol";
import { DiffTree } from "../../src/libraries/DiffTree.sol";
import { AnchorFile } from "../support/AnchorFile.sol";

/// Goal: paths lead to the kernel's roots, and no other. Method: every diff of trees of one to nine diffs.
contract DiffTreeTest is AnchorFile {
    function setUp() external {
        loadVectors();
    }

    /// `rootFrom` takes calldata.
    function rootFrom(bytes18 record, uint64 index, uint64 count, bytes32[] calldata path)
        external
        pure
        returns (bytes32)
    {
        return DiffTree.rootFrom(record, index, count, path);
    }

    function test_rootFrom_everyDiffOfEveryTree() external view {
        for (uint64 count = 1; count <= 9; ++count) {
            bytes32 root = rootOfTree(count);
            for (uint64 i = 0; i < count; ++i) {
                bytes32[] memory path = pathAt(count, i);
                vm.assertEq(this.rootFrom(recordAt(count, i), i, count, path), root);
                bytes18 other = recordAt(count, i) ^ bytes18(uint144(1));
                vm.assertTrue(this.rootFrom(other, i, count, path) != root);
            }
        }
    }

    function test_rootFrom_refusesPathsOfAnotherLength() external {
        for (uint64 count = 1; count <= 9; ++count) {
            bytes32[] memory path = pathAt(count, count - 1);
            bytes32[] memory longer = new bytes32[](path.length + 1);
            vm.expectRevert(IAnchorRegistry.WrongPath.selector);
            this.rootFrom(recordAt(count, count - 1), count - 1, count, longer);
            if (count == 1) continue;
            vm.expectRevert(IAnchorRegistry.WrongPath.selector);
            this.rootFrom(recordAt(count, 0), 0, count, new bytes32[](0));
        }
    }

    function test_fuzz_rootFrom_refusesIndicesBeyondTheCount(uint64 index, uint64 count) external {
        uint64 beyond = index >= count ? index : count;
        vm.expectRevert(IAnchorRegistry.WrongPath.selector);
        this.rootFrom(bytes18(0), beyond, count, new bytes32[](0));
    }

    /// Any index, count and path give a root or the named error: no panic, no endless loop.
    function test_fuzz_rootFrom_isTotal(bytes18 record, uint64 index, uint64 count, bytes32[] calldata path)
        external
        view
    {
        try this.rootFrom(record, index, count, path) returns (bytes32 root) {
            vm.assertTrue(root != 0);
        } catch (bytes memory reason) {
            vm.assertEq(bytes32(reason), bytes32(IAnchorRegistry.WrongPath.selector));
        }
    }
}
