// SPDX-License-Identifier: GPL-3.0-only
pragma solidity 0.8.37;

import { IVerifier } from "../../src/interfaces/IVerifier.sol";
import { FIELD_ORDER } from "../../src/libraries/Field.sol";

/// @title A STUB, not a verifier: it proves nothing
/// @dev It takes exactly the proofs of `StubProofs`, which name the circuit and every signal, so the registry's own
/// decisions can be tested without proving. Whatever else it is given it refuses as a real verifier does.
contract StubVerifier is IVerifier {
    bytes32 public immutable circuitId;
    uint256 public immutable signalCount;
    bytes32 public constant verificationKeyHash = "stub: proves nothing";
    bool public constant isDevelopment = true;

    constructor(bytes32 circuitId_, uint256 signalCount_) {
        circuitId = circuitId_;
        signalCount = signalCount_;
    }

    function verify(uint256[8] calldata proof, uint256[] calldata signals) external view returns (bytes4) {
        if (signals.length != signalCount) revert WrongSignalCount(signalCount, signals.length);
        for (uint256 i = 0; i < signals.length; ++i) {
            if (signals[i] >= FIELD_ORDER) revert SignalNotCanonical(i);
        }
        if (proof[0] != uint256(keccak256(abi.encode(circuitId, signals)))) revert ProofRefused();
        return IVerifier.verify.selector;
    }
}

/// @title An address that answers nothing of use, or only "true", as careless verifiers do
contract TruthfulVerifier is IVerifier {
    bytes32 public immutable circuitId;
    uint256 public immutable signalCount;
    bytes32 public constant verificationKeyHash = "answers true to everything";
    bool public constant isDevelopment = true;

    constructor(bytes32 circuitId_, uint256 signalCount_) {
        circuitId = circuitId_;
        signalCount = signalCount_;
    }

    function verify(uint256[8] calldata, uint256[] calldata) external pure returns (bytes4) {
        return bytes4(0);
    }
}

library StubProofs {
    function make(bytes32 circuitId, uint256[] memory signals)
        internal
        pure
        returns (uint256[8] memory proof)
    {
        proof[0] = uint256(keccak256(abi.encode(circuitId, signals)));
    }

    function ofSpend(bytes32 circuitId, uint256[6] memory signals) internal pure returns (uint256[8] memory) {
        uint256[] memory list = new uint256[](6);
        for (uint256 i = 0; i < 6; ++i) {
            list[i] = signals[i];
        }
        return make(circuitId, list);
    }

    function ofBound(uint256[2] memory signals) internal pure returns (uint256[8] memory) {
        uint256[] memory list = new uint256[](2);
        (list[0], list[1]) = (signals[0], signals[1]);
        return make(keccak256("spent-at-most"), list);
    }
}
