/**
 * A chain that is none: headers without work, and one transaction that spends nothing. It tells LDK that a
 * channel's funding is confirmed, and no more. Whatever a channel enforces on a chain is not shown by it.
 */

import { createHash } from 'node:crypto';
import { BestBlock, type Confirm, Network, TwoTuple_usizeTransactionZ } from 'lightningdevkit';

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();
const sha256d = (bytes: Uint8Array) => sha256(sha256(bytes));

function u32(value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function u64(value: bigint): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes;
}

export type StandInTransaction = { readonly bytes: Uint8Array; readonly txid: Uint8Array };

/** A transaction with one made-up input that pays `sats` to a script. */
export function transactionPaying(script: Uint8Array, sats: bigint): StandInTransaction {
  const input = [Buffer.alloc(36, 7), Uint8Array.of(0), Buffer.from('ffffffff', 'hex')];
  const output = [u64(sats), Uint8Array.of(script.length), script];
  const core = Buffer.concat([Uint8Array.of(1), ...input, Uint8Array.of(1), ...output]);
  const witness = Uint8Array.of(1, 1, 0xff);
  // BIP-0141: a marker and a flag before the inputs, the witness before the lock time.
  const bytes = Buffer.concat([u32(2), Uint8Array.of(0, 1), core, witness, u32(0)]);
  return {
    bytes: Uint8Array.from(bytes),
    txid: sha256d(Buffer.concat([u32(2), core, u32(0)])),
  };
}

export class StandInChain {
  readonly #watchers: Confirm[] = [];
  #previous: Uint8Array = BestBlock.constructor_from_network(
    Network.LDKNetwork_Regtest,
  ).get_block_hash();
  #height = 0;

  /** Tells a watcher of every later block. */
  watch(watcher: Confirm): void {
    this.#watchers.push(watcher);
  }

  /** Adds a block with this transaction, or an empty one. `seconds` since the epoch. */
  mine(seconds: number, transaction?: StandInTransaction): void {
    const merkleRoot = transaction?.txid ?? sha256(u32(this.#height));
    const header = Uint8Array.from(
      Buffer.concat([
        u32(0x20000000),
        this.#previous,
        merkleRoot,
        u32(seconds + this.#height),
        u32(0x207fffff),
        u32(this.#height),
      ]),
    );
    this.#height += 1;
    this.#previous = sha256d(header);
    for (const watcher of this.#watchers) {
      if (transaction !== undefined) {
        const placed = TwoTuple_usizeTransactionZ.constructor_new(1, transaction.bytes);
        watcher.transactions_confirmed(header, [placed], this.#height);
      }
      watcher.best_block_updated(header, this.#height);
    }
  }
}
