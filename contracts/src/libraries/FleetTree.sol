// SPDX-License-Identifier: GPL-3.0-only
pragma solidity 0.8.37;

import { IPoseidonT4, IPoseidonT5 } from "../interfaces/IPoseidon.sol";
import { ISpendRegistryErrors } from "../interfaces/ISpendRegistryErrors.sol";
import { SlotOpening } from "../interfaces/SpendRegistryTypes.sol";
import { PoseidonTags } from "../poseidon/PoseidonTags.sol";

/// @title The 4-ary Poseidon trees of a fleet: over the slots of a policy, over the summaries of a cycle
/// @dev The hash contracts refuse inputs that are not below r, so no value stands for two.
library FleetTree {
    uint256 internal constant SLOTS = PoseidonTags.FLEET_SLOTS;
    uint256 internal constant SUMMARIES = PoseidonTags.FLEET_SUMMARIES;

    /// The root that a leaf and its path give; the slot's base-4 digits, lowest first, are its places.
    function rootOf(
        IPoseidonT5 poseidon,
        uint256 tag,
        uint256 leaf,
        uint16 slot,
        uint16 size,
        bytes32[] calldata path
    ) internal pure returns (uint256 node) {
        uint256 levels = size == 64 ? 3 : 4;
        if (path.length != 3 * levels) {
            revert ISpendRegistryErrors.WrongPathLength(3 * levels, path.length);
        }
        node = leaf;
        uint256[4] memory children;
        for (uint256 level = 0; level < levels; ++level) {
            uint256 place = (slot >> (2 * level)) & 3;
            uint256 next = 3 * level;
            for (uint256 i = 0; i < 4; ++i) {
                children[i] = i == place ? node : uint256(path[next++]);
            }
            node = poseidon.hash(tag, children);
        }
    }

    /// Poseidon(fleet-slot; policyDigest, nullifier, subCap, slot).
    function slotLeaf(IPoseidonT5 poseidon, SlotOpening calldata opening) internal pure returns (uint256) {
        return poseidon.hash(
            PoseidonTags.FLEET_SLOT,
            [opening.policyDigest, opening.nullifier, uint256(opening.subCap), uint256(opening.slot)]
        );
    }

    /// Poseidon(fleet-policy; slots root, cap | slotCount << 64, fleetId).
    function policyRoot(
        IPoseidonT4 poseidon,
        uint256 slotsRoot,
        uint64 cap,
        uint16 slotCount,
        bytes32 fleetId
    ) internal pure returns (uint256) {
        uint256 terms = uint256(cap) | (uint256(slotCount) << 64);
        return poseidon.hash(PoseidonTags.FLEET_POLICY, [slotsRoot, terms, uint256(fleetId)]);
    }
}
