/** What the registry's contract says of a fleet, read from the newest block. */
import type { Hash } from '@atomicity/kernel/units/id';
import { unixMs } from '@atomicity/kernel/units/time';
import { type Hex, type PublicClient, parseEventLogs } from 'viem';
import { fleetIdOf, type RegistryPlace } from './context.ts';
import type {
  CycleRef,
  CycleState,
  CycleView,
  OpenDemand,
  RegistryCall,
  SlotRef,
  WaitingRelease,
} from './registry-port.ts';
import { SPEND_REGISTRY_ABI } from './spend-registry-abi.ts';

const STATES: readonly CycleState[] = ['none', 'open', 'pending', 'final'];
const DEMAND = { none: 0, open: 1, answered: 2 } as const;
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
      excluded,
    };
  }

  available(fleet: Hash): Promise<bigint> {
    const args = [fleetIdOf(fleet)] as const;
    return this.#client.readContract({ ...this.#contract(), functionName: 'available', args });
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

  async openDemands(ref: CycleRef): Promise<readonly OpenDemand[]> {
    const { revision } = await this.cycle(ref);
    const logs = await this.#logs(ref, 'ProofDemanded');
    const demands: OpenDemand[] = [];
    const { fleet, cycle } = ref;
    // An earlier revision may have had a demand on the same slot.
    for (const slot of new Set(logs.map(({ args }) => args.slot))) {
      const { deadline, state } = await this.#demand({ ...ref, slot }, revision);
      if (state === DEMAND.open) demands.push({ fleet, cycle, slot, revision, deadline });
    }
    return demands;
  }

  async rolledBack({ fleet, cycle }: CycleRef): Promise<readonly SlotRef[]> {
    const logs = await this.#logs({ fleet, cycle }, 'CycleRolledBack');
    return logs.map(({ args }) => ({ fleet, cycle, slot: args.slot }));
  }

  async waitingReleases({ fleet, cycle }: CycleRef): Promise<readonly WaitingRelease[]> {
    const logs = await this.#logs({ fleet, cycle }, 'SlotReleased');
    const waiting: WaitingRelease[] = [];
    for (const { args } of logs) {
      const at = { fleet, cycle, slot: args.slot };
      const { state, claimableAfter } = await this.#release(at);
      if (state === RELEASE.waiting) waiting.push({ ...at, claimableAfter });
    }
    return waiting;
  }

  async now(): Promise<number> {
    return Number((await this.#client.getBlock()).timestamp);
  }

  async hasEffect(call: RegistryCall): Promise<boolean> {
    switch (call.kind) {
      case 'register_fleet': {
        const args = [fleetIdOf(call.fleet)] as const;
        const at = this.#contract();
        const fleet = await this.#client.readContract({ ...at, functionName: 'fleetOf', args });
        return fleet.aggregator.toLowerCase() === call.aggregator.toLowerCase();
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
      case 'finalize':
        return (await this.cycle(call)).state === 'final';
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

  async #logs(
    { fleet, cycle }: CycleRef,
    eventName: 'ProofDemanded' | 'CycleRolledBack' | 'SlotReleased',
  ): Promise<readonly { readonly args: { readonly slot: number } }[]> {
    const logs = await this.#client.getContractEvents({
      ...this.#contract(),
      eventName,
      args: { fleetId: fleetIdOf(fleet), cycle: BigInt(cycle) },
      fromBlock: this.#fromBlock,
      strict: true,
    });
    return parseEventLogs({ abi: SPEND_REGISTRY_ABI, eventName, logs });
  }
}

function assertNever(call: never): never {
  throw new Error(`unknown call ${JSON.stringify(call)}`);
}
