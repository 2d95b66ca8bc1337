// SPDX-License-Identifier: GPL-3.0-only
pragma solidity 0.8.37;

// The order r of BN254's scalar field. Source: EIP-197, "Definition of the groups".
uint256 constant FIELD_ORDER = 21888242871839275222246405745257275088548364400416034343698204186575808495617;

// The order q of BN254's base field. Source: EIP-196.
uint256 constant BASE_FIELD_ORDER =
    21888242871839275222246405745257275088696311157297823662689037894645226208583;

// Amounts are below this.
uint64 constant AMOUNT_LIMIT = 1 << 63;

// Hashes enter the field as their top 248 bits.
uint256 constant HASH_LIMIT = 1 << 248;
