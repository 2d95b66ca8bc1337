// SPDX-License-Identifier: GPL-3.0-only
pragma solidity 0.8.37;

import { IPoseidonT3, IPoseidonT4, IPoseidonT5 } from "../interfaces/IPoseidon.sol";
import { ISpendRegistry } from "../interfaces/ISpendRegistry.sol";
import { IVerifier } from "../interfaces/IVerifier.sol";
import {
    CircuitVerifier,
    Config,
    Cycle,
    CycleState,
    Demand,
    Fleet,
    Release,
    SlotOpening
} from "../interfaces/SpendRegistryTypes.sol";
import { CircuitIds, CircuitKind } from "../libraries/CircuitIds.sol";
import { AMOUNT_LIMIT, FIELD_ORDER } from "../libraries/Field.sol";
import { FleetTree } from "../libraries/FleetTree.sol";

/// @title What the registry stores, and the checks that several of its parts make
abstract contract RegistryState is ISpendRegistry {
    uint256 public immutable bond;
    uint256 public immutable demandDeposit;
    uint32 public immutable challengeWindow;
    uint32 public immutable responseWindow;
    IPoseidonT3 internal immutable poseidonT3;
    IPoseidonT4 internal immutable poseidonT4;
    IPoseidonT5 internal immutable poseidonT5;

    mapping(bytes32 circuitId => IVerifier) private verifiers;
    mapping(bytes32 fleetId => Fleet) internal fleets;
    mapping(bytes32 fleetId => mapping(uint64 cycle => Cycle)) internal cycles;
    mapping(bytes32 fleetId => mapping(bytes32 policyRoot => bool)) internal policyRootUsed;
    mapping(bytes32 key => Demand) internal demands;
    mapping(bytes32 key => Release) internal releases;
    mapping(address principal => mapping(bytes32 policyDigest => bool)) internal delegations;
    /// What a principal's nullifier was used for; 0 if for nothing yet.
    mapping(address principal => mapping(uint256 nullifier => bytes32 use)) private nullifierUses;
    mapping(address account => uint256) public withdrawable;

    constructor(Config memory config, CircuitVerifier[] memory circuits) {
        bool priced = config.bond != 0 && config.demandDeposit != 0;
        bool timed = config.challengeWindow != 0 && config.responseWindow != 0;
        bool hashes = config.poseidonT3.code.length != 0 && config.poseidonT4.code.length != 0
            && config.poseidonT5.code.length != 0;
        if (!priced || !timed || !hashes) revert InvalidConfig();
        bond = config.bond;
        demandDeposit = config.demandDeposit;
        challengeWindow = config.challengeWindow;
        responseWindow = config.responseWindow;
        poseidonT3 = IPoseidonT3(config.poseidonT3);
        poseidonT4 = IPoseidonT4(config.poseidonT4);
        poseidonT5 = IPoseidonT5(config.poseidonT5);
        for (uint256 i = 0; i < circuits.length; ++i) {
            registerVerifier(circuits[i].circuitId, IVerifier(circuits[i].verifier));
        }
    }

    function registerVerifier(bytes32 circuitId, IVerifier verifier) private {
        uint256 expected = CircuitIds.signalCount(circuitId);
        if (expected == 0) revert UnknownCircuit(circuitId);
        bool fits = address(verifiers[circuitId]) == address(0) && address(verifier).code.length != 0
            && verifier.circuitId() == circuitId && verifier.signalCount() == expected;
        if (!fits) revert WrongVerifier(circuitId);
        verifiers[circuitId] = verifier;
        emit VerifierRegistered(circuitId, address(verifier), verifier.verificationKeyHash());
    }

    /// @inheritdoc ISpendRegistry
    function verifierOf(bytes32 circuitId) public view returns (address) {
        IVerifier verifier = verifiers[circuitId];
        if (address(verifier) == address(0)) revert UnknownCircuit(circuitId);
        return address(verifier);
    }

    /// Returns only if the proof is valid. The answer must be the verifier's own selector, whole: a call that
    /// ran out of gas, or an address that answers anything else, does not pass.
    function requireProof(bytes32 circuitId, uint256[8] calldata proof, uint256[] memory signals)
        internal
        view
    {
        bytes4 answer = IVerifier(verifierOf(circuitId)).verify(proof, signals);
        if (answer != IVerifier.verify.selector) revert ProofNotAccepted(circuitId);
    }

    function requireSpendProof(bytes32 circuitId, uint256[8] calldata proof, uint256[6] calldata signals)
        internal
        view
    {
        if (CircuitIds.kindOf(circuitId) != CircuitKind.Spend) revert UnknownCircuit(circuitId);
        uint256[] memory list = new uint256[](6);
        for (uint256 i = 0; i < 6; ++i) {
            list[i] = signals[i];
        }
        requireProof(circuitId, proof, list);
    }

    function knownFleet(bytes32 fleetId) internal view returns (Fleet storage fleet) {
        fleet = fleets[fleetId];
        if (fleet.principal == address(0)) revert UnknownFleet(fleetId);
    }

    function cycleIn(bytes32 fleetId, uint64 cycle, CycleState state)
        internal
        view
        returns (Cycle storage found)
    {
        found = cycles[fleetId][cycle];
        if (found.state != state) revert WrongState(found.state);
    }

    /// A nullifier counts once for a principal; the same use may be repeated.
    function useNullifier(address principal, uint256 nullifier, bytes32 use) internal {
        if (isUsedOtherwise(principal, nullifier, use)) revert NullifierUsed(nullifier);
        nullifierUses[principal][nullifier] = use;
    }

    /// The nullifier counted already, for another use than this one.
    function isUsedOtherwise(address principal, uint256 nullifier, bytes32 use) internal view returns (bool) {
        bytes32 earlier = nullifierUses[principal][nullifier];
        return earlier != 0 && earlier != use;
    }

    /// @inheritdoc ISpendRegistry
    function isSpentNullifier(address principal, uint256 nullifier) public view returns (bool) {
        return nullifierUses[principal][nullifier] != 0;
    }

    /// The slot is so in the policy that the principal registered for the cycle.
    function requireSlot(bytes32 fleetId, Cycle storage cycle, SlotOpening calldata opening) internal view {
        if (opening.slot >= cycle.slotCount) revert UnknownSlot(opening.slot);
        uint256 leaf = FleetTree.slotLeaf(poseidonT5, opening);
        uint256 slots =
            FleetTree.rootOf(poseidonT5, FleetTree.SLOTS, leaf, opening.slot, cycle.size, opening.path);
        uint256 root = FleetTree.policyRoot(poseidonT4, slots, cycle.cap, cycle.slotCount, fleetId);
        if (bytes32(root) != cycle.policyRoot) revert SlotNotInPolicy(opening.slot);
    }

    /// Where a slot's demand in one settlement is kept.
    function demandKey(bytes32 fleetId, uint64 cycle, uint32 revision, uint16 slot)
        internal
        pure
        returns (bytes32)
    {
        return keccak256(abi.encode(fleetId, cycle, revision, slot));
    }

    /// A slot of a cycle: where its release is kept, and the use that its nullifier is put to.
    function slotKey(bytes32 fleetId, uint64 cycle, uint16 slot) internal pure returns (bytes32) {
        return keccak256(abi.encode(fleetId, cycle, slot));
    }

    function requireAmount(uint64 amount) internal pure {
        if (amount >= AMOUNT_LIMIT) revert AmountOutOfRange();
    }

    function requireCanonical(bytes32 value) internal pure {
        if (uint256(value) >= FIELD_ORDER) revert NotCanonical();
    }
}
