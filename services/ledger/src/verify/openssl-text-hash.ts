import { hash } from 'node:crypto';
import type { Hash } from '@atomicity/kernel/units/id';

/** The kernel's `taggedTextHash` through OpenSSL: ten times as fast on the texts of objects. */
export function opensslTextHash(tag: string, text: string): Hash {
  return hash('sha256', `atomicity/${tag}/v1\0${text}`, 'hex') as Hash;
}
