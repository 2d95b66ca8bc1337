/** A node's bundle, written and audited in this process. */
import { writeBundle } from '@atomicity/auditor/bundle/write-bundle';
import { runAudit } from '@atomicity/auditor/cli/run-audit';
import { canonicalJson } from '@atomicity/kernel/codec/canonical-json';
import { type PartyId, partyIdFromKey } from '@atomicity/kernel/units/id';
import { openBundleSource } from '@atomicity/node/compose/bundle-source';
import type { RunningNode } from '@atomicity/node/compose/node';
import { verificationKeysOnDisk } from '@atomicity/node/compose/verification-keys';

export type Verdicts = Readonly<Record<string, string>>;

/** The bundle's text and what the auditor says of each claim; `exit` is its exit code. */
export async function auditedBundle(
  node: RunningNode,
  kind: 'full' | 'sealed',
  principals: readonly PartyId[],
): Promise<{ readonly text: string; readonly verdicts: Verdicts; readonly exit: number }> {
  let text = '';
  for await (const line of writeBundle(await openBundleSource(node), kind)) text += line;
  const trust = canonicalJson({
    v: 1,
    logs: [{ origin: node.config.origin, key: partyIdFromKey(node.logSigner.publicKey) }],
    principals: [...principals],
    verificationKeys: [...verificationKeysOnDisk().keys()].map((hash) => ({
      hash,
      ceremony: 'development',
    })),
    bitcoin: { blocks: {} },
  });
  let report = '';
  let complaint = '';
  const exit = await runAudit(['bundle', '--trust', 'trust', '--json'], {
    read: (path) => pieces(path === 'trust' ? trust : text),
    stdout: (written) => {
      report += written;
    },
    stderr: (written) => {
      complaint += written;
    },
    interactive: false,
  });
  if (exit === 2) throw new Error(complaint);
  const { claims } = JSON.parse(report) as { claims: { claim: string; verdict: string }[] };
  const verdicts = Object.fromEntries(claims.map(({ claim, verdict }) => [claim, verdict]));
  return { text, verdicts, exit };
}

/** The claims that fail. */
export function failing(verdicts: Verdicts): readonly string[] {
  return Object.keys(verdicts).filter((claim) => verdicts[claim] === 'fails');
}

async function* pieces(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}
