// SPDX-License-Identifier: GPL-3.0-only
pragma solidity 0.8.37;

import { IVerifier } from "../../src/interfaces/IVerifier.sol";
import { BASE_FIELD_ORDER, FIELD_ORDER } from "../../src/libraries/Field.sol";
import { Groth16Verifier } from "../../src/verifiers/Groth16Verifier.sol";
import { Fleet64Verifier } from "../../src/verifiers/generated/Fleet64Verifier.sol";
import { Spend16Verifier } from "../../src/verifiers/generated/Spend16Verifier.sol";
import { Spend64Verifier } from "../../src/verifiers/generated/Spend64Verifier.sol";
import { SpentAtMostVerifier } from "../../src/verifiers/generated/SpentAtMostVerifier.sol";
import { ProofFile } from "../support/ProofFile.sol";

/// A key with γ = δ: what a phase 2 that never ran leaves behind.
contract GammaEqualsDeltaVerifier is Groth16Verifier {
    bytes32 public constant circuitId = keccak256("spend-16");
    bytes32 public constant verificationKeyHash = 0;
    bool public constant isDevelopment = false;

    function signalCount() public pure override returns (uint256) {
        return 0;
    }

    function loadKey() internal pure override returns (uint256 key) {
        assembly ("memory-safe") {
            key := mload(0x40)
            mstore(0x40, add(key, 512))
            for { let i := 0 } lt(i, 16) { i := add(i, 1) } { mstore(add(key, mul(32, i)), add(i, 1)) }
            mcopy(add(key, 0x140), add(key, 0xc0), 0x80)
        }
    }
}

/// Goal: real proofs pass, and nothing that is made of them by aliasing, other points, other signals, other keys or
/// too little gas does. Method: proofs by the development keys of test/vectors.
contract Groth16VerifierTest is ProofFile {
    IVerifier private spend16;
    IVerifier private fleet64;
    IVerifier private spentAtMost;
    uint256[8] private proof;
    uint256[] private signals;

    function setUp() external {
        loadProofs();
        spend16 = new Spend16Verifier();
        fleet64 = new Fleet64Verifier();
        spentAtMost = new SpentAtMostVerifier();
        proof = proofAt(".included.proof");
        signals = numbers(".included.signals");
    }

    function verified(IVerifier verifier, uint256[8] memory p, uint256[] memory s) private view {
        vm.assertEq(bytes32(verifier.verify(p, s)), bytes32(IVerifier.verify.selector));
    }

    function test_verify_realProofs() external view {
        verified(spend16, proof, signals);
        verified(fleet64, proofAt(".fleetProof.proof"), numbers(".fleetProof.signals"));
        verified(fleet64, proofAt(".fleetProofRevision1.proof"), numbers(".fleetProofRevision1.signals"));
        verified(spend16, proofAt(".later.proof"), numbers(".later.signals"));
        verified(spend16, proofAt(".late.proof"), numbers(".late.signals"));
        verified(spentAtMost, proofAt(".late.boundProof"), numbers(".late.boundSignals"));
    }

    function test_constants() external view {
        vm.assertEq(spend16.circuitId(), keccak256("spend-16"));
        vm.assertEq(spend16.signalCount(), 6);
        vm.assertEq(fleet64.circuitId(), keccak256("fleet-64"));
        vm.assertEq(fleet64.signalCount(), 5);
        vm.assertEq(spentAtMost.signalCount(), 2);
        vm.assertTrue(spend16.isDevelopment());
    }

    // The same statement by another name.

    function test_verify_refusesAliasedSignals() external {
        for (uint256 i = 0; i < 6; ++i) {
            uint256[] memory aliased = signals;
            aliased[i] += FIELD_ORDER;
            vm.expectRevert(abi.encodeWithSelector(IVerifier.SignalNotCanonical.selector, i));
            spend16.verify(proof, aliased);
        }
    }

    function test_verify_refusesAliasedCoordinates() external {
        for (uint256 i = 0; i < 8; ++i) {
            uint256[8] memory aliased = proof;
            aliased[i] += BASE_FIELD_ORDER;
            vm.expectRevert(abi.encodeWithSelector(IVerifier.CoordinateNotCanonical.selector, i));
            spend16.verify(aliased, signals);
            aliased[i] = BASE_FIELD_ORDER;
            vm.expectRevert(abi.encodeWithSelector(IVerifier.CoordinateNotCanonical.selector, i));
            spend16.verify(aliased, signals);
        }
    }

    function test_verify_refusesPointsAtInfinity() external {
        uint256[2][3] memory ranges = [[uint256(0), 2], [uint256(2), 6], [uint256(6), 8]];
        for (uint256 point = 0; point < 3; ++point) {
            uint256[8] memory zeroed = proof;
            for (uint256 i = ranges[point][0]; i < ranges[point][1]; ++i) {
                zeroed[i] = 0;
            }
            vm.expectRevert(abi.encodeWithSelector(IVerifier.PointAtInfinity.selector, point));
            spend16.verify(zeroed, signals);
        }
        uint256[8] memory nothing;
        vm.expectRevert(abi.encodeWithSelector(IVerifier.PointAtInfinity.selector, 0));
        spend16.verify(nothing, signals);
    }

    // Anyone can turn a proof into another of the same statement: its identity is the nullifier.
    function test_verify_takesTheNegatedProof() external view {
        uint256[8] memory negated = proof;
        negated[1] = BASE_FIELD_ORDER - negated[1];
        negated[4] = BASE_FIELD_ORDER - negated[4];
        negated[5] = BASE_FIELD_ORDER - negated[5];
        verified(spend16, negated, signals);
    }

    // Other statements, other proofs, other keys.

    function test_verify_refusesEveryOtherSignal() external {
        for (uint256 i = 0; i < 6; ++i) {
            uint256[] memory other = signals;
            other[i] = addmod(other[i], 1, FIELD_ORDER);
            vm.expectRevert(IVerifier.ProofRefused.selector);
            spend16.verify(proof, other);
        }
    }

    function test_verify_refusesPointsOffTheCurve() external {
        for (uint256 i = 0; i < 8; ++i) {
            uint256[8] memory other = proof;
            other[i] = addmod(other[i], 1, BASE_FIELD_ORDER);
            vm.expectRevert(IVerifier.ProofRefused.selector);
            spend16.verify{ gas: 500_000 }(other, signals);
        }
    }

    function test_verify_refusesOneNegatedPoint() external {
        uint256[8] memory other = proof;
        other[1] = BASE_FIELD_ORDER - other[1];
        vm.expectRevert(IVerifier.ProofRefused.selector);
        spend16.verify(other, signals);
    }

    function test_verify_refusesUnderAnotherKey() external {
        IVerifier spend64 = new Spend64Verifier();
        vm.expectRevert(IVerifier.ProofRefused.selector);
        spend64.verify(proof, signals);
        vm.expectRevert(abi.encodeWithSelector(IVerifier.WrongSignalCount.selector, 5, 6));
        fleet64.verify(proof, signals);
        vm.expectRevert(abi.encodeWithSelector(IVerifier.WrongSignalCount.selector, 6, 0));
        spend16.verify(proof, new uint256[](0));
    }

    function test_fuzz_verify_refusesAnythingElse(uint256[8] memory p, uint256[6] memory s) external {
        uint256[] memory list = new uint256[](6);
        for (uint256 i = 0; i < 8; ++i) {
            p[i] %= BASE_FIELD_ORDER;
        }
        for (uint256 i = 0; i < 6; ++i) {
            list[i] = s[i] % FIELD_ORDER;
        }
        vm.expectRevert();
        spend16.verify{ gas: 500_000 }(p, list);
    }

    // Gas.

    /// Whatever gas the call is given, it answers with its selector or reverts: there is no third way.
    function test_fuzz_verify_shortOfGasReverts(uint256 seed) external view {
        uint256 given = bound(seed, 0, 235_000);
        (bool done, bytes memory answer) =
            address(spend16).staticcall{ gas: given }(abi.encodeCall(IVerifier.verify, (proof, signals)));
        if (done) vm.assertEq(answer, abi.encode(IVerifier.verify.selector));
        if (given < 217_900) vm.assertFalse(done);
    }

    function test_gas_ofTheCalls() external {
        meter("six signals (spend-16)", spend16, proof, signals);
        meter(
            "five signals (fleet-64)", fleet64, proofAt(".fleetProof.proof"), numbers(".fleetProof.signals")
        );
        uint256 used = meter(
            "two signals (spent-at-most)",
            spentAtMost,
            proofAt(".late.boundProof"),
            numbers(".late.boundSignals")
        );
        vm.assertLe(used, 200_000);
    }

    /// The call alone: copied to fresh memory first, so that no other memory is paid for.
    function meter(string memory name, IVerifier verifier, uint256[8] memory p, uint256[] memory s)
        private
        returns (uint256 used)
    {
        bytes memory data = abi.encodeCall(IVerifier.verify, (p, s));
        address to = address(verifier);
        bool done;
        // The account is warm, as it is for the registry after it asked which verifier to call.
        vm.assertTrue(to.code.length > 0);
        uint256 before = gasleft();
        assembly ("memory-safe") {
            done := staticcall(gas(), to, add(data, 0x20), mload(data), 0, 0)
        }
        used = before - gasleft();
        vm.assertTrue(done);
        vm.assertLe(used, 230_000);
        vm.snapshotValue("verifiers", name, used);
    }

    // Keys that must not be.

    function test_constructor_refusesGammaEqualsDelta() external {
        vm.expectRevert(IVerifier.GammaEqualsDelta.selector);
        new GammaEqualsDeltaVerifier();
    }

    function test_constructor_developmentKeysOnDevelopmentChainsOnly() external {
        uint256[5] memory others = [uint256(1), 10, 11_155_111, 31_338, 0];
        for (uint256 i = 0; i < others.length; ++i) {
            vm.chainId(others[i]);
            vm.expectRevert(
                abi.encodeWithSelector(IVerifier.DevelopmentKeyOutsideDevelopmentChain.selector, others[i])
            );
            new Spend16Verifier();
        }
        vm.chainId(1337);
        new Spend16Verifier();
    }
}
