// SPDX-License-Identifier: GPL-3.0-only
pragma solidity 0.8.37;

/// @title Sets of slots: bit i of a word is slot i
library Bitmap {
    function has(uint256 set, uint16 slot) internal pure returns (bool) {
        return (set >> slot) & 1 == 1;
    }

    /// The slots 0 … slots − 1, of at most 256.
    function prefix(uint16 slots) internal pure returns (uint256) {
        return slots >= 256 ? type(uint256).max : (1 << slots) - 1;
    }

    /// How many slots are in the set: sums of neighbouring fields that double in width.
    function count(uint256 set) internal pure returns (uint256 total) {
        unchecked {
            uint256 x = set;
            x = x - ((x >> 1) & 0x5555555555555555555555555555555555555555555555555555555555555555);
            x = (x & 0x3333333333333333333333333333333333333333333333333333333333333333)
                + ((x >> 2) & 0x3333333333333333333333333333333333333333333333333333333333333333);
            x = (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f;
            // 32 bytes of at most 8 each sum to at most 256: one byte too few, so two halves.
            uint256 low = ((x & type(uint128).max) * 0x01010101010101010101010101010101) >> 120 & 0xff;
            uint256 high = ((x >> 128) * 0x01010101010101010101010101010101) >> 120 & 0xff;
            total = low + high;
        }
    }

    /// How many of the set's slots are below this one: the slot's place among them if it is in the set.
    function rank(uint256 set, uint16 slot) internal pure returns (uint256) {
        return count(set & prefix(slot));
    }
}
