import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
  parseAnyJson,
} from '@atomicity/kernel/codec/canonical-json';
import type { PartyId } from '@atomicity/kernel/units/id';
import type { Refusal } from '@atomicity/kernel/wire/refusals';
import { NoAnswer } from './node-problem.ts';

/** Signed texts for a peer; none asks for its time. */
export type PeerMessage = { readonly from: PartyId; readonly objects: readonly string[] };

export type ObjectAnswer =
  | { readonly kind: 'answer'; readonly object: string }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'none' };

/** One answer for each object in order, further receipts behind them, and the peer's clock. */
export type PeerAnswer = { readonly answers: readonly ObjectAnswer[]; readonly clock: string };

/** An offer as a peer tells it on, with how long the peer still counts on it. */
export type HeardOffer = {
  readonly offer: string;
  readonly delegation: string | null;
  readonly remainingMs: number;
};

export type StateAnswer =
  | { readonly kind: 'signed' | 'differs'; readonly object: string }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/** Reads the answer to a message of `count` objects. @throws NoAnswer for anything else. */
export function peerAnswerFrom(text: string, count: number): PeerAnswer {
  const { answers, clock } = objectFrom(text);
  if (!Array.isArray(answers) || answers.length < count || typeof clock !== 'string') {
    throw new NoAnswer('the answer has fewer members than the message objects');
  }
  return { answers: answers.map(objectAnswerOf), clock };
}

/** Reads a list of offers. @throws NoAnswer for anything else. */
export function offersFrom(text: string): readonly HeardOffer[] {
  const { offers } = objectFrom(text);
  if (!Array.isArray(offers)) throw new NoAnswer('the answer has no offers');
  return offers.map((value) => {
    const { offer, delegation, remainingMs } = isJsonObject(value) ? value : {};
    const isDelegation = delegation === null || typeof delegation === 'string';
    if (typeof offer !== 'string' || !isDelegation || typeof remainingMs !== 'number') {
      throw new NoAnswer('an offer without offer, delegation or remainingMs');
    }
    return { offer, delegation, remainingMs };
  });
}

/** Reads the answer to a proposed state. @throws NoAnswer for anything else. */
export function stateAnswerFrom(text: string): StateAnswer {
  const { kind, object, problem } = objectFrom(text);
  if ((kind === 'signed' || kind === 'differs') && typeof object === 'string') {
    return { kind, object };
  }
  if (kind === 'refused' && isJsonObject(problem)) return { kind, refusal: refusalOf(problem) };
  throw new NoAnswer('neither a state nor a refusal');
}

function objectAnswerOf(value: JsonValue): ObjectAnswer {
  const { kind, object, refusal } = isJsonObject(value) ? value : {};
  if (kind === 'none') return { kind };
  if (kind === 'answer' && typeof object === 'string') return { kind, object };
  if (kind === 'refused' && isJsonObject(refusal)) return { kind, refusal: refusalOf(refusal) };
  throw new NoAnswer('an answer of no known kind');
}

function refusalOf(value: JsonObject): Refusal {
  const { reason, field, rule } = value;
  if (typeof reason !== 'string') throw new NoAnswer('a refusal without a reason');
  return {
    reason,
    ...(typeof field === 'string' ? { field } : {}),
    ...(typeof rule === 'string' ? { rule } : {}),
  };
}

function objectFrom(text: string): JsonObject {
  const value = parseAnyJson(text)?.value;
  if (!isJsonObject(value)) throw new NoAnswer('the answer is no JSON object');
  return value;
}
