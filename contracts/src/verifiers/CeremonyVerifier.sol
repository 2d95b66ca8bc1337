// SPDX-License-Identifier: GPL-3.0-only
pragma solidity 0.8.37;

import { Groth16Verifier } from "./Groth16Verifier.sol";

/// @title Verifier under a key that comes from a ceremony of several parties
abstract contract CeremonyVerifier is Groth16Verifier {
    function isDevelopment() external pure override returns (bool) {
        return false;
    }
}
