// SPDX-License-Identifier: GPL-3.0-only
pragma solidity 0.8.37;

import { ISpendRegistryErrors } from "./ISpendRegistryErrors.sol";
import { ISpendRegistryEvents } from "./ISpendRegistryEvents.sol";
import {
    BoundProof,
    Cycle,
    CycleState,
    Demand,
    ExcludedFlag,
    Fleet,
    LaterPeriod,
    Release,
    SlotOpening,
    SpendProof
} from "./SpendRegistryTypes.sol";

/// @title Registry of budgets that agents spent inside
/// @notice A principal opens a cycle for a fleet of agents; after its window the aggregator settles the whole
/// cycle with one proof. For a while anyone may demand the proof behind one included slot; a demand that is not
/// met rolls the cycle back. What a cycle did not consume or reserve funds the next one.
///
/// Units: amounts are ledger units of the fleet's denomination, 0 … 2^63 − 1. `windowStart` and `windowEnd` are
/// MILLISECONDS since 1970, as in the proofs; everything that the contract times itself (challenge, response,
/// deadlines) is SECONDS, as in `block.timestamp`. Bonds and deposits are wei.
///
/// Nobody owns the registry: its keys, prices and times are fixed when it is deployed. ETH leaves only through
/// `withdraw`, so nobody can block another by refusing it. It never holds a payment: a rollback reverses an
/// attestation, never money between agents.
///
/// Law: consumed + reserved + remaining = cap in every settled cycle. Balance = bonds of pending cycles +
/// deposits of demands that are neither answered nor returned + what may be withdrawn.
interface ISpendRegistry is ISpendRegistryErrors, ISpendRegistryEvents {
    // Fleets and cycles.

    /// @notice Registers a fleet; the caller becomes its principal, for good.
    /// @dev First come, first served: an id that somebody took before you says nothing of you; take another.
    /// @param fleetId The top 248 bits of the fleet's hash: below 2^248, not 0.
    /// @param aggregator Who settles the fleet's cycles and posts the bond. It can't be changed.
    /// A second call reverts with `FleetExists`.
    function registerFleet(bytes32 fleetId, address aggregator) external;

    /// @notice Adds to what the fleet may delegate in later cycles. By the principal. Each call adds.
    /// @param amount Ledger units; no ETH moves.
    function topUp(bytes32 fleetId, uint64 amount) external;

    /// @notice Opens the next cycle, before its window. By the principal.
    /// @dev That `policyRoot` is over this cap and slot count is shown by the fleet proof. `policyDigests` are
    /// only published: with them anyone can see that no budget is in two slots or two cycles.
    /// @param policyRoot Root of the slots: fixes (policyDigest, nullifier, sub-cap) of each. Used once a fleet.
    /// @param fleetCircuitId keccak256("fleet-64") or keccak256("fleet-256").
    /// @param slotCount Used slots, 1 … the circuit's size.
    /// @param cap Ledger units. The first cycle's is free; a later one is taken from `available`.
    /// @param windowStart Milliseconds; the block must be earlier.
    /// @param windowEnd Milliseconds, at least windowStart.
    /// @param policyDigests One for each used slot, in slot order.
    /// @return cycle Its number: 1 for the first. A second call reverts until this cycle is final.
    function openCycle(
        bytes32 fleetId,
        bytes32 policyRoot,
        bytes32 fleetCircuitId,
        uint16 slotCount,
        uint64 cap,
        uint64 windowStart,
        uint64 windowEnd,
        bytes32[] calldata policyDigests
    ) external returns (uint64 cycle);

    /// @notice Settles the open cycle with one proof. By the aggregator, after the window, with the exact bond.
    /// @dev The contract builds the public signals itself: the proof is for this chain, registry, fleet, cycle
    /// and revision, and for the terms that the principal registered. Gas does not depend on the number of
    /// agents or payments; only the codes of excluded slots cost calldata.
    /// @param proof As in `IVerifier.verify`.
    /// @param summariesRoot Root over the summaries of the included slots.
    /// @param consumed Total of the included slots, ledger units.
    /// @param reserved Sub-caps of the excluded slots, ledger units.
    /// @param included Bit i is set if slot i is included: one word for 64 slots, two of 128 bits for 256.
    /// @param codes One failure code (1 … 6) for each excluded slot, in slot order.
    /// A second call reverts: the cycle is pending, or the proof is of another revision.
    function settleCycle(
        bytes32 fleetId,
        uint256[8] calldata proof,
        bytes32 summariesRoot,
        uint64 consumed,
        uint64 reserved,
        uint256[] calldata included,
        bytes calldata codes
    ) external payable;

    /// @notice Makes a pending cycle final once its challenge window is over and no demand is open. By anyone.
    /// Returns the bond to the aggregator (by `withdraw`) and makes the remainder available. A cycle with a barred
    /// slot becomes open again instead, under the next revision.
    /// A second call reverts with `WrongState`.
    function finalize(bytes32 fleetId, uint64 cycle) external;

    // Challenge.

    /// @notice Demands the proof behind an included slot. By anyone, within the challenge window, with the exact
    /// deposit. One demand for each slot and settlement: an answer is public, nobody needs it twice.
    function demandProof(bytes32 fleetId, uint64 cycle, uint16 slot) external payable;

    /// @notice Answers a demand with the agent's own proof. By anyone, until the deadline (inclusive).
    /// @dev The deposit goes to the aggregator whoever answers: a demander that copies the answer from the
    /// mempool does not get it back. A nullifier that counted elsewhere (a second fleet of the principal, a single
    /// attestation) is no reason to refuse: it bars the slot, else a principal could take the bond by using it up.
    /// @param circuitId Of a spend or batch circuit.
    /// @param signals leavesRoot, tokensRoot, summaryCommitment, policyDigest, periodDigest, nullifier.
    /// @param path From the summary to `summariesRoot`: three siblings a level, leaf's level first.
    function answerDemand(
        bytes32 fleetId,
        uint64 cycle,
        uint16 slot,
        bytes32 circuitId,
        uint256[8] calldata proof,
        uint256[6] calldata signals,
        bytes32[] calldata path
    ) external;

    /// @notice Rolls a cycle back whose demand was not answered in time. By anyone, after the deadline.
    /// The cycle is open again under the next revision. The demander gets its deposit and half of the bond, the
    /// principal the other half: an aggregator that demands its own proof loses by it all the same.
    function rollback(bytes32 fleetId, uint64 cycle, uint16 slot) external;

    /// @notice Gives back the deposit of a demand that another demand's rollback left without object. By anyone,
    /// to the demander.
    function reclaimDeposit(bytes32 fleetId, uint64 cycle, uint32 revision, uint16 slot) external;

    /// @notice Shows that an included slot's budget went on into a period after the one that its slot fixes, so
    /// that its summary is not the last: bars the slot of a pending cycle. On a final cycle: takes a late release of
    /// the slot back that is not claimed yet, for good. By anyone; nothing is earned by it.
    /// @dev A barred slot costs nobody the bond. No proof carries a signature: an agent can make a later period of
    /// its own budget whenever it likes, so a later period tells that the slot's summary does not count, and not who
    /// is to blame. The cycle stays pending, and open to demands, until its window ends; then `finalize` opens it
    /// again. If it opened at once, an aggregator without a proof could leave with its bond before a demand.
    function showLaterPeriod(
        bytes32 fleetId,
        uint64 cycle,
        SlotOpening calldata opening,
        LaterPeriod calldata later,
        SpendProof calldata spend
    ) external;

    // Late proofs.

    /// @notice Releases what an excluded slot of a final cycle kept reserved: at most `bound` was spent. By the
    /// principal or the aggregator. Clears the slot's code; totals change at once, `available` after
    /// `claimRelease`. A second call for the slot reverts.
    /// @param spend The slot's own proof: same policyDigest, same nullifier.
    /// @param bound Proof that the same summary's cumulative total is at most `bound.signals[1]` ≤ the sub-cap.
    function releaseLate(
        bytes32 fleetId,
        uint64 cycle,
        SlotOpening calldata opening,
        SpendProof calldata spend,
        BoundProof calldata bound
    ) external;

    /// @notice Makes a released amount available, one challenge window after its release. By anyone.
    function claimRelease(bytes32 fleetId, uint64 cycle, uint16 slot) external;

    // Single attestations.

    /// @notice Registers a delegation by its policyDigest; the caller becomes its principal.
    /// A second call by the same principal reverts with `DelegationExists`.
    function registerDelegation(bytes32 policyDigest) external;

    /// @notice Records the attestation of one period of a registered delegation. By anyone who has the proof.
    /// Each nullifier counts once for a principal, here and in fleets together.
    function submitSpend(
        bytes32 circuitId,
        uint256[8] calldata proof,
        uint256[6] calldata signals,
        address principal
    ) external;

    // ETH.

    /// @notice Sends the caller all that it may withdraw, in wei, to an address of its choice.
    function withdraw(address payable to) external;

    // What is so now. Totals of a cycle that is not settled read 0.

    /// @notice Wei that an account may withdraw.
    function withdrawable(address account) external view returns (uint256);

    function fleetOf(bytes32 fleetId) external view returns (Fleet memory);

    /// @notice Ledger units that the fleet's next cycles may delegate: remainders of final cycles, claimed late
    /// releases and top-ups, less what later cycles took.
    function available(bytes32 fleetId) external view returns (uint96);

    function cycleOf(bytes32 fleetId, uint64 cycle) external view returns (Cycle memory);

    function cycleState(bytes32 fleetId, uint64 cycle) external view returns (CycleState);

    function cycleCap(bytes32 fleetId, uint64 cycle) external view returns (uint64);

    /// @notice Consumed by the included slots, and by late released ones at their bounds.
    function totalFleetSpend(bytes32 fleetId, uint64 cycle) external view returns (uint64);

    /// @notice Sub-caps of the excluded slots that were not released.
    function reservedBudget(bytes32 fleetId, uint64 cycle) external view returns (uint64);

    /// @notice cap − consumed − reserved. Only once the cycle is final may it be delegated.
    function rolledForwardBudget(bytes32 fleetId, uint64 cycle) external view returns (uint64);

    function includedAgentCount(bytes32 fleetId, uint64 cycle) external view returns (uint16);

    /// @notice The excluded slots with their failure codes, in slot order, without the released ones.
    function excludedAgentFlags(bytes32 fleetId, uint64 cycle) external view returns (ExcludedFlag[] memory);

    function summariesRoot(bytes32 fleetId, uint64 cycle) external view returns (bytes32);

    /// @notice keccak256(abi.encode(root of the cycle before (0 for the first), policyRoot, consumed, reserved,
    /// remaining)) as they were when the cycle became final; 0 before.
    function cycleRoot(bytes32 fleetId, uint64 cycle) external view returns (bytes32);

    /// @notice The context of a proof for the cycle's current revision:
    /// uint256(keccak256(abi.encode(chainId, registry, fleetId, cycle, revision))) >> 8.
    function contextOf(bytes32 fleetId, uint64 cycle) external view returns (uint256);

    function demandOf(bytes32 fleetId, uint64 cycle, uint32 revision, uint16 slot)
        external
        view
        returns (Demand memory);

    function releaseOf(bytes32 fleetId, uint64 cycle, uint16 slot) external view returns (Release memory);

    /// @notice True once a principal's nullifier was submitted, answered with or released by.
    function isSpentNullifier(address principal, uint256 nullifier) external view returns (bool);

    function isDelegated(address principal, bytes32 policyDigest) external view returns (bool);

    /// @notice The verifier of a circuit; reverts with `UnknownCircuit`.
    function verifierOf(bytes32 circuitId) external view returns (address);

    /// @notice Wei that settling a cycle locks.
    function bond() external view returns (uint256);

    /// @notice Wei that a demand locks. At least what an answer costs, else frivolous demands pay off.
    function demandDeposit() external view returns (uint256);

    /// @notice Seconds after a settlement in which proofs may be demanded.
    function challengeWindow() external view returns (uint32);

    /// @notice Seconds after a demand in which it may be answered.
    function responseWindow() external view returns (uint32);
}
