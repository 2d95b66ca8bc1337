// SPDX-License-Identifier: GPL-3.0-only
pragma solidity 0.8.37;

import { AnchorRegistry } from "../../src/AnchorRegistry.sol";
import { Test } from "../support/Test.sol";

/// @title Publishers that anchor the same few batches again and again, in every way; a refused call is caught
contract AnchorHandler is Test {
    AnchorRegistry public immutable registry = new AnchorRegistry();
    /// What was kept first.
    mapping(address publisher => mapping(bytes32 batch => bytes32)) public firsts;

    function step(uint256 who, uint256 which, uint256 how, bytes32 root) external {
        address publisher = address(uint160(1 + who % 3));
        bytes32 batch = bytes32(which % 4);
        bytes32[] memory hashes = new bytes32[](how % 3 == 0 ? 1 + how % 6 : 0);
        for (uint256 i = 0; i < hashes.length; ++i) {
            hashes[i] = bytes32(uint256(1 << 248) + i);
        }
        bytes memory payload = abi.encode(root);
        // Before the prank: hashing is a call too.
        bytes32 hash = sha256(payload);
        vm.blobhashes(hashes);
        bytes memory data = abi.encodeCall(registry.anchor, (batch, root, 0, 1, hash));
        if (how % 3 == 1) data = abi.encodeCall(registry.anchorExternal, (batch, root, 0, 1, hash));
        if (how % 3 == 2) data = abi.encodeCall(registry.anchorWithData, (batch, root, 0, 1, hash, payload));
        vm.prank(publisher);
        (bool done,) = address(registry).call(data);
        vm.assertTrue(done == (firsts[publisher][batch] == 0));
        if (done) firsts[publisher][batch] = registry.anchorOf(publisher, batch);
    }
}

/// Goal: what is anchored stays as it is, and nothing is anchored under anybody else.
contract AnchorInvariantsTest is Test {
    AnchorHandler private handler;

    function setUp() external {
        handler = new AnchorHandler();
    }

    /// What forge calls between the checks. Source: Foundry, "Invariant testing".
    function targetContracts() external view returns (address[] memory list) {
        list = new address[](1);
        list[0] = address(handler);
    }

    function invariant_theFirstRecordStays() external view {
        AnchorRegistry registry = handler.registry();
        for (uint160 publisher = 0; publisher < 5; ++publisher) {
            for (uint256 batch = 0; batch < 4; ++batch) {
                vm.assertEq(
                    registry.anchorOf(address(publisher), bytes32(batch)),
                    handler.firsts(address(publisher), bytes32(batch))
                );
            }
        }
    }
}
