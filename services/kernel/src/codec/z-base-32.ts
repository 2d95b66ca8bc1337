const ALPHABET = 'ybndrfg8ejkmcpqxot1uwisza345h769';
const KEY_CHARACTERS = 52;

/** Value of each ASCII code, or 255 where the character is outside the alphabet. */
const VALUES = new Uint8Array(128).fill(255);
for (let i = 0; i < ALPHABET.length; i++) VALUES[ALPHABET.charCodeAt(i)] = i;

function valueAt(text: string, position: number): number {
  const code = text.charCodeAt(position);
  return code < 128 ? (VALUES[code] ?? 255) : 255;
}

/**
 * True if the 52 characters from `start` to the end are the one z-base-32 form of 32 bytes: all in
 * the lower-case alphabet, and the last four of the 260 bits zero.
 */
export function isZBase32Key(text: string, start = 0): boolean {
  if (text.length - start !== KEY_CHARACTERS) return false;
  for (let i = start; i < text.length; i++) if (valueAt(text, i) > 31) return false;
  return (valueAt(text, text.length - 1) & 15) === 0;
}

/**
 * The z-base-32 form of 32 bytes: 52 characters, most significant bits first.
 * @throws RangeError for another length.
 * Source: human-oriented base-32 encoding (Zooko Wilcox-O'Hearn, 2002), as Pkarr writes keys.
 */
export function encodeZBase32Key(bytes: Uint8Array): string {
  if (bytes.length !== 32) throw new RangeError(`a key has 32 bytes, not ${bytes.length}`);
  let text = '';
  let bits = 0;
  let pending = 0;
  for (const byte of bytes) {
    pending = ((pending << 8) | byte) & 0xfff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += ALPHABET.charAt((pending >> bits) & 31);
    }
  }
  return text + ALPHABET.charAt((pending << (5 - bits)) & 31);
}

/**
 * The 32 bytes of the 52 characters from `start` to the end.
 * @throws RangeError if `isZBase32Key` is false.
 */
export function decodeZBase32Key(text: string, start = 0): Uint8Array {
  if (!isZBase32Key(text, start)) throw new RangeError('not the z-base-32 form of a key');
  const bytes = new Uint8Array(32);
  let bits = 0;
  let pending = 0;
  let written = 0;
  for (let i = start; i < text.length; i++) {
    pending = ((pending << 5) | valueAt(text, i)) & 0xfff;
    bits += 5;
    if (bits >= 8 && written < 32) {
      bits -= 8;
      bytes[written++] = (pending >> bits) & 255;
    }
  }
  return bytes;
}
