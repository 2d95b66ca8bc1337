import type { HopHeldData } from '@atomicity/kernel/hop/events';
import type { EdgeCrossing } from '@atomicity/kernel/routing/edge-beliefs';
import type { HopReceipt } from '@atomicity/kernel/wire/objects';
import { parseObject } from '@atomicity/kernel/wire/parse-object';
import type { AgentCore } from '../agent-core.ts';
import { isRefusal, verifyText } from '../signed-text.ts';
import type { RoutingKnowledge } from './routing-knowledge.ts';

/** Receipts of one part that are worth a verification. */
const RECEIPTS_MAX = 8;

/**
 * The `lapsed` receipts of a part that reached this node and are signed by keys that the hops are
 * known to have delegated. What hops relayed was kept unverified; here it is looked at.
 */
export async function receiptsOfPart(
  core: AgentCore,
  routing: RoutingKnowledge,
  { intent, part, amount }: HopHeldData,
  crossings: readonly EdgeCrossing[],
): Promise<readonly HopReceipt[]> {
  const along = new Set(crossings.map(({ to }) => to));
  const texts = core.evidence.of(intent).filter((text) => {
    const parsed = parseObject(text);
    if (parsed.kind === 'refused' || parsed.object.body.type !== 'HopReceipt') return false;
    const { body } = parsed.object;
    const isOfPart = body.part === part && body.amount === amount;
    return isOfPart && body.transition === 'lapsed' && along.has(body.hop);
  });
  const receipts: HopReceipt[] = [];
  for (const text of texts.slice(0, RECEIPTS_MAX)) {
    const object = await verifyText(core.ports, text);
    if (isRefusal(object) || object.body.type !== 'HopReceipt') continue;
    if (routing.isSignedBy(object, object.body.hop, core.now())) receipts.push(object.body);
  }
  return receipts;
}
