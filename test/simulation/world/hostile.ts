import { amount } from '@atomicity/kernel/units/amount';
import { unixMs } from '@atomicity/kernel/units/time';
import type { CapacityVoucher, HopReceipt } from '@atomicity/kernel/wire/objects';
import { parseObject } from '@atomicity/kernel/wire/parse-object';
import type { AgentPorts, PeerMessage } from '@atomicity/router/ports';
import type { HostileKind } from '../engine/fault-budget.ts';
import { signVerified } from '../node/identities.ts';
import type { SimNode, Tamper } from '../node/sim-node.ts';
import type { World } from './prepare.ts';

/** The body of a text if it is of the type and signed by the party. */
function bodyOf(text: string) {
  const parsed = parseObject(text);
  return parsed.kind === 'parsed' ? parsed.object.body : undefined;
}

const claims = (text: string): boolean => {
  const body = bodyOf(text);
  return body?.type === 'HopReceipt' && body.transition === 'active';
};

/** Keeps one unit more than its price of whatever it forwards. */
function overcharge(text: string, node: SimNode): string {
  const body = bodyOf(text);
  if (body?.type !== 'CapacityVoucher' || body.prevReceipt === null) return text;
  const fee = body.fee > 0n ? body.fee - 1n : body.fee + 1n;
  return signVerified({ ...body, fee: amount(fee) }, node.options.identity.signer).text;
}

/** Answers that the claim came too late, whenever it came. */
function deny(text: string, node: SimNode): string {
  const body = bodyOf(text);
  if (body?.type !== 'HopReceipt' || body.transition !== 'active') return text;
  const denial: HopReceipt = { ...body, transition: 'lapsed', reason: 'expired', finalize: null };
  return signVerified(denial, node.options.identity.signer).text;
}

function sending(
  ports: AgentPorts,
  send: (
    to: Parameters<AgentPorts['peers']['send']>[0],
    message: PeerMessage,
  ) => ReturnType<AgentPorts['peers']['send']>,
): AgentPorts {
  return { ...ports, peers: { send } };
}

/** Sends claims minutes late, when the payer has given the hold up. */
function claimLate(ports: AgentPorts): AgentPorts {
  return sending(ports, async (to, message) => {
    if (message.objects.some(claims)) {
      await new Promise<void>((resolve) => ports.after(20 * 60_000, resolve));
    }
    return ports.peers.send(to, message);
  });
}

/** Sends what it once sent to a peer again, long after. */
function replayOld(ports: AgentPorts, node: SimNode): AgentPorts {
  const random = node.options.random.fork('replaying');
  const old: {
    readonly to: Parameters<AgentPorts['peers']['send']>[0];
    readonly message: PeerMessage;
  }[] = [];
  return sending(ports, (to, message) => {
    old.push({ to, message });
    const again = random.pick(old);
    ports.after(random.unit() * 60_000, () => {
      ports.peers.send(again.to, again.message).then(
        () => {},
        () => {},
      );
    });
    return ports.peers.send(to, message);
  });
}

/** Holds lines with probes that no order covers, one after another. */
function flood(ports: AgentPorts, node: SimNode, world: World): AgentPorts {
  const random = node.options.random.fork('flooding');
  const edges = world.edges.filter(({ nodes }) => nodes.includes(node.name));
  const probe = () => {
    const { facts } = random.pick(edges);
    const to = facts.a === node.party ? facts.b : facts.a;
    const plan = world.nodes.find(({ identity }) => identity.id === to);
    if (plan === undefined) return;
    const now = ports.now();
    const { limitA, limitB, edge } = facts;
    const limit = facts.a === node.party ? limitB : limitA;
    const body: CapacityVoucher = {
      v: 1,
      type: 'CapacityVoucher',
      intent: edge as CapacityVoucher['intent'],
      edge: edge as CapacityVoucher['edge'],
      from: node.party,
      to: plan.identity.id,
      denomination: plan.policy.denomination,
      amount: amount(BigInt(random.between(1, Number(limit)))),
      fee: amount(0n),
      at: now,
      expiresAt: unixMs(now + 600_000),
      policyHash: null,
      prevReceipt: null,
      grant: null,
      route: {
        part: ports.draw(),
        finalizeKey: node.party,
        seenAt: unixMs(plan.clock.now() - 200),
        probe: true,
        hops: [],
      },
      nonce: ports.draw(),
    };
    const { text } = signVerified(body, node.options.identity.signer);
    ports.peers.send(to as typeof node.party, { from: node.party, objects: [text] }).then(
      () => {},
      () => {},
    );
    ports.after(200 + random.unit() * 3_000, probe);
  };
  ports.after(1_000, probe);
  return ports;
}

/** What a hostile node does otherwise than production. */
export function tamperFor(kind: HostileKind, world: World): Tamper {
  switch (kind) {
    case 'overcharging':
      return {
        ports: (ports, node) =>
          sending(ports, (to, message) =>
            ports.peers.send(to, {
              ...message,
              objects: message.objects.map((text) => overcharge(text, node)),
            }),
          ),
      };
    case 'denying':
      return {
        answer: (answer, node) => ({
          ...answer,
          answers: answer.answers.map((one) =>
            one.kind === 'answer' ? { ...one, object: deny(one.object, node) } : one,
          ),
        }),
      };
    case 'late_claiming':
      return { ports: claimLate };
    case 'replaying':
      return { ports: replayOld };
    case 'flooding':
      return { ports: (ports, node) => flood(ports, node, world) };
  }
}
