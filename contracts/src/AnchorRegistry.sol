// SPDX-License-Identifier: GPL-3.0-only
pragma solidity 0.8.37;

import { AnchoredBatch, DiffProof, IAnchorRegistry } from "./interfaces/IAnchorRegistry.sol";
import { DiffTree } from "./libraries/DiffTree.sol";
import { PointEvaluation } from "./libraries/PointEvaluation.sol";

/// @title Registry of anchored log roots
contract AnchorRegistry is IAnchorRegistry {
    /// The first field element of a blob is its value at this power of the root of unity: the 0th.
    uint256 private constant FIRST_ELEMENT = 1;

    mapping(address publisher => mapping(bytes32 batch => bytes32 record)) private records;

    /// @inheritdoc IAnchorRegistry
    function anchor(bytes32 batch, bytes32 root, uint64 from, uint64 size, bytes32 payloadHash) external {
        if (from >= size) revert EmptySpan(from, size);
        uint256 count = 0;
        while (blobhash(count) != 0) ++count;
        if (count == 0) revert NoBlobs();
        bytes32[] memory versionedHashes = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) {
            versionedHashes[i] = blobhash(i);
        }
        keep(batch, root, from, size, payloadHash, versionedHashes);
    }

    /// @inheritdoc IAnchorRegistry
    function anchorWithData(
        bytes32 batch,
        bytes32 root,
        uint64 from,
        uint64 size,
        bytes32 payloadHash,
        bytes calldata payload
    ) external {
        if (from >= size) revert EmptySpan(from, size);
        if (blobhash(0) != 0) revert UnexpectedBlobs();
        bytes32 actual = sha256(payload);
        if (actual != payloadHash) revert PayloadMismatch(payloadHash, actual);
        keep(batch, root, from, size, payloadHash, new bytes32[](0));
    }

    /// @inheritdoc IAnchorRegistry
    function anchorExternal(bytes32 batch, bytes32 root, uint64 from, uint64 size, bytes32 payloadHash)
        external
    {
        if (from >= size) revert EmptySpan(from, size);
        if (blobhash(0) != 0) revert UnexpectedBlobs();
        keep(batch, root, from, size, payloadHash, new bytes32[](0));
    }

    /// @inheritdoc IAnchorRegistry
    function anchorOf(address publisher, bytes32 batch) external view returns (bytes32) {
        return records[publisher][batch];
    }

    /// @inheritdoc IAnchorRegistry
    function recordOf(AnchoredBatch calldata anchored) public pure returns (bytes32) {
        return recordHash(
            anchored.root,
            anchored.from,
            anchored.size,
            anchored.payloadHash,
            anchored.blockNumber,
            anchored.versionedHashes
        );
    }

    /// @inheritdoc IAnchorRegistry
    function proveDiff(address publisher, AnchoredBatch calldata anchored, DiffProof calldata proof)
        external
        view
        returns (bool)
    {
        if (records[publisher][anchored.batch] != recordOf(anchored)) {
            revert UnknownAnchor(publisher, anchored.batch);
        }
        if (anchored.versionedHashes.length == 0) revert NotInBlobs(anchored.batch);
        bytes32 diffsRoot = DiffTree.rootFrom(proof.record, proof.index, proof.count, proof.path);
        // The blob has the first 31 bytes: an element must stay below the field's order.
        uint256 element = uint256(diffsRoot) >> 8;
        bytes32 first = anchored.versionedHashes[0];
        if (!PointEvaluation.holds(first, FIRST_ELEMENT, element, proof.commitment, proof.opening)) {
            revert DiffNotShown();
        }
        return true;
    }

    function keep(
        bytes32 batch,
        bytes32 root,
        uint64 from,
        uint64 size,
        bytes32 payloadHash,
        bytes32[] memory versionedHashes
    ) private {
        if (records[msg.sender][batch] != 0) revert AlreadyAnchored(batch);
        records[msg.sender][batch] =
            recordHash(root, from, size, payloadHash, uint64(block.number), versionedHashes);
        emit Anchored(msg.sender, batch, root, from, size, payloadHash, versionedHashes);
    }

    function recordHash(
        bytes32 root,
        uint64 from,
        uint64 size,
        bytes32 payloadHash,
        uint64 blockNumber,
        bytes32[] memory versionedHashes
    ) private pure returns (bytes32) {
        return keccak256(abi.encode(root, from, size, payloadHash, blockNumber, versionedHashes));
    }
}
