/** What a transaction offers for its gas, and what a replacement must offer. Pure; all fees are wei per gas. */

/** How a batch's payload is published on this rail. */
export type AnchorForm = 'blob' | 'calldata';

/** The most that a transaction pays. `maxFeePerBlobGas` is 0 for calldata. */
export type FeeOffer = {
  readonly maxFeePerGas: bigint;
  readonly maxPriorityFeePerGas: bigint;
  readonly maxFeePerBlobGas: bigint;
};

/** The most that the operator lets a transaction offer. */
export type FeeCaps = FeeOffer;

/** What the next block asks, as far as it is known now. */
export type FeeQuote = {
  /** Number of the newest block that the quote knows. */
  readonly block: number;
  /** Of the block after it. */
  readonly baseFeePerGas: bigint;
  /** Of the block after it. */
  readonly blobBaseFee: bigint;
  /** Tip that recent transactions paid. */
  readonly priorityFeePerGas: bigint;
};

/** Why nothing is offered: the fee that is above its cap. */
export type AboveCap = { readonly kind: 'above_cap'; readonly fee: keyof FeeOffer };

export type Offered = { readonly kind: 'offered'; readonly offer: FeeOffer } | AboveCap;

/**
 * How often the present base fees an offer outlives. A base fee rises by an eighth a block at most: six blocks.
 * Source: EIP-1559.
 */
const ROOM = 2n;

const FEES = ['maxFeePerGas', 'maxPriorityFeePerGas', 'maxFeePerBlobGas'] as const;

/**
 * What a replacement offers at least, in percent of what it replaces; a node takes less for the same nonce as
 * nothing new. Source: go-ethereum, core/txpool: blobpool `PriceBump` 100, legacypool `PriceBump` 10.
 */
const RAISED_PERCENT: Readonly<Record<AnchorForm, bigint>> = { blob: 200n, calldata: 110n };

const larger = (x: bigint, y: bigint): bigint => (x > y ? x : y);
const smaller = (x: bigint, y: bigint): bigint => (x < y ? x : y);

/** True when a block that asks what the quote says would not take the offer. */
export function isUnderpriced(offer: FeeOffer, quote: FeeQuote, form: AnchorForm): boolean {
  if (offer.maxFeePerGas < quote.baseFeePerGas) return true;
  return form === 'blob' && offer.maxFeePerBlobGas < quote.blobBaseFee;
}

/**
 * What a first transaction offers: twice the base fees and the usual tip, and never above the caps. Refused
 * only where the caps do not reach what the next block asks.
 */
export function firstOffer(quote: FeeQuote, caps: FeeCaps, form: AnchorForm): Offered {
  const { baseFeePerGas, blobBaseFee, priorityFeePerGas } = quote;
  const isBlob = form === 'blob';
  const tip = smaller(priorityFeePerGas, caps.maxPriorityFeePerGas);
  if (baseFeePerGas + tip > caps.maxFeePerGas) return { kind: 'above_cap', fee: 'maxFeePerGas' };
  if (isBlob && blobBaseFee > caps.maxFeePerBlobGas) {
    return { kind: 'above_cap', fee: 'maxFeePerBlobGas' };
  }
  const offer = {
    maxFeePerGas: smaller(ROOM * baseFeePerGas + tip, caps.maxFeePerGas),
    maxPriorityFeePerGas: tip,
    // 0 would mean no offer at all where the base fee is known as 0.
    maxFeePerBlobGas: isBlob ? smaller(larger(ROOM * blobBaseFee, 1n), caps.maxFeePerBlobGas) : 0n,
  };
  return { kind: 'offered', offer };
}

/**
 * What a replacement of `before` offers: as much more as nodes ask of a replacement, and no less than a first
 * transaction would now. Above a cap there is no replacement.
 */
export function raisedOffer(
  before: FeeOffer,
  quote: FeeQuote,
  caps: FeeCaps,
  form: AnchorForm,
): Offered {
  const now = firstOffer(quote, caps, form);
  if (now.kind === 'above_cap') return now;
  const raised = (fee: keyof FeeOffer) =>
    larger((before[fee] * RAISED_PERCENT[form] + 99n) / 100n, now.offer[fee]);
  const offer = {
    maxFeePerGas: larger(raised('maxFeePerGas'), raised('maxPriorityFeePerGas')),
    maxPriorityFeePerGas: raised('maxPriorityFeePerGas'),
    maxFeePerBlobGas: raised('maxFeePerBlobGas'),
  };
  const above = FEES.find((fee) => offer[fee] > caps[fee]);
  return above === undefined ? { kind: 'offered', offer } : { kind: 'above_cap', fee: above };
}
