// SPDX-License-Identifier: GPL-3.0-only
pragma solidity 0.8.37;

import { ISpendRegistryErrors as E } from "../../src/interfaces/ISpendRegistryErrors.sol";
import { ExcludedFlag } from "../../src/interfaces/SpendRegistryTypes.sol";
import { Bitmap } from "../../src/libraries/Bitmap.sol";
import { FailureCodes } from "../../src/libraries/FailureCodes.sol";
import { Test } from "../support/Test.sol";

/// Goal: packed codes read back as they were given, up to 256 of them. Method: any set of slots, any codes; the list
/// again without the ones that were cleared.
contract FailureCodesTest is Test {
    uint256[4] private words;

    function store(bytes calldata codes) external {
        FailureCodes.store(words, codes);
    }

    function codesFor(uint256 excluded, uint256 seed) private pure returns (bytes memory codes) {
        codes = new bytes(Bitmap.count(excluded));
        for (uint256 i = 0; i < codes.length; ++i) {
            codes[i] = bytes1(uint8(1 + uint256(keccak256(abi.encode(seed, i))) % 6));
        }
    }

    function test_fuzz_list_readsWhatWasStored(uint256 excluded, uint256 seed) external {
        bytes memory codes = codesFor(excluded, seed);
        this.store(codes);
        ExcludedFlag[] memory flags = FailureCodes.list(words, excluded);
        vm.assertEq(flags.length, codes.length);
        uint256 place;
        for (uint256 slot = 0; slot < 256; ++slot) {
            if ((excluded >> slot) & 1 == 0) continue;
            vm.assertEq(flags[place].slot, slot);
            vm.assertEq(flags[place].code, uint8(codes[place]));
            ++place;
        }
    }

    function test_fuzz_write_clearsOne(uint256 excluded, uint256 seed) external {
        vm.assume(excluded != 0);
        this.store(codesFor(excluded, seed));
        ExcludedFlag[] memory before = FailureCodes.list(words, excluded);
        uint256 cleared = seed % before.length;
        FailureCodes.write(words, cleared, 0);
        ExcludedFlag[] memory left = FailureCodes.list(words, excluded);
        vm.assertEq(left.length, before.length - 1);
        for (uint256 i = 0; i < left.length; ++i) {
            ExcludedFlag memory same = before[i < cleared ? i : i + 1];
            vm.assertEq(left[i].slot, same.slot);
            vm.assertEq(left[i].code, same.code);
        }
    }

    function test_store_fillsAllFourWords() external {
        this.store(codesFor(type(uint256).max, 1));
        for (uint256 i = 0; i < 4; ++i) {
            vm.assertTrue(words[i] != 0);
        }
        vm.assertEq(FailureCodes.list(words, type(uint256).max).length, 256);
    }

    function test_store_refusesUnknownCodes() external {
        vm.expectRevert(abi.encodeWithSelector(E.InvalidCode.selector, 1, 0));
        this.store(hex"0100");
        vm.expectRevert(abi.encodeWithSelector(E.InvalidCode.selector, 0, 7));
        this.store(hex"07");
        vm.expectRevert(abi.encodeWithSelector(E.InvalidCode.selector, 2, 255));
        this.store(hex"0601ff");
    }
}
