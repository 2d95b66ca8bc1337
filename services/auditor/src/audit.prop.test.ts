// Goal: every single-byte change to a bundle is caught. Method: flip, insert or delete one byte anywhere
// in a bundle whose every claim holds, once as it is and once with the end recomputed by the attacker.
import fc from 'fast-check';
import { beforeAll, describe, it } from 'vitest';
import { bundleDigest } from './bundle/digest.ts';
import { auditText } from './testing/audit-text.ts';
import { fleetWorld } from './testing/fleet-world.ts';

const RUNS = Number(process.env['FUZZ_RUNS'] ?? 300);

const bundles: { full?: Buffer; sealed?: Buffer; trust: string } = { trust: '' };

beforeAll(async () => {
  const world = await fleetWorld();
  bundles.full = Buffer.from(await world.bundle('full'));
  bundles.sealed = Buffer.from(await world.bundle('sealed'));
  bundles.trust = world.trustFile();
});

type Change = {
  readonly kind: 'flip' | 'insert' | 'delete';
  readonly at: number;
  readonly byte: number;
};

/** Applies a change to the bytes before the end line. */
function changed(bytes: Buffer, { kind, at, byte }: Change): Buffer {
  const end = bytes.lastIndexOf(10, bytes.length - 2) + 1;
  const position = Math.floor(at * end);
  const before = bytes.subarray(0, position);
  const after = bytes.subarray(kind === 'insert' ? position : position + 1);
  if (kind === 'delete') return Buffer.concat([before, after]);
  const old = bytes[position] ?? 0;
  const value = kind === 'insert' ? byte : old === byte ? byte ^ 1 : byte;
  return Buffer.concat([before, Buffer.of(value), after]);
}

/** Replaces the end line by the right one for the bytes before it. */
function resealedBytes(bytes: Buffer): Buffer {
  const end = bytes.lastIndexOf(10, bytes.length - 2) + 1;
  const body = bytes.subarray(0, end);
  const digest = bundleDigest();
  digest.add(body);
  const records = body.reduce((lines, byte) => lines + (byte === 10 ? 1 : 0), 0);
  const line = `{"digest":"${digest.finish()}","records":${records},"type":"end"}\n`;
  return Buffer.concat([body, Buffer.from(line)]);
}

/** True if the bundle is unusable, or some claim that held no longer does. */
async function isCaught(bytes: Buffer, kind: 'full' | 'sealed'): Promise<boolean> {
  const rows = await auditText(bytes, bundles.trust);
  if (typeof rows === 'string') return true;
  const open = kind === 'full' ? [] : ['payloads', 'replay', 'balances', 'state-diffs'];
  return [...rows.values()].some(
    ({ claim, verdict }) => verdict !== 'holds' && !open.includes(claim),
  );
}

const change = fc.record({
  kind: fc.constantFrom('flip' as const, 'insert' as const, 'delete' as const),
  at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  byte: fc.oneof(
    fc.integer({ min: 0, max: 255 }),
    // What fits in most places, and is the likelier to slip through.
    fc.constantFrom(...Buffer.from('0123456789abcdef')),
  ),
});

describe.each(['full', 'sealed'] as const)('a single byte of a %s bundle', (kind) => {
  it.each([true, false])('is caught, with the end recomputed: %s', async (reseal) => {
    const bytes = bundles[kind];
    if (bytes === undefined) throw new Error('no bundle');
    await fc.assert(
      fc.asyncProperty(change, async (one) => {
        const other = changed(bytes, one);
        if (other.equals(bytes)) return;
        const caught = await isCaught(reseal ? resealedBytes(other) : other, kind);
        if (!caught) throw new Error(`not caught: ${JSON.stringify(one)}`);
      }),
      { numRuns: RUNS, verbose: 1 },
    );
  });
});
