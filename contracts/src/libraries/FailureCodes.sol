// SPDX-License-Identifier: GPL-3.0-only
pragma solidity 0.8.37;

import { ISpendRegistryErrors } from "../interfaces/ISpendRegistryErrors.sol";
import { ExcludedFlag } from "../interfaces/SpendRegistryTypes.sol";
import { Bitmap } from "./Bitmap.sol";

/// @title Why slots are excluded: four bits each, by their place among the excluded slots
/// @dev One storage word holds 64 of them, and only words that are in use are written.
library FailureCodes {
    /// The budget went on into a later period than the one that the slot fixes.
    uint8 internal constant PERIOD_OVERFLOW = 5;
    uint8 internal constant LARGEST = 6;
    uint256 private constant PER_WORD = 64;

    /// Stores one code for each excluded slot; the words beyond must be 0 already.
    function store(uint256[4] storage words, bytes calldata codes) internal {
        uint256 word;
        for (uint256 i = 0; i < codes.length; ++i) {
            uint8 code = uint8(codes[i]);
            if (code == 0 || code > LARGEST) revert ISpendRegistryErrors.InvalidCode(i, code);
            word |= uint256(code) << (4 * (i % PER_WORD));
            if (i % PER_WORD == PER_WORD - 1 || i == codes.length - 1) {
                words[i / PER_WORD] = word;
                word = 0;
            }
        }
    }

    function read(uint256[4] storage words, uint256 place) internal view returns (uint8) {
        return uint8((words[place / PER_WORD] >> (4 * (place % PER_WORD))) & 0xf);
    }

    function write(uint256[4] storage words, uint256 place, uint8 code) internal {
        uint256 shift = 4 * (place % PER_WORD);
        uint256 word = words[place / PER_WORD];
        words[place / PER_WORD] = (word & ~(uint256(0xf) << shift)) | (uint256(code) << shift);
    }

    /// The excluded slots whose code is not 0, in slot order.
    function list(uint256[4] storage words, uint256 excluded)
        internal
        view
        returns (ExcludedFlag[] memory flags)
    {
        uint256 total = Bitmap.count(excluded);
        flags = new ExcludedFlag[](total);
        uint256 place;
        uint256 kept;
        for (uint16 slot = 0; place < total; ++slot) {
            if (!Bitmap.has(excluded, slot)) continue;
            uint8 code = read(words, place++);
            if (code != 0) flags[kept++] = ExcludedFlag(slot, code);
        }
        // The list may be shorter than the room for it, never longer.
        assembly ("memory-safe") {
            mstore(flags, kept)
        }
    }
}
