/**
 * A certificate for 127.0.0.1 with a key drawn for the occasion, as lnd makes one for itself: tests keep no
 * keys in files. Valid from 2020 to 2049.
 *
 * Source: RFC 5280; X.690 for DER.
 */

import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';

function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  if (body.length < 0x80) return Buffer.concat([Uint8Array.of(tag, body.length), body]);
  const size = Buffer.alloc(2);
  size.writeUInt16BE(body.length);
  return Buffer.concat([Uint8Array.of(tag, 0x82), size, body]);
}

const sequence = (...parts: readonly Uint8Array[]) => der(0x30, ...parts);
const bitString = (bytes: Uint8Array) => der(0x03, Uint8Array.of(0), bytes);
const time = (text: string) => der(0x17, Buffer.from(text));

/** ecdsa-with-SHA256, 1.2.840.10045.4.3.2. */
const ECDSA_SHA256 = sequence(
  der(0x06, Uint8Array.of(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02)),
);
/** commonName, 2.5.4.3. */
const COMMON_NAME = der(0x06, Uint8Array.of(0x55, 0x04, 0x03));
/** subjectAltName, 2.5.29.17. */
const ALTERNATIVE_NAME = der(0x06, Uint8Array.of(0x55, 0x1d, 0x11));
const LOOPBACK = Uint8Array.of(127, 0, 0, 1);

export type SelfSigned = { readonly certificate: string; readonly key: string };

/** Draws a key and signs its certificate, both in PEM. A second call draws another. */
export function selfSignedCertificate(): SelfSigned {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const name = sequence(der(0x31, sequence(COMMON_NAME, der(0x0c, Buffer.from('lnd stub')))));
  const alternatives = sequence(der(0x87, LOOPBACK));
  const toBeSigned = sequence(
    der(0xa0, der(0x02, Uint8Array.of(2))),
    der(0x02, Uint8Array.of(1), randomBytes(8)),
    ECDSA_SHA256,
    name,
    sequence(time('200101000000Z'), time('491231235959Z')),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(sequence(ALTERNATIVE_NAME, der(0x04, alternatives)))),
  );
  const signature = sign('sha256', toBeSigned, privateKey);
  const whole = sequence(toBeSigned, ECDSA_SHA256, bitString(signature)).toString('base64');
  const lines = whole.match(/.{1,64}/g) ?? [];
  const certificate = `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
  return { certificate, key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
}
