/**
 * Events as the model reads them: structurally, from what the log holds. It shares the shapes of
 * the log with the product and none of its rules.
 */
export type SeenLeg = { readonly party: string; readonly delta: bigint; readonly edge?: string };

export type SeenHop = {
  readonly voucher: string;
  readonly side: 'payer' | 'payee';
  readonly intent: string;
  readonly part: string;
  readonly edge: string;
  readonly from: string;
  readonly to: string;
  readonly amount: bigint;
  readonly fee: bigint;
};

export type SeenHeld = SeenHop & {
  readonly policyHash: string | null;
  readonly probe: boolean;
  readonly hops: readonly unknown[];
  readonly incoming: string | null;
  readonly at: number;
  readonly deadline: number;
};

export type SeenDelivery = {
  readonly intent: string;
  readonly receiver: string;
  readonly amount: bigint;
  readonly parts: readonly {
    readonly part: string;
    readonly amount: bigint;
    readonly voucher: string;
    readonly edge: string;
  }[];
  readonly missing: readonly { readonly part: string; readonly amount: bigint }[];
  readonly legs: readonly (SeenLeg & { readonly edge: string })[];
};

/** A routed voucher as its signed text says it. */
export type SeenVoucher = {
  readonly amount: bigint;
  readonly fee: bigint;
  readonly from: string;
  readonly to: string;
  readonly edge: string;
  readonly at: number;
  readonly expiresAt: number;
  readonly policyHash: string | null;
  readonly seenAt: number;
  readonly hopCount: number;
  readonly part: string;
};

/** Reads the body of a signed CapacityVoucher with a route. */
export function readVoucher(text: string): SeenVoucher {
  const { body } = JSON.parse(text);
  return {
    amount: BigInt(body.amount),
    fee: BigInt(body.fee),
    from: body.from,
    to: body.to,
    edge: body.edge,
    at: body.at,
    expiresAt: body.expiresAt,
    policyHash: body.policyHash,
    seenAt: body.route.seenAt,
    hopCount: body.route.hops.length,
    part: body.route.part,
  };
}

export type SeenReceipt = {
  readonly hop: string;
  readonly peer: string;
  readonly voucher: string;
  readonly transition: 'held' | 'active*' | 'active' | 'lapsed';
  readonly text: string;
};

/** The HopReceipt in a text, if it is one. */
export function readReceipt(text: string): SeenReceipt | undefined {
  const { body } = JSON.parse(text);
  if (body.type !== 'HopReceipt') return undefined;
  const { hop, peer, voucher, transition } = body;
  return { hop, peer, voucher, transition, text };
}
