// SPDX-License-Identifier: GPL-3.0-only
pragma solidity 0.8.37;

import { IPoseidonErrors } from "../../src/interfaces/IPoseidon.sol";
import { FIELD_ORDER } from "../../src/libraries/Field.sol";
import { PoseidonT3 } from "../../src/poseidon/PoseidonT3.sol";
import { PoseidonT4 } from "../../src/poseidon/PoseidonT4.sol";
import { PoseidonT5 } from "../../src/poseidon/PoseidonT5.sol";
import { Test } from "../support/Test.sol";

/// Goal: the contracts hash as the kernel and the circuits do. Method: the kernel's answers, edges included;
/// every input and the tag out of the field.
contract PoseidonTest is Test {
    PoseidonT3 private immutable t3 = new PoseidonT3();
    PoseidonT4 private immutable t4 = new PoseidonT4();
    PoseidonT5 private immutable t5 = new PoseidonT5();

    function vectors(string memory width)
        private
        view
        returns (uint256[] memory words, uint256[] memory hashes)
    {
        string memory json = vm.readFile("test/vectors/poseidon.json");
        words = vm.parseJsonUintArray(json, string.concat(".", width, ".words"));
        hashes = vm.parseJsonUintArray(json, string.concat(".", width, ".hashes"));
        vm.assertGe(hashes.length, 60);
    }

    function test_hash_t3_equalsKernel() external view {
        (uint256[] memory w, uint256[] memory hashes) = vectors("t3");
        for (uint256 i = 0; i < hashes.length; ++i) {
            vm.assertEq(t3.hash(w[3 * i], [w[3 * i + 1], w[3 * i + 2]]), hashes[i]);
        }
    }

    function test_hash_t4_equalsKernel() external view {
        (uint256[] memory w, uint256[] memory hashes) = vectors("t4");
        for (uint256 i = 0; i < hashes.length; ++i) {
            uint256 k = 4 * i;
            vm.assertEq(t4.hash(w[k], [w[k + 1], w[k + 2], w[k + 3]]), hashes[i]);
        }
    }

    function test_hash_t5_equalsKernel() external view {
        (uint256[] memory w, uint256[] memory hashes) = vectors("t5");
        for (uint256 i = 0; i < hashes.length; ++i) {
            uint256 k = 5 * i;
            vm.assertEq(t5.hash(w[k], [w[k + 1], w[k + 2], w[k + 3], w[k + 4]]), hashes[i]);
        }
    }

    /// The calls alone, of accounts that are warm.
    function test_gas_ofAHash() external {
        t3.hash(1, [uint256(2), 3]);
        vm.snapshotGasLastCall("poseidon", "two inputs");
        t4.hash(1, [uint256(2), 3, 4]);
        vm.snapshotGasLastCall("poseidon", "three inputs");
        t5.hash(1, [uint256(2), 3, 4, 5]);
        vm.snapshotGasLastCall("poseidon", "four inputs");
    }

    function test_hash_refusesWhatIsNotCanonical() external {
        for (uint256 place = 0; place < 5; ++place) {
            uint256 outside = place % 2 == 0 ? FIELD_ORDER : type(uint256).max;
            uint256[4] memory inputs;
            if (place > 0) inputs[place - 1] = outside;
            vm.expectRevert(IPoseidonErrors.InputNotCanonical.selector);
            t5.hash(place == 0 ? outside : 0, inputs);
            if (place > 3) continue;
            vm.expectRevert(IPoseidonErrors.InputNotCanonical.selector);
            t4.hash(place == 0 ? outside : 0, [inputs[0], inputs[1], inputs[2]]);
            if (place > 2) continue;
            vm.expectRevert(IPoseidonErrors.InputNotCanonical.selector);
            t3.hash(place == 0 ? outside : 0, [inputs[0], inputs[1]]);
        }
    }

    function test_hash_takesTheLargestElement() external view {
        t3.hash(FIELD_ORDER - 1, [FIELD_ORDER - 1, FIELD_ORDER - 1]);
        t4.hash(FIELD_ORDER - 1, [FIELD_ORDER - 1, FIELD_ORDER - 1, FIELD_ORDER - 1]);
        t5.hash(FIELD_ORDER - 1, [FIELD_ORDER - 1, FIELD_ORDER - 1, FIELD_ORDER - 1, FIELD_ORDER - 1]);
    }
}
