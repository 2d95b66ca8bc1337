// SPDX-License-Identifier: GPL-3.0-only
pragma solidity 0.8.37;

import { IAnchorRegistry } from "../interfaces/IAnchorRegistry.sol";

/// @title The SHA-256 tree over the diffs of a batch
/// @dev Leaves and nodes are hashed with different first bytes, so none stands for the other. Source: RFC 6962.
library DiffTree {
    /// The root to which a path leads from a record. Source: RFC 9162, section 2.1.3.2.
    function rootFrom(bytes18 record, uint64 index, uint64 count, bytes32[] calldata path)
        internal
        pure
        returns (bytes32 node)
    {
        if (index >= count) revert IAnchorRegistry.WrongPath();
        node = sha256(abi.encodePacked(bytes1(0), record));
        uint64 place = index;
        uint64 last = count - 1;
        for (uint256 i = 0; i < path.length; ++i) {
            if (last == 0) revert IAnchorRegistry.WrongPath();
            if (place & 1 == 1 || place == last) {
                node = sha256(abi.encodePacked(bytes1(0x01), path[i], node));
                // An unpaired node has no sibling on these levels.
                while (place & 1 == 0 && place != 0) {
                    place >>= 1;
                    last >>= 1;
                }
            } else {
                node = sha256(abi.encodePacked(bytes1(0x01), node, path[i]));
            }
            place >>= 1;
            last >>= 1;
        }
        if (last != 0) revert IAnchorRegistry.WrongPath();
    }
}
