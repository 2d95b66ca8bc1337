/**
 * What anybody can read of the chain, searched for what nobody should learn: every transaction's data,
 * every log, and the whole state with all storage, in every encoding that a value may hide in.
 */
import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { keyOfPartyId, type PartyId } from '@atomicity/kernel/units/id';
import { type Hex, hexToBytes, keccak256 } from 'viem';
import type { DemoChain } from './demo-chain.ts';

/** Something private, with a name for people. */
export type Secret =
  | { readonly kind: 'party'; readonly what: string; readonly party: PartyId }
  | { readonly kind: 'amount'; readonly what: string; readonly units: bigint }
  | { readonly kind: 'text'; readonly what: string; readonly text: string };

export type ChainView = {
  readonly transactions: number;
  readonly logs: number;
  readonly bytes: Buffer;
};

/** Everything that the chain shows. A zero byte pair lies between two values, so that none spans two. */
export async function readChain({
  reader,
  control,
}: Pick<DemoChain, 'reader' | 'control'>): Promise<ChainView> {
  const pieces: Buffer[] = [];
  const put = (hex: Hex) => pieces.push(Buffer.from(hexToBytes(hex)), Buffer.alloc(2));
  const newest = await reader.getBlockNumber();
  let transactions = 0;
  let logs = 0;
  for (let number = 0n; number <= newest; number++) {
    const block = await reader.getBlock({ blockNumber: number, includeTransactions: true });
    put(block.extraData);
    for (const { input, hash } of block.transactions) {
      transactions += 1;
      put(input);
      const receipt = await reader.getTransactionReceipt({ hash });
      for (const { topics, data } of receipt.logs) {
        logs += 1;
        for (const topic of topics) put(topic);
        put(data);
      }
    }
  }
  for (const word of stateWords(await control.dumpState())) put(word);
  return { transactions, logs, bytes: Buffer.concat(pieces) };
}

/** Every hex value of the chain's state: codes, storage places and their values. */
function stateWords(dump: Hex): readonly Hex[] {
  const text = gunzipSync(hexToBytes(dump)).toString('utf8');
  return [...text.matchAll(/"(0x[0-9a-f]*)"/g)].map(([, hex = '0x']) =>
    hex.length % 2 === 0 ? (hex as Hex) : (`0x0${hex.slice(2)}` as Hex),
  );
}

/** The encodings in which a secret is looked for. */
export function encodingsOf(secret: Secret): readonly Buffer[] {
  switch (secret.kind) {
    case 'amount':
      return amountEncodings(secret.units);
    case 'party': {
      const raw = Buffer.from(keyOfPartyId(secret.party));
      const text = Buffer.from(secret.party);
      // Field elements take the top 248 bits.
      const field = raw.subarray(0, 31);
      return [...textEncodings(text), ...textEncodings(raw), field, Buffer.from(raw).reverse()];
    }
    case 'text':
      return [
        ...textEncodings(Buffer.from(secret.text)),
        Buffer.from(secret.text, 'utf16le'),
        Buffer.from(secret.text.toUpperCase()),
      ];
    default:
      return assertNever(secret);
  }
}

/** As it is, as hex and base64 text, and hashed. */
function textEncodings(bytes: Buffer): Buffer[] {
  return [
    bytes,
    Buffer.from(bytes.toString('hex')),
    Buffer.from(bytes.toString('base64').replace(/=+$/, '')),
    createHash('sha256').update(bytes).digest(),
    Buffer.from(hexToBytes(keccak256(bytes))),
  ];
}

/** Shorter ones turn up in any proof by accident: an amount has at least five bytes to be looked for. */
const AMOUNT_BYTES_MIN = 5;

/**
 * Big-endian and little-endian without padding, which finds every width, and as decimal and hex text.
 * @throws RangeError for an amount below 2^32.
 */
function amountEncodings(units: bigint): readonly Buffer[] {
  const hex = units.toString(16);
  const big = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
  if (big.length < AMOUNT_BYTES_MIN) throw new RangeError(`too small to look for: ${units}`);
  const decimal = `${units}`;
  const grouped = decimal.replace(/\B(?=(\d{3})+$)/g, ',');
  const texts = [decimal, grouped, hex, hex.toUpperCase()];
  const hashed = createHash('sha256').update(decimal).digest();
  return [big, Buffer.from(big).reverse(), ...texts.map((text) => Buffer.from(text)), hashed];
}

/** The secrets of which some encoding is in the view. */
export function findSecrets(view: Buffer, secrets: readonly Secret[]): readonly Secret[] {
  return secrets.filter((secret) => encodingsOf(secret).some((needle) => view.includes(needle)));
}

function assertNever(secret: never): never {
  throw new Error(`unknown secret ${JSON.stringify(secret)}`);
}
