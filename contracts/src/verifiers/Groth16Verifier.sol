// SPDX-License-Identifier: GPL-3.0-only
pragma solidity 0.8.37;

import { IVerifier } from "../interfaces/IVerifier.sol";
import { BASE_FIELD_ORDER, FIELD_ORDER } from "../libraries/Field.sol";

/// @title Groth16 over BN254, for the key that a generated contract brings
/// @dev A key in memory: α (2 words), β, γ, δ (4 words each, imaginary parts first), then the
/// IC points (2 words each). Checked: e(−A, B) · e(α, β) · e(IC_0 + Σ s_i IC_i, γ) · e(C, δ) = 1.
///
/// The floor of the gas is 181,000 for four pairings (EIP-1108) and 6,150 for each public signal.
/// That C's and A's points are on the curve, and B in its subgroup, the precompile checks.
/// Source: Groth16 §3.2; EIP-196, EIP-197.
abstract contract Groth16Verifier is IVerifier {
    uint256 private constant ALPHA = 0x00;
    uint256 private constant BETA = 0x40;
    uint256 private constant GAMMA = 0xc0;
    uint256 private constant DELTA = 0x140;
    uint256 private constant IC = 0x1c0;

    constructor() {
        uint256 key = loadKey();
        bool equal;
        assembly ("memory-safe") {
            equal := eq(keccak256(add(key, GAMMA), 0x80), keccak256(add(key, DELTA), 0x80))
        }
        if (equal) revert GammaEqualsDelta();
    }

    /// Writes the key to free memory and returns where.
    function loadKey() internal pure virtual returns (uint256 key);

    /// @inheritdoc IVerifier
    function signalCount() public pure virtual returns (uint256);

    /// @inheritdoc IVerifier
    function verify(uint256[8] calldata proof, uint256[] calldata signals) external view returns (bytes4) {
        if (signals.length != signalCount()) revert WrongSignalCount(signalCount(), signals.length);
        requireCanonicalProof(proof);
        uint256 key = loadKey();
        (uint256 x, uint256 y) = combine(key, signals);
        requirePairing(key, proof, x, y);
        return IVerifier.verify.selector;
    }

    /// Every coordinate is below q, and no point is the one at infinity.
    function requireCanonicalProof(uint256[8] calldata proof) private pure {
        uint256 outside = 8;
        uint256 infinity = 3;
        assembly ("memory-safe") {
            for { let i := 0 } lt(i, 8) { i := add(i, 1) } {
                if iszero(lt(calldataload(add(proof, shl(5, i))), BASE_FIELD_ORDER)) {
                    outside := i
                    break
                }
            }
            let a := or(calldataload(proof), calldataload(add(proof, 0x20)))
            let b := or(calldataload(add(proof, 0x40)), calldataload(add(proof, 0x60)))
            b := or(b, or(calldataload(add(proof, 0x80)), calldataload(add(proof, 0xa0))))
            let c := or(calldataload(add(proof, 0xc0)), calldataload(add(proof, 0xe0)))
            if iszero(c) { infinity := 2 }
            if iszero(b) { infinity := 1 }
            if iszero(a) { infinity := 0 }
        }
        if (outside != 8) revert CoordinateNotCanonical(outside);
        if (infinity != 3) revert PointAtInfinity(infinity);
    }

    /// IC_0 + Σ signal_i · IC_i, with every signal below r.
    function combine(uint256 key, uint256[] calldata signals) private view returns (uint256 x, uint256 y) {
        uint256 count = signals.length;
        uint256 outside = count;
        bool done = true;
        assembly ("memory-safe") {
            // sum.x, sum.y, product.x (or the point), product.y, scalar.
            let buffer := mload(0x40)
            mcopy(buffer, add(key, IC), 0x40)
            let point := add(key, IC)
            let product := add(buffer, 0x40)
            for { let i := 0 } lt(i, count) { i := add(i, 1) } {
                let signal := calldataload(add(signals.offset, shl(5, i)))
                if iszero(lt(signal, FIELD_ORDER)) {
                    outside := i
                    break
                }
                point := add(point, 0x40)
                mcopy(product, point, 0x40)
                mstore(add(buffer, 0x80), signal)
                done := and(done, staticcall(gas(), 7, product, 0x60, product, 0x40))
                done := and(done, staticcall(gas(), 6, buffer, 0x80, buffer, 0x40))
            }
            x := mload(buffer)
            y := mload(add(buffer, 0x20))
        }
        if (outside != count) revert SignalNotCanonical(outside);
        if (!done) revert ProofRefused();
    }

    function requirePairing(uint256 key, uint256[8] calldata proof, uint256 x, uint256 y) private view {
        bool holds;
        assembly ("memory-safe") {
            let input := mload(0x40)
            mstore(input, calldataload(proof))
            // −A. A.y is below q and not 0: no point of the curve has y = 0.
            mstore(add(input, 0x20), sub(BASE_FIELD_ORDER, calldataload(add(proof, 0x20))))
            calldatacopy(add(input, 0x40), add(proof, 0x40), 0x80)
            mcopy(add(input, 0xc0), add(key, ALPHA), 0xc0)
            mstore(add(input, 0x180), x)
            mstore(add(input, 0x1a0), y)
            mcopy(add(input, 0x1c0), add(key, GAMMA), 0x80)
            calldatacopy(add(input, 0x240), add(proof, 0xc0), 0x40)
            mcopy(add(input, 0x280), add(key, DELTA), 0x80)
            let called := staticcall(gas(), 8, input, 0x300, input, 0x20)
            // A call that failed leaves the input's first word there: both must hold.
            holds := and(called, eq(mload(input), 1))
        }
        if (!holds) revert ProofRefused();
    }
}
