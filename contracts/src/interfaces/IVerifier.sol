// SPDX-License-Identifier: GPL-3.0-only
pragma solidity 0.8.37;

/// @title Verifier of the Groth16 proofs of one circuit under one key
/// @notice Never answers "no": whatever is not a valid proof reverts, so a caller that forgets to look at the
/// answer, or runs out of gas on the way, can't take silence for consent.
interface IVerifier {
    /// The number of signals is not the circuit's.
    error WrongSignalCount(uint256 expected, uint256 actual);
    /// A public signal is not below the scalar field's order r: signal + r would name the same statement.
    error SignalNotCanonical(uint256 index);
    /// A proof coordinate is not below the base field's order q: y + q would name the same point.
    error CoordinateNotCanonical(uint256 index);
    /// A (0), B (1) or C (2) is the point at infinity.
    error PointAtInfinity(uint256 point);
    /// The pairing equation does not hold, a point is off its curve, or there was too little gas to tell.
    error ProofRefused();
    /// γ = δ: with such a key anyone can forge. Only a constructor reverts with it.
    error GammaEqualsDelta();
    /// A key whose secrets are published, on a chain that is not for development. Only a constructor.
    error DevelopmentKeyOutsideDevelopmentChain(uint256 chainId);

    /// @notice keccak256 of the circuit's name, as in keccak256("spend-64").
    function circuitId() external view returns (bytes32);

    /// @notice How many public signals a proof has.
    function signalCount() external view returns (uint256);

    /// @notice The key's name in artifacts.lock and in trust files: SHA-256 over its canonical JSON, tagged.
    function verificationKeyHash() external view returns (bytes32);

    /// @notice True for a key whose secrets are published.
    function isDevelopment() external view returns (bool);

    /// @notice Returns this function's selector if the proof is valid, and reverts otherwise.
    /// @param proof A.x, A.y, B.x1, B.x0, B.y1, B.y0, C.x, C.y; of B's coordinates the imaginary part first,
    /// as EIP-197 has them.
    /// @param signals The public signals in the circuit's order, each below r.
    function verify(uint256[8] calldata proof, uint256[] calldata signals) external view returns (bytes4);
}
