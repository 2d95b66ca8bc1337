/** Bundles that somebody changed, resealed so that they are whole by their own digest. */
import { bundleDigest } from '@atomicity/auditor/bundle/digest';
import { bytesToHex, hexToBytes, textFromUtf8, utf8 } from '@atomicity/kernel/codec/bytes';
import { canonicalJson, type JsonObject } from '@atomicity/kernel/codec/canonical-json';

type Line = JsonObject & { readonly type: string };
type Edit = (line: Line) => Line;

/** The bundle with every line edited and its end computed anew. */
function resealed(bundle: string, edit: Edit): string {
  const lines = bundle
    .split('\n')
    .slice(0, -2)
    .map((text) => {
      const line: Line = JSON.parse(text);
      const changed = edit(line);
      return changed === line ? text : canonicalJson(changed);
    });
  const digest = bundleDigest();
  for (const line of lines) digest.add(`${line}\n`);
  const end = canonicalJson({ type: 'end', records: lines.length, digest: digest.finish() });
  return `${lines.join('\n')}\n${end}\n`;
}

function flipped(hex: string, byte: number): string {
  const bytes = hexToBytes(hex);
  bytes[byte] = (bytes[byte] ?? 0) ^ 1;
  return bytesToHex(bytes);
}

/** The first line that `isIt`, edited; all others stay. */
function once(isIt: (line: Line) => boolean, edit: Edit): Edit {
  let done = false;
  return (line) => {
    if (done || !isIt(line)) return line;
    done = true;
    return edit(line);
  };
}

const isAnchor = (rail: string) => (line: Line) => line.type === 'anchor' && line['rail'] === rail;

/** The evidence of a rail's first anchor that is text, changed. */
function inEvidence(rail: string, change: (text: string) => string): Edit {
  return once(isAnchor(rail), (line) => {
    const text = textFromUtf8(hexToBytes(String(line['proof']))) ?? '';
    return { ...line, proof: bytesToHex(utf8(change(text))) };
  });
}

export type Tampering = {
  readonly what: string;
  /** The claim that must fail. */
  readonly claim: 'anchors' | 'bundle' | 'log-root';
  readonly change: (bundle: string) => string;
};

/** An `.ots` file begins with 31 bytes of magic, version and kind of hash; then comes the digest. Source: OTS. */
const OTS_DIGEST_BYTE = 33;

export const TAMPERINGS: readonly Tampering[] = [
  {
    what: 'the root that OpenTimestamps was given',
    claim: 'anchors',
    change: (bundle) =>
      resealed(
        bundle,
        once(isAnchor('opentimestamps'), (line) => ({
          ...line,
          proof: flipped(String(line['proof']), OTS_DIGEST_BYTE),
        })),
      ),
  },
  {
    what: 'the state diffs that the blob holds',
    claim: 'bundle',
    change: (bundle) =>
      resealed(
        bundle,
        once(
          ({ type }) => type === 'payload',
          (line) => ({ ...line, data: flipped(String(line['data']), 3) }),
        ),
      ),
  },
  {
    what: 'the proof of the blob',
    claim: 'anchors',
    change: (bundle) =>
      resealed(
        bundle,
        inEvidence('ethereum', (text) =>
          text.replace(/"blobProofs":\["0x(\w+)"/, (all, hex: string) =>
            all.replace(hex, flipped(hex, 47)),
          ),
        ),
      ),
  },
  {
    what: 'the preimage that the payee gave',
    claim: 'anchors',
    change: (bundle) =>
      resealed(
        bundle,
        inEvidence('lightning', (text) =>
          text.replace(/"preimage":"(\w+)"/, (all, hex: string) =>
            all.replace(hex, flipped(hex, 0)),
          ),
        ),
      ),
  },
  {
    what: 'an event of the log',
    claim: 'log-root',
    change: (bundle) =>
      resealed(
        bundle,
        once(
          (line) => line.type === 'event' && line['index'] === 3,
          (line) => {
            const envelope = line['envelope'] as JsonObject;
            const payloadCommitment = flipped(String(envelope['payloadCommitment']), 0);
            return { ...line, envelope: { ...envelope, payloadCommitment } };
          },
        ),
      ),
  },
];
