import { parseAbi } from 'viem';

/**
 * What the rail uses of the registry of anchors, as Solidity writes it. A test holds it against the ABI that
 * the compiler made.
 * Source: contracts/src/interfaces/IAnchorRegistry.sol.
 */
export const ANCHOR_REGISTRY_ABI = parseAbi([
  'function anchor(bytes32 batch, bytes32 root, uint64 from, uint64 size, bytes32 payloadHash)',
  'function anchorWithData(bytes32 batch, bytes32 root, uint64 from, uint64 size, bytes32 payloadHash, bytes payload)',
  'function anchorOf(address publisher, bytes32 batch) view returns (bytes32)',
  'event Anchored(address indexed publisher, bytes32 indexed batch, bytes32 root, uint64 from, uint64 size, bytes32 payloadHash, bytes32[] versionedHashes)',
  'error AlreadyAnchored(bytes32 batch)',
  'error EmptySpan(uint64 from, uint64 size)',
  'error NoBlobs()',
  'error PayloadMismatch(bytes32 expected, bytes32 actual)',
  'error UnexpectedBlobs()',
]);
