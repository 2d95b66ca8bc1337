// SPDX-License-Identifier: GPL-3.0-only
pragma solidity 0.8.37;

import { Vm } from "./Vm.sol";

/// @title What forge needs to see in a test contract, and no more
abstract contract Test {
    bool public constant IS_TEST = true;

    /// Source: Foundry; the address is the low 20 bytes of keccak256("hevm cheat code").
    Vm internal constant vm = Vm(0x7109709ECfa91a80626fF3989D68f67F5b1DD12D);

    /// A value from low to high (inclusive) that a fuzzed one stands for.
    function bound(uint256 value, uint256 low, uint256 high) internal pure returns (uint256) {
        return low + value % (high - low + 1);
    }
}
