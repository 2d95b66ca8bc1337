/** The registry's calls as calldata, and the values of the ledger as the contract takes them. */
import { fieldFromHex } from '@atomicity/kernel/codec/field';
import type { FieldHex } from '@atomicity/kernel/units/id';
import type { Groth16Proof } from '@atomicity/kernel/wire/objects';
import { encodeFunctionData, type Hex, keccak256, numberToHex, stringToHex } from 'viem';
import { fleetIdOf } from './context.ts';
import type { AnswerDemand, RegistryCall, ReleaseLate, SettleCycle } from './registry-port.ts';
import { SPEND_REGISTRY_ABI } from './spend-registry-abi.ts';

/** The id of a circuit at the registry: keccak256 of its name. */
export function circuitIdOf(name: string): Hex {
  return keccak256(stringToHex(name));
}

const word = (value: bigint): Hex => numberToHex(value, { size: 32 });

type Words8 = readonly [bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint];
type Words6 = readonly [bigint, bigint, bigint, bigint, bigint, bigint];

/** A.x, A.y, B.x1, B.x0, B.y1, B.y0, C.x, C.y. Source: EIP-197, the imaginary part first. */
export function proofWords({ a, b, c }: Groth16Proof): Words8 {
  const [[bx0, bx1], [by0, by1]] = b;
  const coordinates = [a[0], a[1], bx1, bx0, by1, by0, c[0], c[1]] as const;
  const [ax, ay, x1, x0, y1, y0, cx, cy] = coordinates.map(BigInt);
  return [ax, ay, x1, x0, y1, y0, cx, cy].map((each) => each ?? 0n) as unknown as Words8;
}

/** The six signals of a spend proof. @throws RangeError for another number. */
export function signalWords(signals: readonly FieldHex[]): Words6 {
  if (signals.length !== 6) throw new RangeError(`${signals.length} signals of 6`);
  return signals.map(fieldFromHex) as unknown as Words6;
}

/** Calldata of a call. @throws RangeError for a value outside the contract's types. */
export function encodeCall(call: RegistryCall): Hex {
  const abi = SPEND_REGISTRY_ABI;
  const fleetId = fleetIdOf(call.fleet);
  switch (call.kind) {
    case 'register_fleet': {
      const args = [fleetId, call.aggregator] as const;
      return encodeFunctionData({ abi, functionName: 'registerFleet', args });
    }
    case 'open_cycle': {
      const { policyRoot, circuit, policyDigests, cap, windowStart, windowEnd } = call;
      const args = [
        fleetId,
        word(policyRoot),
        circuitIdOf(circuit),
        policyDigests.length,
        cap,
        BigInt(windowStart),
        BigInt(windowEnd),
        policyDigests.map((digest): Hex => `0x${digest}`),
      ] as const;
      return encodeFunctionData({ abi, functionName: 'openCycle', args });
    }
    case 'settle_cycle':
      return encodeSettle(fleetId, call);
    case 'finalize': {
      const args = [fleetId, BigInt(call.cycle)] as const;
      return encodeFunctionData({ abi, functionName: 'finalize', args });
    }
    case 'demand_proof':
    case 'rollback':
    case 'claim_release':
      return encodeOfSlot(fleetId, call);
    case 'answer_demand':
      return encodeAnswer(fleetId, call);
    case 'release_late':
      return encodeRelease(fleetId, call);
    default:
      return assertNever(call);
  }
}

function encodeSettle(fleetId: Hex, call: SettleCycle): Hex {
  const { proof, summariesRoot, consumed, reserved, included, codes } = call;
  const args = [
    fleetId,
    proofWords(proof),
    word(summariesRoot),
    consumed,
    reserved,
    included,
    `0x${Buffer.from(codes).toString('hex')}`,
  ] as const;
  return encodeFunctionData({ abi: SPEND_REGISTRY_ABI, functionName: 'settleCycle', args });
}

const SLOT_FUNCTIONS = {
  demand_proof: 'demandProof',
  rollback: 'rollback',
  claim_release: 'claimRelease',
} as const;

function encodeOfSlot(
  fleetId: Hex,
  { kind, cycle, slot }: Extract<RegistryCall, { kind: keyof typeof SLOT_FUNCTIONS }>,
): Hex {
  const args = [fleetId, BigInt(cycle), slot] as const;
  const functionName = SLOT_FUNCTIONS[kind];
  return encodeFunctionData({ abi: SPEND_REGISTRY_ABI, functionName, args });
}

function encodeAnswer(fleetId: Hex, { cycle, slot, spend, path }: AnswerDemand): Hex {
  const args = [
    fleetId,
    BigInt(cycle),
    slot,
    circuitIdOf(spend.circuit),
    proofWords(spend.proof),
    signalWords(spend.signals),
    path.map(word),
  ] as const;
  return encodeFunctionData({ abi: SPEND_REGISTRY_ABI, functionName: 'answerDemand', args });
}

function encodeRelease(fleetId: Hex, call: ReleaseLate): Hex {
  const { cycle, slot, leaf, spend, bound, boundProof } = call;
  const signals = signalWords(spend.signals);
  const args = [
    fleetId,
    BigInt(cycle),
    {
      slot,
      policyDigest: fieldFromHex(leaf.policyDigest),
      nullifier: fieldFromHex(leaf.nullifier),
      subCap: leaf.subCap,
      path: leaf.path.map(word),
    },
    { circuitId: circuitIdOf(spend.circuit), proof: proofWords(spend.proof), signals },
    { proof: proofWords(boundProof), signals: [signals[2], bound] as const },
  ] as const;
  return encodeFunctionData({ abi: SPEND_REGISTRY_ABI, functionName: 'releaseLate', args });
}

function assertNever(call: never): never {
  throw new Error(`unknown call ${JSON.stringify(call)}`);
}
