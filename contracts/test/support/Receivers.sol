// SPDX-License-Identifier: GPL-3.0-only
pragma solidity 0.8.37;

import { SpendRegistry } from "../../src/SpendRegistry.sol";

/// @title A demander that refuses ETH
contract Refuser {
    SpendRegistry private immutable registry;

    constructor(SpendRegistry registry_) payable {
        registry = registry_;
    }

    function demand(bytes32 fleetId, uint64 cycle, uint16 slot, uint256 deposit) external {
        registry.demandProof{ value: deposit }(fleetId, cycle, slot);
    }

    function withdraw(address payable to) external {
        registry.withdraw(to);
    }
}

/// @title A demander that calls back when it is paid
contract Reentrant {
    SpendRegistry private immutable registry;
    uint256 public calls;
    bool public reentered;

    constructor(SpendRegistry registry_) payable {
        registry = registry_;
    }

    function demand(bytes32 fleetId, uint64 cycle, uint16 slot, uint256 deposit) external {
        registry.demandProof{ value: deposit }(fleetId, cycle, slot);
    }

    function withdraw() external {
        registry.withdraw(payable(address(this)));
    }

    receive() external payable {
        calls += 1;
        try registry.withdraw(payable(address(this))) {
            reentered = true;
        } catch { }
    }
}
