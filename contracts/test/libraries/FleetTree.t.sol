// SPDX-License-Identifier: GPL-3.0-only
pragma solidity 0.8.37;

import { IPoseidonT4, IPoseidonT5 } from "../../src/interfaces/IPoseidon.sol";
import { SlotOpening } from "../../src/interfaces/SpendRegistryTypes.sol";
import { FleetTree } from "../../src/libraries/FleetTree.sol";
import { PoseidonT3 } from "../../src/poseidon/PoseidonT3.sol";
import { PoseidonT4 } from "../../src/poseidon/PoseidonT4.sol";
import { PoseidonT5 } from "../../src/poseidon/PoseidonT5.sol";
import { PoseidonTags } from "../../src/poseidon/PoseidonTags.sol";
import { Test } from "../support/Test.sol";

/// Goal: trees, leaves, policy roots and nullifiers are those of the kernel and the circuits. Method: the fleets of
/// test/vectors/fleet.json, one of each size.
contract FleetTreeTest is Test {
    PoseidonT3 private immutable t3 = new PoseidonT3();
    IPoseidonT4 private immutable t4 = new PoseidonT4();
    IPoseidonT5 private immutable t5 = new PoseidonT5();
    string private json;

    function setUp() external {
        json = vm.readFile("../test/vectors/fleet.json");
    }

    function number(string memory key) private view returns (uint256) {
        return vm.parseJsonUint(json, key);
    }

    function pathAt(string memory key) private view returns (bytes32[] memory path) {
        uint256[] memory siblings = vm.parseJsonUintArray(json, key);
        path = new bytes32[](siblings.length);
        for (uint256 i = 0; i < path.length; ++i) {
            path[i] = bytes32(siblings[i]);
        }
    }

    /// `rootOf` takes calldata.
    function rootOf(uint256 tag, uint256 leaf, uint16 slot, uint16 size, bytes32[] calldata path)
        external
        view
        returns (uint256)
    {
        return FleetTree.rootOf(t5, tag, leaf, slot, size, path);
    }

    function slotLeaf(SlotOpening calldata opening) external view returns (uint256) {
        return FleetTree.slotLeaf(t5, opening);
    }

    function fleetOf(string memory fleet) private view {
        uint16 size = uint16(number(string.concat(fleet, ".size")));
        uint64 cap = uint64(number(string.concat(fleet, ".cap")));
        uint16 slotCount = uint16(number(string.concat(fleet, ".slotCount")));
        uint256 slotsRoot = number(string.concat(fleet, ".slotsRoot"));
        bytes32 fleetId = bytes32(number(string.concat(fleet, ".fleetId")));
        vm.assertEq(
            FleetTree.policyRoot(t4, slotsRoot, cap, slotCount, fleetId),
            number(string.concat(fleet, ".policyRoot"))
        );
        for (uint256 i = 0; i < 3; ++i) {
            string memory path = string.concat(fleet, ".paths[", vm.toString(i), "]");
            uint16 index = uint16(number(string.concat(path, ".index")));
            string memory slot = string.concat(fleet, ".slots[", vm.toString(index), "]");
            SlotOpening memory opening = SlotOpening(
                index,
                number(string.concat(slot, ".policyDigest")),
                number(string.concat(slot, ".nullifier")),
                uint64(number(string.concat(slot, ".subCap"))),
                pathAt(string.concat(path, ".slot"))
            );
            uint256 leaf = this.slotLeaf(opening);
            vm.assertEq(leaf, number(string.concat(slot, ".leaf")));
            vm.assertEq(this.rootOf(FleetTree.SLOTS, leaf, index, size, opening.path), slotsRoot);
            vm.assertEq(
                this.rootOf(
                    FleetTree.SUMMARIES,
                    number(string.concat(slot, ".summary")),
                    index,
                    size,
                    pathAt(string.concat(path, ".summary"))
                ),
                number(string.concat(fleet, ".summariesRoot"))
            );
            uint256 budgetId = number(string.concat(slot, ".budgetId"));
            uint256 period = number(string.concat(slot, ".periodIndex"));
            vm.assertEq(t3.hash(PoseidonTags.NULLIFIER, [budgetId, period]), opening.nullifier);
        }
    }

    function test_fleetOf64_equalsKernel() external view {
        fleetOf(".fleets[0]");
    }

    function test_fleetOf256_equalsKernel() external view {
        fleetOf(".fleets[1]");
    }

    function test_rootOf_anotherPlaceGivesAnotherRoot() external view {
        uint256 leaf = number(".fleets[0].slots[0].leaf");
        bytes32[] memory path = pathAt(".fleets[0].paths[0].slot");
        uint256 root = this.rootOf(FleetTree.SLOTS, leaf, 0, 64, path);
        for (uint16 slot = 1; slot < 64; ++slot) {
            vm.assertTrue(this.rootOf(FleetTree.SLOTS, leaf, slot, 64, path) != root);
        }
    }
}
