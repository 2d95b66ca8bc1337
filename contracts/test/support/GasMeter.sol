// SPDX-License-Identifier: GPL-3.0-only
pragma solidity 0.8.37;

/// @title Gas of a call, without the transaction that it stands in
abstract contract GasMeter {
    uint256 private before;

    function startMeter() internal {
        before = 1; // The slot is warm when the meter stops.
        before = gasleft();
    }

    function stopMeter() internal view returns (uint256 used) {
        uint256 left = gasleft();
        used = before - left;
    }
}
