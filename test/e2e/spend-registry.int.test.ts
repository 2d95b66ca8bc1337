// Goal: the fate of every transaction is known, whatever happens to its answer. Method: the adapter against
// the real contract on a local chain that mines when it is told. Proofs are not made here.
import { readFileSync } from 'node:fs';
import { spendRegistryAbi } from '@atomicity/contracts/abi/spend-registry';
import { deployRegistry } from '@atomicity/contracts/script/deploy-registry';
import { fieldToHex } from '@atomicity/kernel/codec/field';
import { fleetPolicyRoot } from '@atomicity/kernel/fleet/fleet-policy';
import { fleetPolicyOf } from '@atomicity/kernel/testing/fleet-samples';
import type { Hash } from '@atomicity/kernel/units/id';
import { unixMs } from '@atomicity/kernel/units/time';
import { type LocalChain, startLocalChain } from '@atomicity/rails/ethereum/local-chain';
import type {
  RegistryCall,
  SpendProof,
  SpendRegistry,
} from '@atomicity/rails/ethereum/registry-port';
import {
  openSpendRegistry,
  type SpendRegistryOptions,
  spendRegistry,
} from '@atomicity/rails/ethereum/spend-registry';
import { SPEND_REGISTRY_ABI } from '@atomicity/rails/ethereum/spend-registry-abi';
import { type AbiItem, createClient, createTestClient, type Hex, http, parseEther } from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { getBlock } from 'viem/actions';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

const { included }: FleetProofsFile = JSON.parse(
  readFileSync(new URL('../vectors/fleet-proofs.json', import.meta.url), 'utf8'),
);
const NEVER = new AbortController().signal;
const KEY = generatePrivateKey();
const principal = privateKeyToAccount(KEY);

type Pair = readonly [string, string, ...string[]];
type FleetProofsFile = {
  readonly included: {
    readonly circuit: string;
    readonly signals: readonly string[];
    readonly proof: {
      readonly pi_a: Pair;
      readonly pi_b: readonly [Pair, Pair, ...Pair[]];
      readonly pi_c: Pair;
    };
  };
};

let chain: LocalChain;
let control: ReturnType<typeof createTestClient>;
let place: { readonly chainId: number; readonly registry: Hex };
let registry: SpendRegistry;
let fleets = 0;
let fleet: Hash;

const open = (more: Partial<SpendRegistryOptions> = {}) =>
  openSpendRegistry({
    url: chain.url,
    place,
    signers: { principal },
    pollMs: 10,
    receiptMs: 5_000,
    ...more,
  });

beforeAll(async () => {
  chain = await startLocalChain();
  const transport = http(chain.url);
  control = createTestClient({ mode: 'anvil', transport });
  await control.setBalance({ address: principal.address, value: parseEther('100') });
  const deployment = await deployRegistry({
    client: createClient({ account: principal, transport }),
    bond: 1n,
    demandDeposit: 1n,
    challengeWindow: 60,
    responseWindow: 60,
    circuits: ['spend-16', 'fleet-64', 'spent-at-most'],
  });
  place = { chainId: deployment.chainId, registry: deployment.registry };
  registry = await open();
});

afterAll(() => chain.stop());

beforeEach(async () => {
  await control.setAutomine(true);
  fleets += 1;
  fleet = `${fleets}`.padStart(8, '0').padEnd(64, 'e') as Hash;
});

const register = (): RegistryCall => ({
  kind: 'register_fleet',
  fleet,
  aggregator: principal.address,
});

function openCycle(
  change: Partial<Extract<RegistryCall, { kind: 'open_cycle' }>> = {},
): RegistryCall {
  const policy = fleetPolicyOf([10n, 20n], 100n);
  return {
    kind: 'open_cycle',
    fleet,
    cycle: 1,
    policyRoot: fleetPolicyRoot({ ...policy, fleet }),
    circuit: 'fleet-64',
    cap: policy.cap,
    windowStart: unixMs(Date.now() + 3_600_000),
    windowEnd: unixMs(Date.now() + 7_200_000),
    policyDigests: policy.slots.map(({ policyDigest }) => policyDigest),
    ...change,
  };
}

async function done(call: RegistryCall) {
  return await registry.send(await registry.prepare(call, NEVER), NEVER);
}

describe('a call', () => {
  it('takes effect once, however often it is sent', async () => {
    const prepared = await registry.prepare(register(), NEVER);
    expect(await registry.lookUp(prepared, NEVER)).toEqual({ kind: 'absent' });
    expect(await registry.hasEffect(register(), NEVER)).toBe(false);
    const receipt = await registry.send(prepared, NEVER);
    expect(receipt.hash).toBe(prepared.hash);
    expect(await registry.send(prepared, NEVER)).toEqual(receipt);
    expect(await registry.lookUp(prepared, NEVER)).toEqual({ kind: 'applied', receipt });
    expect(await registry.hasEffect(register(), NEVER)).toBe(true);
  });

  it('shows in the contract’s state', async () => {
    await done(register());
    const call = openCycle();
    expect(await registry.hasEffect(call, NEVER)).toBe(false);
    await done(call);
    expect(await registry.hasEffect(call, NEVER)).toBe(true);
    expect(await registry.hasEffect(openCycle({ policyRoot: 5n }), NEVER)).toBe(false);
    expect(await registry.cycle({ fleet, cycle: 1 }, NEVER)).toMatchObject({
      state: 'open',
      revision: 0,
      slotCount: 2,
      cap: 100n,
      challengeEnd: 0,
      excluded: [],
    });
    expect(await registry.openDemands({ fleet, cycle: 1 }, NEVER)).toEqual([]);
    expect(await registry.rolledBack({ fleet, cycle: 1 }, NEVER)).toEqual([]);
  });

  it('is refused with the contract’s reason, before anything is signed', async () => {
    const refusal = (call: RegistryCall) =>
      registry.prepare(call, NEVER).then(
        () => 'prepared',
        (error) => [error.code, error.outcome, error.facts.revert],
      );
    expect(await refusal(openCycle())).toEqual(['rail_refused', 'not_applied', 'UnknownFleet']);
    await done(register());
    expect(await refusal(register())).toEqual(['rail_refused', 'not_applied', 'FleetExists']);
    const past = openCycle({ windowStart: unixMs(1_000) });
    expect(await refusal(past)).toEqual(['rail_refused', 'not_applied', 'WindowStarted']);
    const unknown = openCycle({ circuit: 'spend-17' });
    expect(await refusal(unknown)).toEqual(['rail_refused', 'not_applied', 'UnknownCircuit']);
    const finalize: RegistryCall = { kind: 'finalize', fleet, cycle: 1, revision: 0 };
    await expect(registry.prepare(finalize, NEVER)).rejects.toThrow(
      'finalize needs the key of the aggregator',
    );
  });
});

describe('a fleet’s id', () => {
  it('that somebody else took first is not ours, whatever aggregator stands there', async () => {
    const other = privateKeyToAccount(generatePrivateKey());
    await control.setBalance({ address: other.address, value: parseEther('1') });
    const squatter = await open({ signers: { principal: other } });
    await squatter.send(await squatter.prepare(register(), NEVER), NEVER);
    expect(await registry.hasEffect(register(), NEVER)).toBe(false);
    expect(await squatter.hasEffect(register(), NEVER)).toBe(true);
    await expect(registry.prepare(register(), NEVER)).rejects.toMatchObject({
      facts: { revert: 'FleetExists' },
    });
  });
});

describe('a proof', () => {
  const { circuit, proof, signals } = included;
  const { pi_a: a, pi_b: b, pi_c: c } = proof;
  const spend = (change: Partial<SpendProof> = {}): SpendProof => ({
    circuit,
    signals: signals.map((each) => fieldToHex(BigInt(each))),
    proof: {
      a: [a[0], a[1]],
      b: [
        [b[0][0], b[0][1]],
        [b[1][0], b[1][1]],
      ],
      c: [c[0], c[1]],
    },
    ...change,
  });

  it('is accepted where the contract would take it as an answer, and nowhere else', async () => {
    expect(await registry.accepts(spend(), NEVER)).toBe(true);
    // A circuit that the registry has no verifier for, and a proof under another key.
    expect(await registry.accepts(spend({ circuit: 'spend-256' }), NEVER)).toBe(false);
    const { signals: own } = spend();
    expect(await registry.accepts(spend({ signals: own.toReversed() }), NEVER)).toBe(false);
  });

  it('is not judged by a node that does not answer', async () => {
    const away = spendRegistry({ url: 'http://127.0.0.1:9', place, signers: {} });
    await expect(away.accepts(spend(), NEVER)).rejects.toMatchObject({ code: 'rail_unreachable' });
  });
});

describe('a call whose receipt is not seen', () => {
  it('is unknown, and found once it is mined', async () => {
    await control.setAutomine(false);
    const hasty = await open({ receiptMs: 50 });
    const prepared = await hasty.prepare(register(), NEVER);
    await expect(hasty.send(prepared, NEVER)).rejects.toMatchObject({
      code: 'rail_timeout',
      outcome: 'unknown',
    });
    expect(await hasty.lookUp(prepared, NEVER)).toEqual({ kind: 'waiting' });
    await control.mine({ blocks: 1 });
    expect(await hasty.lookUp(prepared, NEVER)).toMatchObject({ kind: 'applied' });
    expect(await hasty.send(prepared, NEVER)).toMatchObject({ hash: prepared.hash });
  });

  it('outlives a base fee that triples', async () => {
    const prepared = await registry.prepare(register(), NEVER);
    const { baseFeePerGas } = await getBlock(control);
    await control.setNextBlockBaseFeePerGas({ baseFeePerGas: 3n * (baseFeePerGas ?? 0n) });
    expect(await registry.send(prepared, NEVER)).toMatchObject({ hash: prepared.hash });
  });

  it('waits for its confirmations', async () => {
    const careful = await open({ confirmations: 3, receiptMs: 50 });
    const prepared = await careful.prepare(register(), NEVER);
    await expect(careful.send(prepared, NEVER)).rejects.toMatchObject({ outcome: 'unknown' });
    expect(await careful.lookUp(prepared, NEVER)).toEqual({ kind: 'waiting' });
    await control.mine({ blocks: 2 });
    expect(await careful.lookUp(prepared, NEVER)).toMatchObject({ kind: 'applied' });
  });

  it('never takes effect when another took its nonce', async () => {
    const displaced = await registry.prepare(register(), NEVER);
    fleet = 'd'.repeat(64) as Hash;
    await done(register());
    expect(await registry.lookUp(displaced, NEVER)).toEqual({ kind: 'displaced' });
    await expect(registry.send(displaced, NEVER)).rejects.toMatchObject({
      code: 'rail_refused',
      outcome: 'not_applied',
    });
  });

  it('is told when it reverted after all', async () => {
    await done(register());
    await control.setAutomine(false);
    const prepared = await registry.prepare(openCycle(), NEVER);
    await control.increaseTime({ seconds: 7_000 });
    const sending = registry.send(prepared, NEVER);
    const failed = expect(sending).rejects.toMatchObject({
      code: 'rail_refused',
      outcome: 'not_applied',
    });
    await control.mine({ blocks: 1 });
    await control.setAutomine(true);
    await failed;
    expect(await registry.lookUp(prepared, NEVER)).toMatchObject({ kind: 'reverted' });
  });
});

describe('the registry is not opened', () => {
  it('on another chain, without its contract, or without a node', async () => {
    const other = { ...place, chainId: 1 };
    await expect(open({ place: other })).rejects.toThrow('the node is on chain 31337, not 1');
    const nowhere = { ...place, registry: `0x${'77'.repeat(20)}` as const };
    await expect(open({ place: nowhere })).rejects.toThrow('no contract at 0x7777');
    await expect(open({ url: 'http://127.0.0.1:9' })).rejects.toMatchObject({
      code: 'rail_unreachable',
      outcome: 'not_applied',
    });
    await expect(open({ confirmations: 0 })).rejects.toThrow('confirmations: 1 … 1000, not 0');
  });

  it('nor asked anything while its chain is another, should it have been away at the start', async () => {
    const late = spendRegistry({ url: chain.url, place: { ...place, chainId: 1 }, signers: {} });
    await expect(late.cycle({ fleet, cycle: 1 }, NEVER)).rejects.toThrow(
      'the node is on chain 31337, not 1',
    );
    await expect(late.hasEffect(register(), NEVER)).rejects.toMatchObject({ code: 'rail_refused' });
  });

  it('and no error shows a key', async () => {
    const error = await registry.prepare(openCycle(), NEVER).catch((each: unknown) => each);
    const shown = JSON.stringify(error, Object.getOwnPropertyNames(error)) + String(error);
    expect(shown).not.toContain(KEY.slice(2));
  });
});

describe('the adapter’s ABI', () => {
  type Parameter = { readonly type: string; readonly components?: readonly Parameter[] };
  const shape = (parameters: readonly Parameter[] = []): unknown =>
    parameters.map(({ type, components }) => [
      type,
      components === undefined ? null : shape(components),
    ]);
  const shapes = (item: AbiItem) => {
    const { inputs, outputs } = item as { inputs?: Parameter[]; outputs?: Parameter[] };
    const name = 'name' in item ? item.name : '';
    return JSON.stringify([item.type, name, shape(inputs), shape(outputs)]);
  };

  it('is part of the compiled one', () => {
    const compiled = new Set((spendRegistryAbi as readonly AbiItem[]).map(shapes));
    // A verifier's errors come through the registry; its ABI does not list them.
    const own = (SPEND_REGISTRY_ABI as readonly AbiItem[]).filter(({ type }) => type !== 'error');
    expect(own.map(shapes).filter((each) => !compiled.has(each))).toEqual([]);
    expect(own.length).toBeGreaterThan(20);
  });
});
