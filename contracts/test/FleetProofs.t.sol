// SPDX-License-Identifier: GPL-3.0-only
pragma solidity 0.8.37;

import { SpendRegistry } from "../src/SpendRegistry.sol";
import { ISpendRegistryErrors as E } from "../src/interfaces/ISpendRegistryErrors.sol";
import { IVerifier } from "../src/interfaces/IVerifier.sol";
import {
    CircuitVerifier,
    Config,
    CycleState,
    ExcludedFlag,
    SpendProof
} from "../src/interfaces/SpendRegistryTypes.sol";
import { BASE_FIELD_ORDER } from "../src/libraries/Field.sol";
import { PoseidonT3 } from "../src/poseidon/PoseidonT3.sol";
import { PoseidonT4 } from "../src/poseidon/PoseidonT4.sol";
import { PoseidonT5 } from "../src/poseidon/PoseidonT5.sol";
import { Fleet64Verifier } from "../src/verifiers/generated/Fleet64Verifier.sol";
import { Spend16Verifier } from "../src/verifiers/generated/Spend16Verifier.sol";
import { SpentAtMostVerifier } from "../src/verifiers/generated/SpentAtMostVerifier.sol";
import { ProofFile } from "./support/ProofFile.sol";

/// Goal: the whole course with real proofs of fifty agents: settled once, demanded, answered, rolled back, settled
/// again, released late. Method: the registry at the address that the proofs name, with the development verifiers.
contract FleetProofsTest is ProofFile {
    address private constant DEPLOYER = 0x000000000000000000000000000000000000A701;
    address private constant PRINCIPAL = address(0x1001);
    address private constant AGGREGATOR = address(0x1002);
    address private constant DEMANDER = address(0x1003);
    bytes32 private constant FLEET =
        bytes32(0x00a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7);
    uint256 private constant BOND = 1 ether;
    uint256 private constant DEPOSIT = 0.05 ether;

    SpendRegistry private registry;

    function setUp() external {
        loadProofs();
        vm.warp(1_000_000);
        Config memory config = Config(
            BOND,
            DEPOSIT,
            1 days,
            6 hours,
            address(new PoseidonT3()),
            address(new PoseidonT4()),
            address(new PoseidonT5())
        );
        CircuitVerifier[] memory list = new CircuitVerifier[](3);
        list[0] = CircuitVerifier(keccak256("fleet-64"), address(new Fleet64Verifier()));
        list[1] = CircuitVerifier(keccak256("spend-16"), address(new Spend16Verifier()));
        list[2] = CircuitVerifier(keccak256("spent-at-most"), address(new SpentAtMostVerifier()));
        vm.prank(DEPLOYER);
        registry = new SpendRegistry(config, list);
        vm.deal(AGGREGATOR, 10 ether);
        vm.deal(DEMANDER, 10 ether);
        vm.prank(PRINCIPAL);
        registry.registerFleet(FLEET, AGGREGATOR);
        open();
        vm.warp(2_001_001);
    }

    function open() private {
        uint256 count = number(".policy.slotCount");
        bytes32[] memory digests = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) {
            digests[i] = bytes32(number(string.concat(".policy.slots[", vm.toString(i), "].policyDigest")));
        }
        bytes32 root = bytes32(number(".policy.policyRoot"));
        uint64 cap = uint64(number(".policy.cap"));
        vm.prank(PRINCIPAL);
        registry.openCycle(
            FLEET, root, keccak256("fleet-64"), uint16(count), cap, 2_000_000_000, 2_001_000_000, digests
        );
        vm.snapshotGasLastCall("registry", "openCycle, 50 slots");
    }

    function settle(string memory proofKey, uint64 consumed) private {
        uint256[] memory numbersOfCodes = numbers(".cycle.codes");
        bytes memory codes = new bytes(numbersOfCodes.length);
        for (uint256 i = 0; i < codes.length; ++i) {
            codes[i] = bytes1(uint8(numbersOfCodes[i]));
        }
        uint256[8] memory proof = proofAt(proofKey);
        bytes32 root = bytes32(number(".cycle.summariesRoot"));
        uint64 reserved = uint64(number(".cycle.reserved"));
        uint256[] memory included = numbers(".cycle.included");
        vm.prank(AGGREGATOR);
        registry.settleCycle{ value: BOND }(FLEET, proof, root, consumed, reserved, included, codes);
    }

    function settleFrom(string calldata proofKey, uint64 consumed) external {
        settle(proofKey, consumed);
    }

    function settled() private {
        settle(".fleetProof.proof", uint64(number(".cycle.consumed")));
    }

    function demanded() private returns (uint16 slot) {
        slot = uint16(number(".included.slot"));
        vm.prank(DEMANDER);
        registry.demandProof{ value: DEPOSIT }(FLEET, 1, slot);
    }

    function answer(uint16 slot, SpendProof memory spend) private {
        bytes32[] memory path = pathAt(".included.summaryPath");
        registry.answerDemand(FLEET, 1, slot, spend.circuitId, spend.proof, spend.signals, path);
    }

    /// `answer` as a call of its own.
    function answerFrom(uint16 slot, SpendProof memory spend) external {
        answer(slot, spend);
    }

    function test_context_isTheProofs() external view {
        vm.assertEq(address(registry), 0xf905Fd68E8347B8dD32E30A2057C091f93D41E53);
        vm.assertEq(registry.contextOf(FLEET, 1), number(".place.contexts[0]"));
        vm.assertEq(uint256(FLEET), number(".place.fleetId"));
    }

    function test_fortySevenOfFifty_inOneTransaction() external {
        settled();
        vm.assertEq(registry.includedAgentCount(FLEET, 1), 47);
        vm.assertEq(registry.totalFleetSpend(FLEET, 1), number(".cycle.consumed"));
        vm.assertEq(registry.reservedBudget(FLEET, 1), number(".cycle.reserved"));
        vm.assertEq(registry.rolledForwardBudget(FLEET, 1), number(".cycle.remaining"));
        ExcludedFlag[] memory flags = registry.excludedAgentFlags(FLEET, 1);
        uint256[] memory slots = numbers(".cycle.excludedSlots");
        vm.assertEq(flags.length, 3);
        for (uint256 i = 0; i < 3; ++i) {
            vm.assertEq(flags[i].slot, slots[i]);
            vm.assertEq(flags[i].code, i + 1);
        }
        vm.warp(2_001_001 + 1 days + 1);
        registry.finalize(FLEET, 1);
        vm.assertEq(registry.available(FLEET), number(".cycle.remaining"));
    }

    function test_settle_refusesOneUnitLess() external {
        uint64 consumed = uint64(number(".cycle.consumed"));
        vm.expectRevert(IVerifier.ProofRefused.selector);
        this.settleFrom(".fleetProof.proof", consumed - 1);
    }

    function test_settle_refusesTheNextRevisionsProof() external {
        uint64 consumed = uint64(number(".cycle.consumed"));
        vm.expectRevert(IVerifier.ProofRefused.selector);
        this.settleFrom(".fleetProofRevision1.proof", consumed);
    }

    function test_settle_refusesOnAnotherChain() external {
        uint64 consumed = uint64(number(".cycle.consumed"));
        vm.chainId(1337);
        vm.expectRevert(IVerifier.ProofRefused.selector);
        this.settleFrom(".fleetProof.proof", consumed);
    }

    function test_demand_isAnsweredWithTheAgentsProof() external {
        settled();
        uint16 slot = demanded();
        answer(slot, spendAt(".included"));
        vm.assertEq(registry.withdrawable(AGGREGATOR), DEPOSIT);
    }

    function test_demand_isNotAnsweredByOthers() external {
        settled();
        uint16 slot = demanded();
        SpendProof memory spend = spendAt(".later");
        vm.expectRevert(abi.encodeWithSelector(E.SummaryNotInCycle.selector, slot));
        this.answerFrom(slot, spend);
        spend = spendAt(".included");
        spend.proof[1] = BASE_FIELD_ORDER - spend.proof[1];
        vm.expectRevert(IVerifier.ProofRefused.selector);
        this.answerFrom(slot, spend);
    }

    function test_withheldProof_rollsBackAndRevisionOneSettles() external {
        settled();
        uint16 slot = demanded();
        vm.warp(2_001_001 + 6 hours + 1);
        registry.rollback(FLEET, 1, slot);
        vm.assertEq(registry.contextOf(FLEET, 1), number(".place.contexts[1]"));
        uint64 consumed = uint64(number(".cycle.consumed"));
        vm.expectRevert(IVerifier.ProofRefused.selector);
        this.settleFrom(".fleetProof.proof", consumed);
        settle(".fleetProofRevision1.proof", consumed);
        vm.assertEq(uint256(registry.cycleState(FLEET, 1)), uint256(CycleState.Pending));
    }

    function test_laterPeriod_opensTheCycleAgain() external {
        settled();
        registry.showLaterPeriod(FLEET, 1, openingAt(".later"), laterPeriodInFile(), spendAt(".later"));
        vm.warp(2_001_001 + 1 days + 1);
        registry.finalize(FLEET, 1);
        vm.assertEq(uint256(registry.cycleState(FLEET, 1)), uint256(CycleState.Open));
    }

    function test_lateProof_releases() external {
        settled();
        vm.warp(2_001_001 + 1 days + 1);
        registry.finalize(FLEET, 1);
        vm.prank(PRINCIPAL);
        registry.releaseLate(FLEET, 1, openingAt(".late"), spendAt(".late"), boundInFile());
        uint256 consumed = number(".cycle.consumed") + number(".late.bound");
        vm.assertEq(registry.totalFleetSpend(FLEET, 1), consumed);
        vm.assertEq(registry.reservedBudget(FLEET, 1), number(".cycle.reserved") - openingAt(".late").subCap);
        vm.assertEq(registry.excludedAgentFlags(FLEET, 1).length, 2);
    }

    /// A proof made into another of the same statement is still the same attestation.
    function test_malleableProof_countsOnce() external {
        SpendProof memory spend = spendAt(".included");
        vm.prank(PRINCIPAL);
        registry.registerDelegation(bytes32(spend.signals[3]));
        registry.submitSpend(spend.circuitId, spend.proof, spend.signals, PRINCIPAL);
        spend.proof[1] = BASE_FIELD_ORDER - spend.proof[1];
        spend.proof[4] = BASE_FIELD_ORDER - spend.proof[4];
        spend.proof[5] = BASE_FIELD_ORDER - spend.proof[5];
        vm.assertEq(
            bytes32(
                IVerifier(registry.verifierOf(spend.circuitId)).verify(spend.proof, listOf(spend.signals))
            ),
            bytes32(IVerifier.verify.selector)
        );
        vm.expectRevert(abi.encodeWithSelector(E.NullifierUsed.selector, spend.signals[5]));
        registry.submitSpend(spend.circuitId, spend.proof, spend.signals, PRINCIPAL);
    }

    function listOf(uint256[6] memory signals) private pure returns (uint256[] memory list) {
        list = new uint256[](6);
        for (uint256 i = 0; i < 6; ++i) {
            list[i] = signals[i];
        }
    }

    // Gas of whole transactions: each call of this test is one, with its 21,000 and its calldata.

    /// forge-config: default.isolate = true
    /// forge-config: snapshot.isolate = true
    function test_gas_ofTransactions() external {
        settled();
        vm.snapshotGasLastCall("registry", "settleCycle, 47 of 50 included");
        uint16 slot = demanded();
        vm.snapshotGasLastCall("registry", "demandProof");
        answer(slot, spendAt(".included"));
        vm.snapshotGasLastCall("registry", "answerDemand");
        vm.warp(2_001_001 + 1 days + 1);
        registry.finalize(FLEET, 1);
        vm.snapshotGasLastCall("registry", "finalize");
        vm.prank(PRINCIPAL);
        registry.releaseLate(FLEET, 1, openingAt(".late"), spendAt(".late"), boundInFile());
        vm.snapshotGasLastCall("registry", "releaseLate");
        vm.warp(2_001_001 + 3 days);
        registry.claimRelease(FLEET, 1, uint16(number(".late.slot")));
        vm.snapshotGasLastCall("registry", "claimRelease");
        vm.prank(AGGREGATOR);
        registry.withdraw(payable(AGGREGATOR));
        vm.snapshotGasLastCall("registry", "withdraw");
    }

    /// forge-config: default.isolate = true
    /// forge-config: snapshot.isolate = true
    function test_gas_ofRollbacks() external {
        settled();
        uint16 slot = demanded();
        vm.warp(2_001_001 + 6 hours + 1);
        registry.rollback(FLEET, 1, slot);
        vm.snapshotGasLastCall("registry", "rollback");
        settle(".fleetProofRevision1.proof", uint64(number(".cycle.consumed")));
        registry.showLaterPeriod(FLEET, 1, openingAt(".later"), laterPeriodInFile(), spendAt(".later"));
        vm.snapshotGasLastCall("registry", "showLaterPeriod");
    }
}
