// SPDX-License-Identifier: GPL-3.0-only
pragma solidity 0.8.37;

import { SpendRegistry } from "../../src/SpendRegistry.sol";
import {
    BoundProof,
    CircuitVerifier,
    Config,
    LaterPeriod,
    SpendProof
} from "../../src/interfaces/SpendRegistryTypes.sol";
import { Agent, FleetModel } from "./FleetModel.sol";
import { StubProofs, StubVerifier } from "./StubVerifier.sol";
import { Test } from "./Test.sol";

/// @title A registry at the fixed address, with STUB verifiers and one fleet of five agents
/// @dev Times: the window is from 2,000,000 to 2,001,000 seconds; tests start at 1,999,000.
abstract contract RegistryFixture is Test {
    address internal constant DEPLOYER = 0x000000000000000000000000000000000000A701;
    address internal constant PRINCIPAL = address(uint160(uint256(keccak256("principal"))));
    address internal constant AGGREGATOR = address(uint160(uint256(keccak256("aggregator"))));
    address internal constant DEMANDER = address(uint160(uint256(keccak256("demander"))));
    address internal constant STRANGER = address(uint160(uint256(keccak256("stranger"))));
    bytes32 internal constant FLEET =
        bytes32(0x00a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7);
    bytes32 internal constant SPEND_16 = keccak256("spend-16");
    bytes32 internal constant FLEET_64 = keccak256("fleet-64");

    uint256 internal constant BOND = 1 ether + 1;
    uint256 internal constant DEPOSIT = 0.05 ether;
    uint32 internal constant CHALLENGE = 1 days;
    uint32 internal constant RESPONSE = 6 hours;
    uint64 internal constant START = 2_000_000;
    uint64 internal constant END = 2_001_000;
    uint64 internal constant CAP = 1000;
    /// Slots 0, 1, 3 of five: 2 is in dispute, 4 stale.
    uint256 internal constant INCLUDED = 0x0b;

    SpendRegistry internal registry;
    FleetModel internal model;
    Agent[] internal agents;

    function setUp() public virtual {
        vm.warp(START - 1000);
        model = new FleetModel();
        registry = deploy(stubs());
        for (uint256 i = 0; i < 5; ++i) {
            agents.push(model.agentOf("fleet", i));
        }
        for (uint256 i = 0; i < 4; ++i) {
            vm.deal([PRINCIPAL, AGGREGATOR, DEMANDER, STRANGER][i], 100 ether);
        }
        vm.prank(PRINCIPAL);
        registry.registerFleet(FLEET, AGGREGATOR);
    }

    function config() internal view returns (Config memory) {
        return Config(
            BOND, DEPOSIT, CHALLENGE, RESPONSE, address(model.t3()), address(model.t4()), address(model.t5())
        );
    }

    function stubs() internal returns (CircuitVerifier[] memory list) {
        list = new CircuitVerifier[](4);
        list[0] = stub("spend-16", 6);
        list[1] = stub("fleet-64", 5);
        list[2] = stub("spent-at-most", 2);
        list[3] = stub("fleet-256", 6);
    }

    function stub(string memory circuit, uint256 signals) internal returns (CircuitVerifier memory) {
        bytes32 id = keccak256(bytes(circuit));
        return CircuitVerifier(id, address(new StubVerifier(id, signals)));
    }

    /// At 0xf905…1E53 the first time: CREATE of the deployer's nonce 0.
    function deploy(CircuitVerifier[] memory circuits) internal returns (SpendRegistry) {
        Config memory settings = config();
        vm.prank(DEPLOYER);
        return new SpendRegistry(settings, circuits);
    }

    // A cycle, step by step.

    function digests() internal view returns (bytes32[] memory list) {
        list = new bytes32[](agents.length);
        for (uint256 i = 0; i < list.length; ++i) {
            list[i] = bytes32(agents[i].policyDigest);
        }
    }

    function open() internal returns (uint64) {
        return openWith(CAP, START, END);
    }

    function openWith(uint64 cap, uint64 start, uint64 end) internal returns (uint64) {
        bytes32 root = model.policyRoot(agents, cap, FLEET);
        bytes32[] memory list = digests();
        vm.prank(PRINCIPAL);
        return
            registry.openCycle(
                FLEET, root, FLEET_64, uint16(list.length), cap, 1000 * start, 1000 * end, list
            );
    }

    function consumedBy(uint256 included) internal view returns (uint64 sum) {
        for (uint256 i = 0; i < agents.length; ++i) {
            if ((included >> i) & 1 == 1) sum += agents[i].spent;
        }
    }

    function reservedBy(uint256 included) internal view returns (uint64 sum) {
        for (uint256 i = 0; i < agents.length; ++i) {
            if ((included >> i) & 1 == 0) sum += agents[i].subCap;
        }
    }

    /// The signals that the registry is to build for the fleet's newest cycle.
    function fleetSignals(uint256 included) internal view returns (uint256[] memory signals) {
        uint64 cycle = registry.fleetOf(FLEET).cycle;
        (bytes32 root,) = model.summaries(agents, included, 0);
        signals = new uint256[](5);
        signals[0] = uint256(registry.cycleOf(FLEET, cycle).policyRoot);
        signals[1] = uint256(root);
        signals[2] = uint256(registry.cycleCap(FLEET, cycle)) | uint256(consumedBy(included)) << 64
            | uint256(reservedBy(included)) << 128 | agents.length << 192;
        signals[3] = included;
        signals[4] = registry.contextOf(FLEET, cycle);
    }

    function settle() internal {
        settleWith(INCLUDED, hex"0102");
    }

    function settleWith(uint256 included, bytes memory codes) internal {
        uint256[] memory signals = fleetSignals(included);
        settleWithProof(StubProofs.make(FLEET_64, signals), included, codes, BOND);
    }

    function settleWithProof(uint256[8] memory proof, uint256 included, bytes memory codes, uint256 value)
        internal
    {
        (bytes32 root,) = model.summaries(agents, included, 0);
        (uint64 consumed, uint64 reserved) = (consumedBy(included), reservedBy(included));
        uint256[] memory words = new uint256[](1);
        words[0] = included;
        vm.prank(AGGREGATOR);
        registry.settleCycle{ value: value }(FLEET, proof, root, consumed, reserved, words, codes);
    }

    /// A cycle that is settled and pending.
    function pending() internal returns (uint64 cycle) {
        cycle = open();
        vm.warp(END + 1);
        settle();
    }

    /// A cycle that is final.
    function settled() internal returns (uint64 cycle) {
        cycle = pending();
        vm.warp(END + 1 + CHALLENGE + 1);
        registry.finalize(FLEET, cycle);
    }

    function demand(uint64 cycle, uint16 slot) internal {
        vm.prank(DEMANDER);
        registry.demandProof{ value: DEPOSIT }(FLEET, cycle, slot);
    }

    // Proofs of the model's agents.

    function spendSignals(uint16 slot, uint32 period) internal view returns (uint256[6] memory) {
        Agent memory agent = agents[slot];
        uint256 summary = period == 0 ? agent.summary : uint256(keccak256(abi.encode(agent.summary))) >> 8;
        return [11, 12, summary, agent.policyDigest, 13, model.nullifierOf(agent.budgetId, period)];
    }

    function spendProof(uint16 slot, uint32 period) internal view returns (SpendProof memory) {
        uint256[6] memory signals = spendSignals(slot, period);
        return SpendProof(SPEND_16, StubProofs.ofSpend(SPEND_16, signals), signals);
    }

    function boundProof(uint16 slot, uint256 limit) internal view returns (BoundProof memory) {
        uint256[2] memory signals = [agents[slot].summary, limit];
        return BoundProof(StubProofs.ofBound(signals), signals);
    }

    function laterPeriod(uint16 slot, uint32 period) internal view returns (LaterPeriod memory) {
        return LaterPeriod(agents[slot].budgetId, 0, period);
    }

    function answer(uint64 cycle, uint16 slot) internal {
        answerWith(cycle, slot, spendProof(slot, 0));
    }

    function answerWith(uint64 cycle, uint16 slot, SpendProof memory spend) internal {
        (, bytes32[] memory path) = model.summaries(agents, INCLUDED, slot);
        vm.prank(STRANGER);
        registry.answerDemand(FLEET, cycle, slot, spend.circuitId, spend.proof, spend.signals, path);
    }
}
