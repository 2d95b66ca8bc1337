/** What the registry's contract says of a fleet, read from the newest block. */
import type { Hash } from '@atomicity/kernel/units/id';
import { unixMs } from '@atomicity/kernel/units/time';
import { type Hex, isAddressEqual, type PublicClient } from 'viem';
import { RailError } from '../port.ts';
import { railErrorOf } from './chain-errors.ts';
import { fleetIdOf, type RegistryPlace } from './context.ts';
import { circuitIdOf, proofWords, signalWords } from './registry-calls.ts';
import type {
  CycleRef,
  CycleState,
  CycleView,
  OpenDemand,
  RegistryCall,
  SlotRef,
  SpendProof,
} from './registry-port.ts';
import { SPEND_REGISTRY_ABI, VERIFIER_ABI } from './spend-registry-abi.ts';

const STATES: readonly CycleState[] = ['none', 'open', 'pending', 'final'];
const DEMAND = { none: 0, open: 1, answered: 2 } as const;
/** Blocks of one question for events: what public nodes allow. */
const LOG_BLOCKS = 10_000n;
const RELEASE = { none: 0, waiting: 1, claimed: 2 } as const;

/** Reads with what every read needs: the client, the place, and where the registry's events begin. */
export class RegistryState {
  readonly #client: PublicClient;
  readonly #place: RegistryPlace;
  readonly #fromBlock: bigint;

  constructor(client: PublicClient, place: RegistryPlace, fromBlock: bigint) {
    this.#client = client;
    this.#place = place;
    this.#fromBlock = fromBlock;
  }

  async cycle(ref: CycleRef): Promise<CycleView> {
    const args = [fleetIdOf(ref.fleet), BigInt(ref.cycle)] as const;
    const at = this.#contract();
    const [cycle, remaining, excluded, window] = await Promise.all([
      this.#client.readContract({ ...at, functionName: 'cycleOf', args }),
      this.#client.readContract({ ...at, functionName: 'rolledForwardBudget', args }),
      this.#client.readContract({ ...at, functionName: 'excludedAgentFlags', args }),
      this.#client.readContract({ ...at, functionName: 'challengeWindow' }),
    ]);
    return {
      state: STATES[cycle.state] ?? 'none',
      revision: cycle.revision,
      policyRoot: BigInt(cycle.policyRoot),
      slotCount: cycle.slotCount,
      cap: cycle.cap,
      consumed: cycle.consumed,
      reserved: cycle.reserved,
      remaining,
      windowStart: unixMs(cycle.windowStart),
      windowEnd: unixMs(cycle.windowEnd),
      challengeEnd: cycle.settledAt === 0 ? 0 : cycle.settledAt + window,
      summariesRoot: BigInt(cycle.summariesRoot),
      included: cycle.included,
      cycleRoot: cycle.root,
      includedCount: cycle.includedCount,
      openDemands: cycle.openDemands,
      excluded,
    };
  }

  available(fleet: Hash): Promise<bigint> {
    const args = [fleetIdOf(fleet)] as const;
    return this.#client.readContract({ ...this.#contract(), functionName: 'available', args });
  }

  /** Asks the verifier itself, as an answer to a demand would. */
  async accepts({ circuit, proof, signals }: SpendProof): Promise<boolean> {
    try {
      const address = await this.#client.readContract({
        ...this.#contract(),
        functionName: 'verifierOf',
        args: [circuitIdOf(circuit)],
      });
      await this.#client.readContract({
        address,
        abi: VERIFIER_ABI,
        functionName: 'verify',
        args: [proofWords(proof), signalWords(signals)],
      });
      return true;
    } catch (error) {
      const failure = railErrorOf(error, 'not_applied');
      // Only a revert is a no: a node that does not answer says nothing of the proof.
      if (failure.facts['revert'] !== undefined) return false;
      throw failure;
    }
  }

  /** What a call must bring along, wei. */
  async valueOf(call: RegistryCall): Promise<bigint> {
    const at = this.#contract();
    if (call.kind === 'settle_cycle') {
      return await this.#client.readContract({ ...at, functionName: 'bond' });
    }
    if (call.kind !== 'demand_proof') return 0n;
    return await this.#client.readContract({ ...at, functionName: 'demandDeposit' });
  }

  /** Looks at the slots one by one, and only where the contract counts open demands. */
  async openDemands(ref: CycleRef): Promise<readonly OpenDemand[]> {
    const { revision, openDemands, slotCount, included } = await this.cycle(ref);
    if (openDemands === 0) return [];
    const { fleet, cycle } = ref;
    const demands: OpenDemand[] = [];
    for (let slot = 0; slot < slotCount && demands.length < openDemands; slot++) {
      if (((included >> BigInt(slot)) & 1n) === 0n) continue;
      const { deadline, state } = await this.#demand({ fleet, cycle, slot }, revision);
      if (state === DEMAND.open) demands.push({ fleet, cycle, slot, revision, deadline });
    }
    return demands;
  }

  /**
   * Reads events from the newest block back, until there is one for each revision.
   * @throws RailError `rail_answer_unusable` while the node has fewer: a slot left out here would be
   * included again, though nobody can answer for it.
   */
  async rolledBack(ref: CycleRef): Promise<readonly SlotRef[]> {
    const { fleet, cycle } = ref;
    const { revision } = await this.cycle(ref);
    let found: SlotRef[] = [];
    let settlements = 0;
    let to = await this.#client.getBlockNumber();
    while (settlements < revision && to >= this.#fromBlock) {
      const from = to >= this.#fromBlock + LOG_BLOCKS ? to - LOG_BLOCKS + 1n : this.#fromBlock;
      const slots = await this.#slotsIn(ref, 'CycleRolledBack', from, to);
      const barred = await this.#slotsIn(ref, 'SlotBarred', from, to);
      found = [...slots, ...barred].map((slot) => ({ fleet, cycle, slot })).concat(found);
      settlements += slots.length;
      if (from === 0n) break;
      to = from - 1n;
    }
    if (settlements >= revision) return found;
    throw new RailError({
      code: 'rail_answer_unusable',
      outcome: 'not_applied',
      shortMessage: 'the node does not have all events of the registry',
      facts: { revision, found: settlements, fromBlock: Number(this.#fromBlock) },
    });
  }

  async #slotsIn(
    { fleet, cycle }: CycleRef,
    eventName: 'CycleRolledBack' | 'SlotBarred',
    fromBlock: bigint,
    toBlock: bigint,
  ): Promise<readonly number[]> {
    const logs = await this.#client.getContractEvents({
      ...this.#contract(),
      eventName,
      args: { fleetId: fleetIdOf(fleet), cycle: BigInt(cycle) },
      fromBlock,
      toBlock,
      strict: true,
    });
    return logs.map(({ args }) => args.slot);
  }

  async claimableAfter(ref: SlotRef): Promise<number | null> {
    const { state, claimableAfter } = await this.#release(ref);
    return state === RELEASE.waiting ? claimableAfter : null;
  }

  async now(): Promise<number> {
    return Number((await this.#client.getBlock()).timestamp);
  }

  /** `principal`: whose registration counts as ours; of anybody where we hold no principal's key. */
  async hasEffect(call: RegistryCall, principal?: Hex): Promise<boolean> {
    switch (call.kind) {
      case 'register_fleet': {
        const args = [fleetIdOf(call.fleet)] as const;
        const at = this.#contract();
        const fleet = await this.#client.readContract({ ...at, functionName: 'fleetOf', args });
        const isOurs = principal === undefined || isAddressEqual(fleet.principal, principal);
        return isOurs && isAddressEqual(fleet.aggregator, call.aggregator);
      }
      case 'open_cycle': {
        const { state, policyRoot } = await this.cycle(call);
        return state !== 'none' && policyRoot === call.policyRoot;
      }
      case 'settle_cycle': {
        const { state, revision, summariesRoot, included } = await this.cycle(call);
        const isSettled = state === 'pending' || state === 'final';
        const [low = 0n, high = 0n] = call.included;
        const isSame = summariesRoot === call.summariesRoot && included === (low | (high << 128n));
        return isSettled && revision === call.revision && isSame;
      }
      case 'finalize': {
        const { state, revision } = await this.cycle(call);
        return state === 'final' || revision > call.revision;
      }
      case 'demand_proof':
        return (await this.#demand(call, call.revision)).state !== DEMAND.none;
      case 'answer_demand':
        return (await this.#demand(call, call.revision)).state === DEMAND.answered;
      case 'rollback':
        return (await this.cycle(call)).revision > call.revision;
      case 'release_late': {
        const { state, bound } = await this.#release(call);
        return (state === RELEASE.waiting || state === RELEASE.claimed) && bound === call.bound;
      }
      case 'claim_release':
        return (await this.#release(call)).state === RELEASE.claimed;
      default:
        return assertNever(call);
    }
  }

  #contract(): { readonly address: Hex; readonly abi: typeof SPEND_REGISTRY_ABI } {
    return { address: this.#place.registry, abi: SPEND_REGISTRY_ABI };
  }

  #demand({ fleet, cycle, slot }: SlotRef, revision: number) {
    const args = [fleetIdOf(fleet), BigInt(cycle), revision, slot] as const;
    return this.#client.readContract({ ...this.#contract(), functionName: 'demandOf', args });
  }

  #release({ fleet, cycle, slot }: SlotRef) {
    const args = [fleetIdOf(fleet), BigInt(cycle), slot] as const;
    return this.#client.readContract({ ...this.#contract(), functionName: 'releaseOf', args });
  }
}

function assertNever(call: never): never {
  throw new Error(`unknown call ${JSON.stringify(call)}`);
}
