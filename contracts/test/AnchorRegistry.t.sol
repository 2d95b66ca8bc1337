// SPDX-License-Identifier: GPL-3.0-only
pragma solidity 0.8.37;

import { AnchorRegistry } from "../src/AnchorRegistry.sol";
import { AnchoredBatch, DiffProof, IAnchorRegistry } from "../src/interfaces/IAnchorRegistry.sol";
import { AnchorFile } from "./support/AnchorFile.sol";

/// Goal: a batch is anchored once, under its publisher, with what it was anchored with; and one diff of it can be
/// shown. Method: real openings of real blobs, made by a KZG library.
contract AnchorRegistryTest is AnchorFile {
    address private constant PUBLISHER = address(0xa1);
    address private constant OTHER = address(0xa2);
    address private constant PRECOMPILE = address(0x0a);
    bytes32 private constant BATCH = keccak256("batch");
    bytes32 private constant ROOT = keccak256("root");
    bytes32 private constant PAYLOAD_HASH = keccak256("payload");
    /// SHA-256 of nothing.
    bytes32 private constant EMPTY_HASH = 0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855;

    AnchorRegistry private registry;

    function setUp() external {
        registry = new AnchorRegistry();
        loadVectors();
        vm.roll(77);
        vm.startPrank(PUBLISHER);
    }

    function hashes(uint256 count) private view returns (bytes32[] memory list) {
        list = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) {
            list[i] = i == 0 ? versionedHashOf(".batch") : bytes32(uint256(1 << 248) + i);
        }
    }

    /// A batch in `count` blobs, as it is anchored by `anchored`.
    function batchIn(uint256 count) private view returns (AnchoredBatch memory) {
        return AnchoredBatch(BATCH, ROOT, 3, 9, PAYLOAD_HASH, 77, hashes(count));
    }

    function anchored(uint256 count) private returns (AnchoredBatch memory batch) {
        batch = batchIn(count);
        vm.blobhashes(batch.versionedHashes);
        registry.anchor(BATCH, ROOT, 3, 9, PAYLOAD_HASH);
    }

    function recordKept() private view returns (bytes32) {
        return registry.anchorOf(PUBLISHER, BATCH);
    }

    // Anchoring.

    function test_anchor_keepsARecordAndSaysIt() external {
        for (uint256 count = 1; count <= 6; ++count) {
            vm.blobhashes(hashes(count));
            bytes32 batch = bytes32(count);
            vm.expectEmit(address(registry));
            emit IAnchorRegistry.Anchored(PUBLISHER, batch, ROOT, 3, 9, PAYLOAD_HASH, hashes(count));
            registry.anchor(batch, ROOT, 3, 9, PAYLOAD_HASH);
            string memory blobs = count == 1 ? " blob" : " blobs";
            vm.snapshotGasLastCall("anchors", string.concat("anchor, ", vm.toString(count), blobs));
            bytes32 expected =
                keccak256(abi.encode(ROOT, uint64(3), uint64(9), PAYLOAD_HASH, uint64(77), hashes(count)));
            vm.assertEq(registry.anchorOf(PUBLISHER, batch), expected);
        }
    }

    function test_anchor_writesOneWord() external {
        vm.record();
        anchored(6);
        (, bytes32[] memory writes) = vm.accesses(address(registry));
        vm.assertEq(writes.length, 1);
    }

    function test_anchorWithData_checksTheHash() external {
        bytes memory payload = new bytes(4096);
        bytes32 hash = sha256(payload);
        bytes32[] memory none = new bytes32[](0);
        vm.expectEmit(address(registry));
        emit IAnchorRegistry.Anchored(PUBLISHER, BATCH, ROOT, 0, 1, hash, none);
        registry.anchorWithData(BATCH, ROOT, 0, 1, hash, payload);
        vm.snapshotGasLastCall("anchors", "anchorWithData, 4096 bytes");
        AnchoredBatch memory batch = AnchoredBatch(BATCH, ROOT, 0, 1, hash, 77, none);
        vm.assertEq(recordKept(), registry.recordOf(batch));
    }

    function test_fuzz_anchorWithData_refusesAnotherHash(bytes calldata payload, bytes32 hash) external {
        bytes32 actual = sha256(payload);
        vm.assume(hash != actual);
        vm.expectRevert(abi.encodeWithSelector(IAnchorRegistry.PayloadMismatch.selector, hash, actual));
        registry.anchorWithData(BATCH, ROOT, 0, 1, hash, payload);
        registry.anchorWithData(BATCH, ROOT, 0, 1, actual, payload);
    }

    function test_anchorExternal_keepsARecord() external {
        bytes32[] memory none = new bytes32[](0);
        vm.expectEmit(address(registry));
        emit IAnchorRegistry.Anchored(PUBLISHER, BATCH, ROOT, 0, 1, PAYLOAD_HASH, none);
        registry.anchorExternal(BATCH, ROOT, 0, 1, PAYLOAD_HASH);
        vm.snapshotGasLastCall("anchors", "anchorExternal");
        vm.assertEq(recordKept(), registry.recordOf(AnchoredBatch(BATCH, ROOT, 0, 1, PAYLOAD_HASH, 77, none)));
    }

    // Refusals.

    function test_anchor_secondTime() external {
        anchored(1);
        bytes32 before = recordKept();
        bytes memory refusal = abi.encodeWithSelector(IAnchorRegistry.AlreadyAnchored.selector, BATCH);
        vm.expectRevert(refusal);
        registry.anchor(BATCH, ROOT, 3, 9, PAYLOAD_HASH);
        vm.expectRevert(refusal);
        registry.anchor(BATCH, keccak256("another root"), 4, 5, PAYLOAD_HASH);
        vm.blobhashes(new bytes32[](0));
        vm.expectRevert(refusal);
        registry.anchorExternal(BATCH, ROOT, 3, 9, PAYLOAD_HASH);
        vm.expectRevert(refusal);
        registry.anchorWithData(BATCH, ROOT, 3, 9, EMPTY_HASH, "");
        vm.assertEq(recordKept(), before);
    }

    function test_anchor_sameBatchOfAnotherPublisher() external {
        anchored(1);
        vm.stopPrank();
        vm.prank(OTHER);
        registry.anchor(BATCH, keccak256("another root"), 0, 1, PAYLOAD_HASH);
        vm.assertEq(recordKept(), registry.recordOf(batchIn(1)));
        vm.assertTrue(registry.anchorOf(OTHER, BATCH) != recordKept());
    }

    function test_fuzz_anchor_emptySpan(uint64 from, uint64 size) external {
        (from, size) = from >= size ? (from, size) : (size, from);
        bytes memory refusal = abi.encodeWithSelector(IAnchorRegistry.EmptySpan.selector, from, size);
        vm.expectRevert(refusal);
        registry.anchor(BATCH, ROOT, from, size, PAYLOAD_HASH);
        vm.expectRevert(refusal);
        registry.anchorExternal(BATCH, ROOT, from, size, PAYLOAD_HASH);
        vm.expectRevert(refusal);
        registry.anchorWithData(BATCH, ROOT, from, size, PAYLOAD_HASH, "");
    }

    function test_anchor_blobsAreSaid() external {
        vm.expectRevert(IAnchorRegistry.NoBlobs.selector);
        registry.anchor(BATCH, ROOT, 0, 1, PAYLOAD_HASH);
        vm.blobhashes(hashes(1));
        vm.expectRevert(IAnchorRegistry.UnexpectedBlobs.selector);
        registry.anchorExternal(BATCH, ROOT, 0, 1, PAYLOAD_HASH);
        vm.expectRevert(IAnchorRegistry.UnexpectedBlobs.selector);
        registry.anchorWithData(BATCH, ROOT, 0, 1, EMPTY_HASH, "");
    }

    // One diff.

    function test_proveDiff_everyDiff() external {
        AnchoredBatch memory batch = anchored(2);
        for (uint256 i = 0; i < 5; ++i) {
            vm.assertTrue(registry.proveDiff(PUBLISHER, batch, proofAt(".batch", i)));
        }
        vm.snapshotGasLastCall("anchors", "proveDiff, the last of five");
    }

    function test_proveDiff_anotherAnchor() external {
        AnchoredBatch memory batch = anchored(2);
        DiffProof memory proof = proofAt(".batch", 0);
        bytes memory refusal =
            abi.encodeWithSelector(IAnchorRegistry.UnknownAnchor.selector, PUBLISHER, BATCH);
        for (uint256 i = 0; i < 7; ++i) {
            batch = batchIn(2);
            if (i == 0) batch.root = keccak256("another root");
            if (i == 1) batch.from = 2;
            if (i == 2) batch.size = 10;
            if (i == 3) batch.payloadHash = 0;
            if (i == 4) batch.blockNumber = 78;
            if (i == 5) batch.versionedHashes = hashes(1);
            if (i == 6) batch.versionedHashes[1] = batch.versionedHashes[0];
            vm.expectRevert(refusal);
            registry.proveDiff(PUBLISHER, batch, proof);
        }
        vm.expectRevert(abi.encodeWithSelector(IAnchorRegistry.UnknownAnchor.selector, OTHER, BATCH));
        registry.proveDiff(OTHER, batchIn(2), proof);
    }

    function test_proveDiff_withoutBlobs() external {
        bytes32[] memory none = new bytes32[](0);
        registry.anchorExternal(BATCH, ROOT, 0, 1, PAYLOAD_HASH);
        vm.expectRevert(abi.encodeWithSelector(IAnchorRegistry.NotInBlobs.selector, BATCH));
        registry.proveDiff(
            PUBLISHER, AnchoredBatch(BATCH, ROOT, 0, 1, PAYLOAD_HASH, 77, none), proofAt(".batch", 0)
        );
    }

    function test_proveDiff_whatIsNotInTheBlob() external {
        AnchoredBatch memory batch = anchored(1);
        DiffProof memory other = proofAt(".other", 0);
        for (uint256 i = 0; i < 6; ++i) {
            DiffProof memory proof = proofAt(".batch", 0);
            if (i == 0) proof.record ^= bytes18(uint144(1) << 80);
            if (i == 1) proof.path[0] ^= bytes32(uint256(1));
            if (i == 2) proof.commitment = other.commitment;
            if (i == 3) proof.opening = other.opening;
            if (i == 4) (proof.commitment, proof.opening) = (proof.opening, proof.commitment);
            // A diff of another batch, with everything that belongs to it.
            if (i == 5) proof = other;
            vm.expectRevert(IAnchorRegistry.DiffNotShown.selector);
            // A refused opening uses up all the gas that it gets.
            registry.proveDiff{ gas: 1_000_000 }(PUBLISHER, batch, proof);
        }
    }

    function test_proveDiff_malformed() external {
        AnchoredBatch memory batch = anchored(1);
        for (uint256 i = 0; i < 6; ++i) {
            DiffProof memory proof = proofAt(".batch", 0);
            if (i == 0) proof.commitment = new bytes(47);
            if (i == 1) proof.opening = new bytes(49);
            if (i == 2) proof.commitment = abi.encodePacked(proof.commitment, bytes1(0));
            if (i == 3) proof.index = 5;
            if (i == 4) proof.path = new bytes32[](9);
            if (i == 5) proof.count = 9;
            bytes4 refusal =
                i < 3 ? IAnchorRegistry.WrongPointLength.selector : IAnchorRegistry.WrongPath.selector;
            vm.expectRevert(refusal);
            registry.proveDiff(PUBLISHER, batch, proof);
        }
    }

    function test_proveDiff_onAChainWithoutPointEvaluation() external {
        AnchoredBatch memory batch = anchored(1);
        DiffProof memory proof = proofAt(".batch", 0);
        bytes[3] memory answers = [bytes(""), abi.encode(1), abi.encode(4096, 1)];
        for (uint256 i = 0; i < 3; ++i) {
            vm.mockCall(PRECOMPILE, "", answers[i]);
            vm.expectRevert(IAnchorRegistry.DiffNotShown.selector);
            registry.proveDiff(PUBLISHER, batch, proof);
        }
        vm.clearMockedCalls();
        vm.assertTrue(registry.proveDiff(PUBLISHER, batch, proof));
    }
}
