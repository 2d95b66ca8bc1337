import { concatBytes, utf8 } from '../codec/bytes.ts';
import { type Hash, hashToBytes } from '../units/id.ts';

const PREFIX = utf8('atomicity/signature/v1\0');

/** What an Ed25519 signature covers: utf8('atomicity/signature/v1') ‖ 0x00 ‖ the 32 bytes of the id. */
export function signingBytes(id: Hash): Uint8Array {
  return concatBytes(PREFIX, hashToBytes(id));
}
