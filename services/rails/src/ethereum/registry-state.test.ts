// Goal: the slots of taken-back settlements are known whole or not at all. Method: a client whose node says what the
// test tells it.
import type { Hash } from '@atomicity/kernel/units/id';
import {
  createPublicClient,
  custom,
  decodeFunctionData,
  encodeAbiParameters,
  encodeEventTopics,
  encodeFunctionResult,
  type Hex,
} from 'viem';
import { expect, it } from 'vitest';
import { fleetIdOf } from './context.ts';
import { RegistryState } from './registry-state.ts';
import { SPEND_REGISTRY_ABI as abi } from './spend-registry-abi.ts';

const REGISTRY = `0x${'ab'.repeat(20)}` as const;
const ref = { fleet: 'e'.repeat(64) as Hash, cycle: 1 };
const ZERO = `0x${'00'.repeat(32)}` as const;

type Event = {
  readonly name: 'CycleRolledBack' | 'SlotBarred';
  readonly slot: number;
  readonly revision: number;
};

const CYCLE = {
  ...{ policyRoot: ZERO, cap: 0n, windowStart: 0, windowEnd: 0, slotCount: 4, size: 64 },
  ...{ state: 1, consumed: 0n, reserved: 0n, settledAt: 0, includedCount: 0, openDemands: 0 },
  ...{ barred: 0, summariesRoot: ZERO, included: 0n, root: ZERO, codes: [0n, 0n, 0n, 0n] as const },
};

function answer(data: Hex, revision: number): Hex {
  const { functionName } = decodeFunctionData({ abi, data });
  switch (functionName) {
    case 'cycleOf':
      return encodeFunctionResult({ abi, functionName, result: { ...CYCLE, revision } });
    case 'excludedAgentFlags':
      return encodeFunctionResult({ abi, functionName, result: [] });
    case 'rolledForwardBudget':
      return encodeFunctionResult({ abi, functionName, result: 0n });
    case 'challengeWindow':
      return encodeFunctionResult({ abi, functionName, result: 60 });
    default:
      throw new Error(`not scripted: ${functionName}`);
  }
}

function logOf({ name, slot, revision }: Event) {
  const args = { fleetId: fleetIdOf(ref.fleet), cycle: 1n, slot };
  const isBarred = name === 'SlotBarred';
  const word = [{ type: 'uint32' }] as const;
  return {
    address: REGISTRY,
    topics: encodeEventTopics({ abi, eventName: name, args }),
    data: isBarred
      ? encodeAbiParameters(word, [revision])
      : encodeAbiParameters([...word, { type: 'address' }], [revision, REGISTRY]),
    ...{ blockNumber: '0x5', blockHash: ZERO, transactionHash: ZERO },
    ...{ transactionIndex: '0x0', logIndex: '0x0', removed: false },
  };
}

/** The registry's state at a node that tells of these events. */
function stateWith(revision: number, events: readonly Event[]): RegistryState {
  const request = async ({ method, params }: { method: string; params?: unknown }) => {
    if (method === 'eth_blockNumber') return '0x9';
    const [first] = params as readonly [{ data: Hex; topics: readonly Hex[] }];
    if (method === 'eth_call') return answer(first.data, revision);
    if (method !== 'eth_getLogs') throw new Error(`not scripted: ${method}`);
    return events.map(logOf).filter(({ topics }) => topics[0] === first.topics[0]);
  };
  const client = createPublicClient({ transport: custom({ request }) });
  return new RegistryState(client, { chainId: 31337, registry: REGISTRY }, 0n);
}

const slotsOf = async (state: RegistryState) =>
  (await state.rolledBack(ref)).map(({ slot }) => slot).sort();

it('names every slot that was barred, not only the first of a settlement', async () => {
  const barred = [
    { name: 'SlotBarred', slot: 1, revision: 0 },
    { name: 'SlotBarred', slot: 3, revision: 0 },
    { name: 'CycleRolledBack', slot: 1, revision: 0 },
  ] as const;
  expect(new Set(await slotsOf(stateWith(1, barred)))).toEqual(new Set([1, 3]));
});

it('is not known while the node has fewer events than there were settlements taken back', async () => {
  // Its slot would be included again, could not be answered for again, and would cost the next bond.
  const one = [{ name: 'CycleRolledBack', slot: 1, revision: 1 }] as const;
  await expect(stateWith(2, one).rolledBack(ref)).rejects.toMatchObject({
    code: 'rail_answer_unusable',
    outcome: 'not_applied',
  });
});
