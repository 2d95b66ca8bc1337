// SPDX-License-Identifier: GPL-3.0-only
pragma solidity 0.8.37;

import { IAnchorRegistry } from "../interfaces/IAnchorRegistry.sol";

/// @title The point evaluation precompile. Source: EIP-4844.
library PointEvaluation {
    address private constant PRECOMPILE = address(0x0a);
    uint256 private constant POINT_LENGTH = 48;
    /// What it answers with: the field elements of a blob, and the order of BLS12-381's scalar field.
    uint256 private constant ELEMENTS = 4096;
    uint256 private constant MODULUS =
        52435875175126190479447740508185965837690552500527637822603658699938581184513;

    /// True if the blob with this versioned hash has the value at the point. A chain without the precompile
    /// answers nothing, which is not true.
    function holds(
        bytes32 versionedHash,
        uint256 point,
        uint256 value,
        bytes calldata commitment,
        bytes calldata opening
    ) internal view returns (bool) {
        if (commitment.length != POINT_LENGTH || opening.length != POINT_LENGTH) {
            revert IAnchorRegistry.WrongPointLength();
        }
        (bool done, bytes memory answer) =
            PRECOMPILE.staticcall(abi.encodePacked(versionedHash, point, value, commitment, opening));
        if (!done || answer.length != 64) return false;
        (uint256 elements, uint256 modulus) = abi.decode(answer, (uint256, uint256));
        return elements == ELEMENTS && modulus == MODULUS;
    }
}
