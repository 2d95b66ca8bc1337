import { concatBytes, utf8 } from '@atomicity/kernel/codec/bytes';
import { strictSignatureShape, verifyEd25519 } from '@atomicity/kernel/wire/ed25519-strict';
import { ED25519_TORSION_SUBGROUP, ed25519 } from '@noble/curves/ed25519.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';

// Builds signatures that a signer would never make, by the algebra of the curve, so that each rule
// has a case that only this rule refuses.

const { Point } = ed25519;
const L = Point.Fn.ORDER;
const P = Point.Fp.ORDER;
const ORDER_8 = Point.fromHex(ED25519_TORSION_SUBGROUP[1] ?? '');

export type Ed25519Case = {
  readonly name: string;
  readonly publicKey: string;
  readonly message: string;
  readonly signature: string;
  readonly shape: string | null;
  readonly valid: boolean;
};

function littleEndian(value: bigint): Uint8Array {
  return hexToBytes(value.toString(16).padStart(64, '0')).reverse();
}

function integer(bytes: Uint8Array): bigint {
  return BigInt(`0x${bytesToHex(Uint8Array.from(bytes).reverse())}`);
}

function challenge(r: Uint8Array, a: Uint8Array, message: Uint8Array): bigint {
  return integer(sha512(concatBytes(r, a, message))) % L;
}

function makeCase(
  name: string,
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): Ed25519Case {
  return {
    name,
    publicKey: bytesToHex(publicKey),
    message: bytesToHex(message),
    signature: bytesToHex(signature),
    shape: strictSignatureShape(publicKey, signature)?.reason ?? null,
    valid: verifyEd25519(publicKey, message, signature),
  };
}

const SECRET_1 = hexToBytes('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60');
const SECRET_2 = hexToBytes('4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb');
const SECRET_3 = hexToBytes('c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7');

const A = 31_337_000_000_000_000_007n;
const K = 271_828_182_845_904_523_536n;

/** A signature of `message` by the key point `a`·B + `torsion`, with R = k·B + `torsionR`. */
function forge(message: Uint8Array, torsion = Point.ZERO, torsionR = Point.ZERO) {
  const publicKey = Point.BASE.multiply(A).add(torsion).toBytes();
  const r = Point.BASE.multiply(K).add(torsionR).toBytes();
  const s = (K + challenge(r, publicKey, message) * A) % L;
  return { publicKey, r, signature: concatBytes(r, littleEndian(s)) };
}

/** The first counter message whose challenge is (or is not) a multiple of 8 for this key. */
function messageWhere(multipleOf8: boolean): Uint8Array {
  for (let i = 0; ; i++) {
    const message = utf8(`message ${i}`);
    const { publicKey, r } = forge(message, ORDER_8);
    if ((challenge(r, publicKey, message) % 8n === 0n) === multipleOf8) return message;
  }
}

function ordinary(): Ed25519Case[] {
  const messages = [new Uint8Array(), Uint8Array.of(0x72), Uint8Array.of(0xaf, 0x82)];
  return [SECRET_1, SECRET_2, SECRET_3].map((secret, i) => {
    const message = messages[i] ?? new Uint8Array();
    const publicKey = ed25519.getPublicKey(secret);
    return makeCase(
      `RFC 8032 §7.1 test ${i + 1}`,
      publicKey,
      message,
      ed25519.sign(message, secret),
    );
  });
}

function changed(): Ed25519Case[] {
  const message = utf8('atomicity');
  const publicKey = ed25519.getPublicKey(SECRET_1);
  const signature = ed25519.sign(message, SECRET_1);
  const flip = (bytes: Uint8Array, at: number) => {
    const copy = Uint8Array.from(bytes);
    copy[at] = (copy[at] ?? 0) ^ 1;
    return copy;
  };
  return [
    makeCase('message changed', publicKey, flip(message, 0), signature),
    makeCase('R changed', publicKey, message, flip(signature, 5)),
    makeCase('S changed', publicKey, message, flip(signature, 40)),
    makeCase('key changed', flip(publicKey, 7), message, signature),
    makeCase('another key', ed25519.getPublicKey(SECRET_2), message, signature),
    makeCase('all zero signature', publicKey, message, new Uint8Array(64)),
    makeCase('all ones signature', publicKey, message, new Uint8Array(64).fill(255)),
  ];
}

function unreducedS(): Ed25519Case[] {
  const message = utf8('S');
  const publicKey = ed25519.getPublicKey(SECRET_1);
  const signature = ed25519.sign(message, SECRET_1);
  const r = signature.subarray(0, 32);
  const s = integer(signature.subarray(32));
  const withS = (value: bigint) => concatBytes(r, littleEndian(value));
  return [
    makeCase('S + L: the same equation', publicKey, message, withS(s + L)),
    makeCase('S + 2L', publicKey, message, withS(s + 2n * L)),
    makeCase('S = L', publicKey, message, withS(L)),
    makeCase('S = L - 1', publicKey, message, withS(L - 1n)),
    makeCase('S = L + 1', publicKey, message, withS(L + 1n)),
    makeCase('S = 2^252', publicKey, message, withS(2n ** 252n)),
    makeCase('S = 2^253', publicKey, message, withS(2n ** 253n)),
    makeCase('S = 0', publicKey, message, withS(0n)),
  ];
}

function smallOrder(): Ed25519Case[] {
  const message = utf8('small order');
  const cases: Ed25519Case[] = [];
  for (const [i, hex] of ED25519_TORSION_SUBGROUP.entries()) {
    const point = Point.fromHex(hex);
    const encoded = point.toBytes();
    const r = Point.BASE.multiply(K).toBytes();
    cases.push(makeCase(`A small order ${i}`, encoded, message, concatBytes(r, littleEndian(K))));
    const publicKey = Point.BASE.multiply(A).toBytes();
    const s = (challenge(encoded, publicKey, message) * A) % L;
    cases.push(
      makeCase(`R small order ${i}`, publicKey, message, concatBytes(encoded, littleEndian(s))),
    );
  }
  return cases;
}

function mixedOrder(): Ed25519Case[] {
  const [even, odd] = [messageWhere(true), messageWhere(false)];
  const keyEven = forge(even, ORDER_8);
  const keyOdd = forge(odd, ORDER_8);
  const mixedR = forge(utf8('mixed R'), Point.ZERO, ORDER_8);
  const both = forge(utf8('both'), ORDER_8, ORDER_8);
  return [
    makeCase('A with torsion, challenge 0 mod 8', keyEven.publicKey, even, keyEven.signature),
    makeCase('A with torsion: cofactored only', keyOdd.publicKey, odd, keyOdd.signature),
    makeCase(
      'R with torsion: cofactored only',
      mixedR.publicKey,
      utf8('mixed R'),
      mixedR.signature,
    ),
    makeCase('A and R with torsion', both.publicKey, utf8('both'), both.signature),
  ];
}

function encodings(): Ed25519Case[] {
  const message = utf8('encodings');
  const good = forge(message);
  const s = good.signature.subarray(32);
  const cases: Ed25519Case[] = [];
  for (let excess = 0n; excess < 19n; excess++) {
    for (const sign of [0n, 1n]) {
      const encoded = littleEndian(P + excess + (sign << 255n));
      const name = `y = p + ${excess}, sign ${sign}`;
      cases.push(makeCase(`A: ${name}`, encoded, message, good.signature));
      cases.push(makeCase(`R: ${name}`, good.publicKey, message, concatBytes(encoded, s)));
    }
  }
  for (const [name, y] of [
    ['y = 1 with a sign', 1n],
    ['y = -1 with a sign', P - 1n],
  ] as const) {
    const encoded = littleEndian(y + (1n << 255n));
    cases.push(makeCase(`A: ${name}`, encoded, message, good.signature));
    cases.push(makeCase(`R: ${name}`, good.publicKey, message, concatBytes(encoded, s)));
  }
  // y = 2 belongs to no point.
  const offCurve = littleEndian(2n);
  cases.push(makeCase('A: on no point', offCurve, message, good.signature));
  cases.push(makeCase('R: on no point', good.publicKey, message, concatBytes(offCurve, s)));
  return cases;
}

/** Every case, with the verdict of the kernel. */
export function ed25519Cases(): readonly Ed25519Case[] {
  return [
    ...ordinary(),
    ...changed(),
    ...unreducedS(),
    ...smallOrder(),
    ...mixedOrder(),
    ...encodings(),
  ];
}
