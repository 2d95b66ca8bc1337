/** Errors of an EVM node as errors of a rail, with what is known about the effect. */
import {
  BaseError,
  decodeErrorResult,
  type Hex,
  HttpRequestError,
  isHex,
  RpcRequestError,
  TimeoutError,
  type TransactionNotFoundError,
  type TransactionReceiptNotFoundError,
} from 'viem';
import { type Outcome, RailError, type RailFacts } from '../port.ts';
import { ANCHOR_REGISTRY_ABI } from './anchor-registry-abi.ts';
import { SPEND_REGISTRY_ABI } from './spend-registry-abi.ts';

/** Errors of all contracts that the rails call. */
const ERRORS = [...SPEND_REGISTRY_ABI, ...ANCHOR_REGISTRY_ABI];

/** What a reverted call gave back, wherever the library put it. */
function revertData(error: BaseError): Hex | undefined {
  let found: Hex | undefined;
  error.walk((each) => {
    const data: unknown = each instanceof Object && 'data' in each ? each.data : undefined;
    const inner: unknown = data instanceof Object && 'data' in data ? data.data : data;
    if (isHex(inner) && inner.length >= 10) found ??= inner;
    return false;
  });
  return found;
}

/** The contract's reason as facts: its name, and its arguments as decimal strings. */
function revertFacts(data: Hex): RailFacts {
  try {
    const { errorName, args = [] } = decodeErrorResult({ abi: ERRORS, data });
    return { revert: errorName, ...(args.length === 0 ? {} : { arguments: args.join(' ') }) };
  } catch {
    return { revert: data.slice(0, 10) };
  }
}

function isRevert(error: BaseError): boolean {
  const message = error.walk().message;
  return /revert/i.test(message) || /revert/i.test(error.shortMessage);
}

/** Refused by the contract, or by the node before it was sent to anybody. */
export function railRefused(message: string, facts: RailFacts, cause?: unknown): RailError {
  return new RailError({
    code: 'rail_refused',
    outcome: 'not_applied',
    shortMessage: message,
    facts,
    cause,
  });
}

/**
 * The rail's error for whatever the library threw. `outcome` is what is known if no answer came: a node
 * that says why it refuses has done nothing. Keys are never part of it: none is sent to a node.
 */
export function railErrorOf(error: unknown, outcome: Outcome): RailError {
  if (error instanceof RailError) return error;
  if (!(error instanceof BaseError)) {
    const code = 'rail_answer_unusable';
    return new RailError({ code, outcome, shortMessage: 'the chain gave no answer', cause: error });
  }
  const data = revertData(error);
  if (data !== undefined) return railRefused('the registry refuses', revertFacts(data), error);
  if (isRevert(error)) return railRefused('the call reverts', { revert: 'unknown' }, error);
  const has = (kind: new (...parameters: never[]) => BaseError) =>
    error.walk((each) => each instanceof kind) !== null;
  const { shortMessage } = error;
  if (has(TimeoutError)) {
    return new RailError({ code: 'rail_timeout', outcome, shortMessage, cause: error });
  }
  if (has(RpcRequestError)) {
    const facts = { answer: error.details.slice(0, 200) };
    return railRefused('the chain’s node refuses', facts, error);
  }
  const code = has(HttpRequestError) ? 'rail_unreachable' : 'rail_answer_unusable';
  return new RailError({ code, outcome, shortMessage, cause: error });
}

/** The answer, or undefined where the node says that there is none. Other errors pass through. */
export async function orAbsent<T>(
  ask: () => Promise<T>,
  absent: typeof TransactionNotFoundError | typeof TransactionReceiptNotFoundError,
): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof absent) return undefined;
    throw error;
  }
}
