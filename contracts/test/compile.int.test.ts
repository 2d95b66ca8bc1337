// Goal: the committed ABI is the compiler's, forge and npm's solc are told the same, and every contract fits on a chain.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { getAbiItem, toFunctionSelector } from 'viem';
import { describe, expect, it } from 'vitest';
import { anchorRegistryAbi } from '../abi/anchor-registry.ts';
import { spendRegistryAbi } from '../abi/spend-registry.ts';
import { anchorRegistryAbiSource, registryAbiSource } from '../script/abi-source.ts';
import { CONTRACTS_DIRECTORY, compileSources, contractNamed } from '../script/compile-sources.ts';

/** Bytes of code that a contract may have. Source: EIP-170. */
const CODE_LIMIT_BYTES = 24_576;

const contracts = compileSources();

describe('the compiled contracts', () => {
  it('have the committed ABIs', () => {
    const committed = (name: string) =>
      readFileSync(join(CONTRACTS_DIRECTORY, `abi/${name}.ts`), 'utf8');
    expect(committed('spend-registry')).toBe(registryAbiSource(contracts));
    expect(committed('anchor-registry')).toBe(anchorRegistryAbiSource(contracts));
  });

  it('are the same when they are compiled again', () => {
    expect(compileSources()).toEqual(contracts);
  });

  it('fit on a chain', () => {
    const large = Object.entries(contracts).filter(
      ([, { deployedBytecode }]) => (deployedBytecode.length - 2) / 2 > CODE_LIMIT_BYTES,
    );
    expect(large.map(([name]) => name)).toEqual([]);
  });

  it('are none by another name', () => {
    expect(() => contractNamed(contracts, 'Nobody')).toThrow(RangeError);
  });

  it('have the settings of foundry.toml', () => {
    const toml = readFileSync(join(CONTRACTS_DIRECTORY, 'foundry.toml'), 'utf8');
    for (const line of [
      "evm_version = 'cancun'",
      'optimizer = true',
      'optimizer_runs = 1000000',
      'via_ir = true',
      "bytecode_hash = 'none'",
      'cbor_metadata = false',
    ]) {
      expect(toml).toContain(`\n${line}\n`);
    }
  });
});

describe('the ABI in TypeScript', () => {
  it('is typed, and its selectors are the contract’s', () => {
    const item = getAbiItem({ abi: spendRegistryAbi, name: 'rollback' });
    expect(toFunctionSelector(item)).toBe(toFunctionSelector('rollback(bytes32,uint64,uint16)'));
    const anchor = getAbiItem({ abi: anchorRegistryAbi, name: 'anchor' });
    const signature = 'anchor(bytes32,bytes32,uint64,uint64,bytes32)';
    expect(toFunctionSelector(anchor)).toBe(toFunctionSelector(signature));
  });
});
