// SPDX-License-Identifier: GPL-3.0-only
pragma solidity 0.8.37;

import { ISpendRegistryErrors as E } from "../../src/interfaces/ISpendRegistryErrors.sol";
import { IVerifier } from "../../src/interfaces/IVerifier.sol";
import { SpendProof } from "../../src/interfaces/SpendRegistryTypes.sol";
import { FIELD_ORDER } from "../../src/libraries/Field.sol";
import { RegistryFixture } from "../support/RegistryFixture.sol";

/// Goal: a registered delegation's period is attested once. Method: stub verifiers.
contract AttestationsTest is RegistryFixture {
    function register(address principal, uint16 slot) private {
        vm.prank(principal);
        registry.registerDelegation(bytes32(agents[slot].policyDigest));
    }

    function submit(SpendProof memory spend, address principal) private {
        registry.submitSpend(spend.circuitId, spend.proof, spend.signals, principal);
    }

    function test_submitSpend_once() external {
        register(PRINCIPAL, 0);
        vm.assertTrue(registry.isDelegated(PRINCIPAL, bytes32(agents[0].policyDigest)));
        SpendProof memory spend = spendProof(0, 0);
        vm.assertFalse(registry.isSpentNullifier(PRINCIPAL, spend.signals[5]));
        submit(spend, PRINCIPAL);
        vm.assertTrue(registry.isSpentNullifier(PRINCIPAL, spend.signals[5]));
        vm.expectRevert(abi.encodeWithSelector(E.NullifierUsed.selector, spend.signals[5]));
        submit(spend, PRINCIPAL);
        submit(spendProof(0, 1), PRINCIPAL);
    }

    function test_submitSpend_aPrincipalCannotBurnAnothersNullifier() external {
        register(STRANGER, 0);
        SpendProof memory spend = spendProof(0, 0);
        submit(spend, STRANGER);
        vm.assertFalse(registry.isSpentNullifier(PRINCIPAL, spend.signals[5]));
        register(PRINCIPAL, 0);
        submit(spend, PRINCIPAL);
    }

    function test_submitSpend_refuses() external {
        SpendProof memory spend = spendProof(0, 0);
        bytes32 digest = bytes32(spend.signals[3]);
        vm.expectRevert(abi.encodeWithSelector(E.UnknownDelegation.selector, PRINCIPAL, digest));
        submit(spend, PRINCIPAL);
        register(PRINCIPAL, 0);
        spend.circuitId = keccak256("spend-1");
        vm.expectRevert(abi.encodeWithSelector(E.UnknownCircuit.selector, spend.circuitId));
        submit(spend, PRINCIPAL);
        spend = spendProof(0, 0);
        spend.proof[0] ^= 1;
        vm.expectRevert(IVerifier.ProofRefused.selector);
        submit(spend, PRINCIPAL);
        // The same nullifier by another name.
        spend = spendProof(0, 0);
        spend.signals[5] += FIELD_ORDER;
        vm.expectRevert(abi.encodeWithSelector(IVerifier.SignalNotCanonical.selector, 5));
        submit(spend, PRINCIPAL);
    }

    function test_registerDelegation_refuses() external {
        register(PRINCIPAL, 0);
        bytes32 digest = bytes32(agents[0].policyDigest);
        vm.prank(PRINCIPAL);
        vm.expectRevert(abi.encodeWithSelector(E.DelegationExists.selector, digest));
        registry.registerDelegation(digest);
        vm.expectRevert(E.NotCanonical.selector);
        registry.registerDelegation(bytes32(FIELD_ORDER));
    }
}
