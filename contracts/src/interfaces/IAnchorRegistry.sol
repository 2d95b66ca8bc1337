// SPDX-License-Identifier: GPL-3.0-only
pragma solidity 0.8.37;

/// What was anchored. All but `batch`, under which it is kept, is in its record.
struct AnchoredBatch {
    bytes32 batch;
    /// Root of the log at `size` leaves.
    bytes32 root;
    /// The batch is over the leaves `from … size − 1`.
    uint64 from;
    uint64 size;
    /// SHA-256 of the encoded state diffs.
    bytes32 payloadHash;
    /// Block in which it was anchored.
    uint64 blockNumber;
    /// One for each blob, in order; none for a batch without blobs.
    bytes32[] versionedHashes;
}

/// That one state diff is in the first blob of a batch.
struct DiffProof {
    /// KZG commitment of the first blob, 48 bytes.
    bytes commitment;
    /// KZG proof of its first field element, 48 bytes.
    bytes opening;
    /// The diff: int64 delta, uint32 moves, uint32 edge, uint16 flags, big-endian.
    bytes18 record;
    /// Place of the diff in ascending order of edges, 0 … count − 1.
    uint64 index;
    /// Diffs of the batch.
    uint64 count;
    /// Siblings from the leaf's level up. Source: RFC 9162, section 2.1.3.2.
    bytes32[] path;
}

/// @title Registry of anchored log roots
/// @notice A publisher anchors the root of its log, together with where the state diffs behind it were published: in
/// blobs of the same transaction, in the call itself, or elsewhere. Each batch counts once.
///
/// Every publisher has its own namespace: a batch is kept under (caller, batch), so nobody can take another's id. The
/// registry says who published what and when, and nothing of whether it is true.
///
/// Nobody owns the registry; it has no configuration and takes no ETH. It keeps one word a batch: everything else is
/// in the event, and can be held against that word.
interface IAnchorRegistry {
    /// @param publisher The caller.
    /// @param versionedHashes One for each blob of the transaction, in order; none without blobs.
    event Anchored(
        address indexed publisher,
        bytes32 indexed batch,
        bytes32 root,
        uint64 from,
        uint64 size,
        bytes32 payloadHash,
        bytes32[] versionedHashes
    );

    // In the order in which they are checked. A refused call changes nothing.

    /// The span has no leaf: `from` is not below `size`.
    error EmptySpan(uint64 from, uint64 size);
    /// `anchor` was called in a transaction without blobs.
    error NoBlobs();
    /// The payload came in the call or is elsewhere, and yet the transaction has blobs.
    error UnexpectedBlobs();
    /// SHA-256 of the payload is another.
    error PayloadMismatch(bytes32 expected, bytes32 actual);
    /// The caller anchored this batch before.
    error AlreadyAnchored(bytes32 batch);

    /// The publisher anchored no such batch, or another one under this id.
    error UnknownAnchor(address publisher, bytes32 batch);
    /// The batch has no blobs.
    error NotInBlobs(bytes32 batch);
    /// Index, count and path do not belong together.
    error WrongPath();
    /// The commitment or the opening does not have 48 bytes.
    error WrongPointLength();
    /// The blob's first element is not the root to which the record and its path lead, the commitment is of another
    /// blob, or the chain has no point evaluation.
    error DiffNotShown();

    /// @notice Anchors a batch whose payload is in the blobs of this transaction. By anyone, for itself.
    /// @dev That the blobs hold the payload is not checked here: whoever has them can, `payloadHash` is SHA-256 of it.
    /// @param batch The publisher's id of it.
    /// A second call with the same batch reverts with `AlreadyAnchored`, whatever else it says.
    function anchor(bytes32 batch, bytes32 root, uint64 from, uint64 size, bytes32 payloadHash) external;

    /// @notice Anchors a batch whose payload is in the call, and checks its hash. By anyone, for itself.
    /// A second call with the same batch reverts with `AlreadyAnchored`.
    function anchorWithData(
        bytes32 batch,
        bytes32 root,
        uint64 from,
        uint64 size,
        bytes32 payloadHash,
        bytes calldata payload
    ) external;

    /// @notice Anchors a batch whose payload is not on this chain. By anyone, for itself.
    /// A second call with the same batch reverts with `AlreadyAnchored`.
    function anchorExternal(bytes32 batch, bytes32 root, uint64 from, uint64 size, bytes32 payloadHash)
        external;

    /// @notice The record of a publisher's batch; 0 if it anchored none.
    function anchorOf(address publisher, bytes32 batch) external view returns (bytes32);

    /// @notice The record that a batch has: keccak256(abi.encode(root, from, size, payloadHash, blockNumber,
    /// versionedHashes)).
    function recordOf(AnchoredBatch calldata anchored) external pure returns (bytes32);

    /// @notice Shows that a diff is in the first blob of an anchored batch. By anyone; changes nothing.
    /// @dev The blob's element 0 is its value at 1, and the first 31 bytes of the root over the diffs. Source: EIP-4844,
    /// "Point evaluation precompile".
    /// An opening that is refused uses up the gas of the call, as the precompile does.
    /// @return True; what is not shown reverts.
    function proveDiff(address publisher, AnchoredBatch calldata anchored, DiffProof calldata proof)
        external
        view
        returns (bool);
}
