// SPDX-License-Identifier: GPL-3.0-only
pragma solidity 0.8.37;

import { Bitmap } from "../../src/libraries/Bitmap.sol";
import { Test } from "../support/Test.sol";

/// Goal: sets of slots count as they should. Method: a bit by bit count beside it.
contract BitmapTest is Test {
    function slowCount(uint256 set) private pure returns (uint256 total) {
        for (; set != 0; set >>= 1) {
            total += set & 1;
        }
    }

    function test_count_edges() external pure {
        vm.assertEq(Bitmap.count(0), 0);
        vm.assertEq(Bitmap.count(type(uint256).max), 256);
        vm.assertEq(Bitmap.count(type(uint128).max), 128);
        vm.assertEq(Bitmap.count(uint256(type(uint128).max) << 128), 128);
        for (uint256 i = 0; i < 256; ++i) {
            vm.assertEq(Bitmap.count(uint256(1) << i), 1);
        }
    }

    function test_fuzz_count_equalsBitByBit(uint256 set) external pure {
        vm.assertEq(Bitmap.count(set), slowCount(set));
    }

    function test_prefix_edges() external pure {
        vm.assertEq(Bitmap.prefix(0), 0);
        vm.assertEq(Bitmap.prefix(1), 1);
        vm.assertEq(Bitmap.prefix(255), type(uint256).max >> 1);
        vm.assertEq(Bitmap.prefix(256), type(uint256).max);
    }

    function test_fuzz_rank_countsTheSlotsBelow(uint256 set, uint8 slot) external pure {
        uint256 below;
        for (uint16 i = 0; i < slot; ++i) {
            if (Bitmap.has(set, i)) ++below;
        }
        vm.assertEq(Bitmap.rank(set, slot), below);
    }
}
