// SPDX-License-Identifier: GPL-3.0-only
pragma solidity 0.8.37;

import { SpendRegistry } from "../../src/SpendRegistry.sol";
import {
    BoundProof,
    Cycle,
    CycleState,
    DemandState,
    LaterPeriod,
    Release,
    ReleaseState,
    SlotOpening,
    SpendProof
} from "../../src/interfaces/SpendRegistryTypes.sol";
import { Agent, FleetModel } from "../support/FleetModel.sol";
import { StubProofs } from "../support/StubVerifier.sol";
import { Test } from "../support/Test.sol";

/// @title What actors do with one fleet, in any order; a step that has nothing to do does nothing
/// @dev Keeps its own account of what the registry should hold. No step may revert.
contract RegistryHandler is Test {
    bytes32 public constant FLEET = bytes32(uint256(0xf1ee7));
    bytes32 private constant FLEET_64 = keccak256("fleet-64");
    bytes32 private constant SPEND_16 = keccak256("spend-16");
    uint16 private constant SLOTS = 5;
    address private constant PRINCIPAL = address(0x2001);
    address private constant AGGREGATOR = address(0x2002);

    SpendRegistry public immutable registry;
    FleetModel private immutable model;
    uint256 private immutable bond;
    uint256 private immutable deposit;

    Agent[] private agents;
    address[4] public actors = [PRINCIPAL, AGGREGATOR, address(0x2003), address(0x2004)];

    // The handler's own account.
    uint64 public cycle;
    uint256 public granted;
    uint256 public waiting;
    uint256 public openDeposits;
    uint256 public bonds;
    mapping(uint64 cycle => bytes32) public finalRoot;
    mapping(uint256 nullifier => uint256) public counted;
    uint256[] public nullifiers;
    uint256 public steps;

    constructor(SpendRegistry registry_, FleetModel model_) {
        registry = registry_;
        model = model_;
        bond = registry_.bond();
        deposit = registry_.demandDeposit();
        for (uint256 i = 0; i < 4; ++i) {
            vm.deal(actors[i], 1_000_000 ether);
        }
        vm.prank(PRINCIPAL);
        registry_.registerFleet(FLEET, AGGREGATOR);
    }

    function current() private view returns (Cycle memory) {
        return registry.cycleOf(FLEET, cycle);
    }

    function isIn(uint256 included, uint256 slot) private pure returns (bool) {
        return (included >> slot) & 1 == 1;
    }

    /// Steps that wait for a time mostly go there, so that runs get past `Pending`.
    function waitFor(uint256 time, uint256 seed) private {
        if (seed % 4 != 0 && block.timestamp <= time) vm.warp(time + 1);
    }

    // Steps.

    function pass(uint256 seed) external {
        vm.warp(block.timestamp + bound(seed, 1, 20 hours));
    }

    function topUp(uint256 seed) external {
        uint64 amount = uint64(bound(seed, 0, 500));
        vm.prank(PRINCIPAL);
        registry.topUp(FLEET, amount);
        granted += amount;
    }

    function open(uint256 seed) external {
        CycleState state = registry.cycleState(FLEET, cycle);
        if (state == CycleState.Open || state == CycleState.Pending) return;
        uint256 limit = cycle == 0 ? 5000 : registry.available(FLEET);
        uint64 cap = uint64(bound(seed, 0, limit));
        // The sub-caps are 510 together; a smaller cap can't be settled and would end the run here.
        if (cap < 510) return;
        delete agents;
        Agent[] memory list = model.agentsOf(string.concat("cycle ", vm.toString(cycle + 1)), SLOTS);
        for (uint256 i = 0; i < SLOTS; ++i) {
            agents.push(list[i]);
        }
        bytes32 root = model.policyRoot(agents, cap, FLEET);
        uint64 start = 1000 * uint64(block.timestamp + 10);
        vm.prank(PRINCIPAL);
        cycle =
            registry.openCycle(FLEET, root, FLEET_64, SLOTS, cap, start, start + 1000, new bytes32[](SLOTS));
        if (cycle == 1) granted += cap;
    }

    function settle(uint256 seed) external {
        Cycle memory found = current();
        if (found.state != CycleState.Open) return;
        waitFor(found.windowEnd / 1000, seed >> 5);
        if (block.timestamp * 1000 <= found.windowEnd) return;
        uint256[] memory included = new uint256[](1);
        included[0] = seed & 0x1f;
        (uint64 consumed, uint64 reserved, bytes memory codes) = (0, 0, "");
        for (uint256 i = 0; i < SLOTS; ++i) {
            if (isIn(included[0], i)) consumed += agents[i].spent;
            else (reserved, codes) = (reserved + agents[i].subCap, abi.encodePacked(codes, uint8(1 + i)));
        }
        (bytes32 root,) = model.summaries(agents, included[0], 0);
        uint256[] memory signals = new uint256[](5);
        signals[0] = uint256(found.policyRoot);
        signals[1] = uint256(root);
        signals[2] =
            uint256(found.cap) | uint256(consumed) << 64 | uint256(reserved) << 128 | uint256(SLOTS) << 192;
        signals[3] = included[0];
        signals[4] = registry.contextOf(FLEET, cycle);
        uint256[8] memory proof = StubProofs.make(FLEET_64, signals);
        vm.prank(AGGREGATOR);
        registry.settleCycle{ value: bond }(FLEET, proof, root, consumed, reserved, included, codes);
        bonds = 1;
    }

    function demand(uint256 seed, uint256 who) external {
        Cycle memory found = current();
        uint16 slot = uint16(seed % SLOTS);
        bool may = found.state == CycleState.Pending && isIn(found.included, slot)
            && block.timestamp <= found.settledAt + registry.challengeWindow()
            && registry.demandOf(FLEET, cycle, found.revision, slot).state == DemandState.None;
        if (!may) return;
        vm.prank(actors[who % 4]);
        registry.demandProof{ value: deposit }(FLEET, cycle, slot);
        openDeposits += 1;
    }

    function answer(uint256 seed) external {
        Cycle memory found = current();
        uint16 slot = uint16(seed % SLOTS);
        bool may = found.state == CycleState.Pending && isDemanded(found, slot)
            && block.timestamp <= registry.demandOf(FLEET, cycle, found.revision, slot).deadline;
        if (!may) return;
        (, bytes32[] memory path) = model.summaries(agents, found.included, slot);
        SpendProof memory spend = spendProof(slot, 0);
        registry.answerDemand(FLEET, cycle, slot, SPEND_16, spend.proof, spend.signals, path);
        openDeposits -= 1;
    }

    function rollback(uint256 seed) external {
        Cycle memory found = current();
        uint16 slot = uint16(seed % SLOTS);
        if (found.state != CycleState.Pending || !isDemanded(found, slot)) return;
        waitFor(registry.demandOf(FLEET, cycle, found.revision, slot).deadline, seed >> 8);
        bool may = block.timestamp > registry.demandOf(FLEET, cycle, found.revision, slot).deadline;
        if (!may) return;
        registry.rollback(FLEET, cycle, slot);
        (openDeposits, bonds) = (openDeposits - 1, 0);
    }

    function reclaim(uint256 seed, uint256 back) external {
        Cycle memory found = current();
        uint16 slot = uint16(seed % SLOTS);
        if (found.revision == 0) return;
        uint32 revision = uint32(back % found.revision);
        if (registry.demandOf(FLEET, cycle, revision, slot).state != DemandState.Open) return;
        registry.reclaimDeposit(FLEET, cycle, revision, slot);
        openDeposits -= 1;
    }

    function finalize(uint256 seed) external {
        Cycle memory found = current();
        if (found.state != CycleState.Pending || found.openDemands != 0) return;
        waitFor(found.settledAt + registry.challengeWindow(), seed);
        bool may = block.timestamp > found.settledAt + registry.challengeWindow();
        if (!may) return;
        registry.finalize(FLEET, cycle);
        // 0 still if a slot was barred: then the cycle is open again.
        finalRoot[cycle] = registry.cycleRoot(FLEET, cycle);
        bonds = 0;
    }

    function release(uint256 seed, uint256 limit) external {
        Cycle memory found = current();
        uint16 slot = uint16(seed % SLOTS);
        bool may = found.state == CycleState.Final && !isIn(found.included, slot)
            && registry.releaseOf(FLEET, cycle, slot).state == ReleaseState.None;
        if (!may) return;
        uint256[2] memory signals = [agents[slot].summary, bound(limit, 0, agents[slot].subCap)];
        BoundProof memory bounded = BoundProof(StubProofs.ofBound(signals), signals);
        SlotOpening memory opening = model.slotOpening(agents, slot);
        SpendProof memory spend = spendProof(slot, 0);
        vm.prank(PRINCIPAL);
        registry.releaseLate(FLEET, cycle, opening, spend, bounded);
        waiting += agents[slot].subCap - signals[1];
    }

    function claim(uint256 seed) external {
        uint16 slot = uint16(seed % SLOTS);
        Release memory found = registry.releaseOf(FLEET, cycle, slot);
        if (found.state != ReleaseState.Waiting || block.timestamp <= found.claimableAfter) return;
        registry.claimRelease(FLEET, cycle, slot);
        waiting -= found.subCap - found.bound;
    }

    function showLater(uint256 seed) external {
        Cycle memory found = current();
        uint16 slot = uint16(seed % SLOTS);
        Release memory released = registry.releaseOf(FLEET, cycle, slot);
        bool onPending = found.state == CycleState.Pending && isIn(found.included, slot);
        bool onRelease = found.state == CycleState.Final && released.state == ReleaseState.Waiting;
        if (!onPending && !onRelease) return;
        LaterPeriod memory later = LaterPeriod(agents[slot].budgetId, 0, 1);
        registry.showLaterPeriod(FLEET, cycle, model.slotOpening(agents, slot), later, spendProof(slot, 1));
        if (!onPending) waiting -= released.subCap - released.bound;
    }

    /// Tries the same attestation as often as it likes; the registry decides.
    function submit(uint256 seed) external {
        if (cycle == 0) return;
        uint16 slot = uint16(seed % SLOTS);
        SpendProof memory spend = spendProof(slot, uint32(2 + seed % 2));
        bytes32 digest = bytes32(spend.signals[3]);
        if (!registry.isDelegated(PRINCIPAL, digest)) {
            vm.prank(PRINCIPAL);
            registry.registerDelegation(digest);
        }
        try registry.submitSpend(SPEND_16, spend.proof, spend.signals, PRINCIPAL) {
            if (counted[spend.signals[5]]++ == 0) nullifiers.push(spend.signals[5]);
        } catch { }
    }

    function withdraw(uint256 who) external {
        address actor = actors[who % 4];
        if (registry.withdrawable(actor) == 0) return;
        vm.prank(actor);
        registry.withdraw(payable(actor));
    }

    // What the steps need.

    function isDemanded(Cycle memory found, uint16 slot) private view returns (bool) {
        return registry.demandOf(FLEET, cycle, found.revision, slot).state == DemandState.Open;
    }

    function spendProof(uint16 slot, uint32 period) private view returns (SpendProof memory) {
        Agent memory agent = agents[slot];
        uint256 summary = period == 0 ? agent.summary : agent.summary >> period;
        uint256[6] memory signals =
            [uint256(1), 2, summary, agent.policyDigest, 3, model.nullifierOf(agent.budgetId, period)];
        return SpendProof(SPEND_16, StubProofs.ofSpend(SPEND_16, signals), signals);
    }

    function nullifierCount() external view returns (uint256) {
        return nullifiers.length;
    }
}
