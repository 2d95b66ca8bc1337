// SPDX-License-Identifier: GPL-3.0-only
pragma solidity 0.8.37;

interface IPoseidonErrors {
    /// An input or the tag is not below the scalar field's order r. Nothing is reduced silently.
    error InputNotCanonical();
}

/// @title Poseidon of two inputs over BN254's scalar field, with a tag as the initial state
interface IPoseidonT3 is IPoseidonErrors {
    /// @notice Equal to circomlib's `PoseidonEx(2, 1)` with `initialState = tag`.
    function hash(uint256 tag, uint256[2] calldata inputs) external pure returns (uint256);
}

/// @title Poseidon of three inputs over BN254's scalar field, with a tag as the initial state
interface IPoseidonT4 is IPoseidonErrors {
    /// @notice Equal to circomlib's `PoseidonEx(3, 1)` with `initialState = tag`.
    function hash(uint256 tag, uint256[3] calldata inputs) external pure returns (uint256);
}

/// @title Poseidon of four inputs over BN254's scalar field, with a tag as the initial state
interface IPoseidonT5 is IPoseidonErrors {
    /// @notice Equal to circomlib's `PoseidonEx(4, 1)` with `initialState = tag`.
    function hash(uint256 tag, uint256[4] calldata inputs) external pure returns (uint256);
}
