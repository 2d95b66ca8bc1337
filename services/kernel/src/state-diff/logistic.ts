/**
 * ln(p / (1 − p)) and its inverse as tables of whole numbers, made by whole numbers alone: no machine's floating
 * point decides what bytes a batch has.
 */

/** Steps of the logistic domain in one natural unit. */
const UNIT = 256;
/** The domain is −SPAN … SPAN. */
export const LOGISTIC_SPAN = 12 * UNIT - 1;

const ONE = 1n << 64n;
/** 2^64 · e^(−1/256), rounded down. */
const STEP_DOWN = 0xff00_7fd5_5ffd_de38n;

/** squash[x + SPAN] = 65,536 / (1 + e^(−x/256)), rounded down and kept within 16 … 65,520. */
function squashTable(): Uint16Array {
  const table = new Uint16Array(2 * LOGISTIC_SPAN + 1);
  let power = ONE;
  for (let x = 0; x <= LOGISTIC_SPAN; x += 1) {
    const above = Number((65_536n * ONE) / (ONE + power));
    table[LOGISTIC_SPAN + x] = Math.min(above, 65_520);
    table[LOGISTIC_SPAN - x] = Math.max(65_536 - above, 16);
    power = (power * STEP_DOWN) >> 64n;
  }
  return table;
}

const SQUASH = squashTable();

/** stretch[p] for p in 1/4,096: the least x whose squash is p or more. */
function stretchTable(): Int16Array {
  const table = new Int16Array(4096);
  let x = -LOGISTIC_SPAN;
  for (let p = 0; p < 4096; p += 1) {
    while (x < LOGISTIC_SPAN && (SQUASH[x + LOGISTIC_SPAN] ?? 0) < p * 16 + 8) x += 1;
    table[p] = x;
  }
  return table;
}

/** By probability in 1/4,096. */
export const STRETCH = stretchTable();

/** The probability in 1/65,536 of a point of the domain; beyond its ends that of the end. */
export function squash(x: number): number {
  const inside = x > LOGISTIC_SPAN ? LOGISTIC_SPAN : Math.max(x, -LOGISTIC_SPAN);
  return SQUASH[inside + LOGISTIC_SPAN] ?? 0;
}
