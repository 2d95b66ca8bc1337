// SPDX-License-Identifier: GPL-3.0-only
pragma solidity 0.8.37;

import { SlotOpening } from "../../src/interfaces/SpendRegistryTypes.sol";
import { PoseidonT3 } from "../../src/poseidon/PoseidonT3.sol";
import { PoseidonT4 } from "../../src/poseidon/PoseidonT4.sol";
import { PoseidonT5 } from "../../src/poseidon/PoseidonT5.sol";
import { PoseidonTags } from "../../src/poseidon/PoseidonTags.sol";

/// One agent of the model: its budget, what the policy fixes of it, and what it spent.
struct Agent {
    uint256 budgetId;
    uint256 policyDigest;
    uint256 nullifier;
    uint64 subCap;
    uint64 spent;
    uint256 summary;
}

/// @title Fleets of a few agents, with real Poseidon trees and made-up summaries
contract FleetModel {
    PoseidonT3 public immutable t3 = new PoseidonT3();
    PoseidonT4 public immutable t4 = new PoseidonT4();
    PoseidonT5 public immutable t5 = new PoseidonT5();

    uint256 public constant SIZE = 64;

    /// Agent i of a fleet: sub-cap 100 + i, spent half of it. Equal seeds give equal agents.
    function agentOf(string memory seed, uint256 i) public view returns (Agent memory agent) {
        uint256 word = uint256(keccak256(abi.encode(seed, i)));
        agent.budgetId = word >> 8;
        agent.policyDigest = uint256(keccak256(abi.encode("policy", word))) >> 8;
        agent.nullifier = nullifierOf(agent.budgetId, 0);
        agent.subCap = uint64(100 + i);
        agent.spent = agent.subCap / 2;
        agent.summary = uint256(keccak256(abi.encode("summary", word))) >> 8;
    }

    function agentsOf(string memory seed, uint256 count) external view returns (Agent[] memory agents) {
        agents = new Agent[](count);
        for (uint256 i = 0; i < count; ++i) {
            agents[i] = agentOf(seed, i);
        }
    }

    function nullifierOf(uint256 budgetId, uint32 period) public view returns (uint256) {
        return t3.hash(PoseidonTags.NULLIFIER, [budgetId, uint256(period)]);
    }

    function slotLeaves(Agent[] calldata agents) private view returns (uint256[] memory leaves) {
        leaves = new uint256[](SIZE);
        for (uint256 i = 0; i < agents.length; ++i) {
            leaves[i] = t5.hash(
                PoseidonTags.FLEET_SLOT,
                [agents[i].policyDigest, agents[i].nullifier, uint256(agents[i].subCap), i]
            );
        }
    }

    function summaryLeaves(Agent[] calldata agents, uint256 included)
        private
        pure
        returns (uint256[] memory leaves)
    {
        leaves = new uint256[](SIZE);
        for (uint256 i = 0; i < agents.length; ++i) {
            if ((included >> i) & 1 == 1) leaves[i] = agents[i].summary;
        }
    }

    function policyRoot(Agent[] calldata agents, uint64 cap, bytes32 fleetId)
        external
        view
        returns (bytes32)
    {
        (uint256 root,) = walk(PoseidonTags.FLEET_SLOTS, slotLeaves(agents), 0);
        uint256 terms = uint256(cap) | (agents.length << 64);
        return bytes32(t4.hash(PoseidonTags.FLEET_POLICY, [root, terms, uint256(fleetId)]));
    }

    function slotOpening(Agent[] calldata agents, uint16 slot) external view returns (SlotOpening memory) {
        (, bytes32[] memory path) = walk(PoseidonTags.FLEET_SLOTS, slotLeaves(agents), slot);
        Agent calldata agent = agents[slot];
        return SlotOpening(slot, agent.policyDigest, agent.nullifier, agent.subCap, path);
    }

    function summaries(Agent[] calldata agents, uint256 included, uint16 slot)
        external
        view
        returns (bytes32 root, bytes32[] memory path)
    {
        uint256 node;
        (node, path) = walk(PoseidonTags.FLEET_SUMMARIES, summaryLeaves(agents, included), slot);
        root = bytes32(node);
    }

    /// The root over 64 leaves, and the siblings of one of them.
    function walk(uint256 tag, uint256[] memory level, uint256 place)
        private
        view
        returns (uint256, bytes32[] memory path)
    {
        path = new bytes32[](9);
        uint256 next;
        uint256 empty;
        while (level.length > 1) {
            for (uint256 i = place & ~uint256(3); i < (place | 3) + 1; ++i) {
                if (i != place) path[next++] = bytes32(level[i]);
            }
            uint256[] memory parents = new uint256[](level.length / 4);
            // Subtrees of unused slots are all alike.
            uint256 emptyParent = t5.hash(tag, [empty, empty, empty, empty]);
            for (uint256 i = 0; i < parents.length; ++i) {
                uint256[4] memory c = [level[4 * i], level[4 * i + 1], level[4 * i + 2], level[4 * i + 3]];
                bool unused = c[0] == empty && c[1] == empty && c[2] == empty && c[3] == empty;
                parents[i] = unused ? emptyParent : t5.hash(tag, c);
            }
            empty = emptyParent;
            level = parents;
            place /= 4;
        }
        return (level[0], path);
    }
}
