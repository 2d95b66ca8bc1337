// SPDX-License-Identifier: GPL-3.0-only
pragma solidity 0.8.37;

import { Groth16Verifier } from "./Groth16Verifier.sol";

/// @title Verifier under a key that anyone can forge with
/// @dev The secrets of development keys are published. Such a verifier exists on the chain ids of Foundry's and
/// Geth's development chains only.
abstract contract DevelopmentVerifier is Groth16Verifier {
    constructor() {
        if (block.chainid != 31_337 && block.chainid != 1337) {
            revert DevelopmentKeyOutsideDevelopmentChain(block.chainid);
        }
    }

    function isDevelopment() external pure override returns (bool) {
        return true;
    }
}
