import { balanceOf } from '@atomicity/kernel/credit/positions';
import type { Hop } from '@atomicity/kernel/hop/hop';
import { must } from '@atomicity/kernel/testing/world';
import { amount } from '@atomicity/kernel/units/amount';
import type { AgentSettings } from '../settings.ts';
import { Neighbourhood } from './neighbourhood.ts';

/** alice – bob – carol – dave; bob and carol forward for 1 flat and 1 %. */
export function street(settings: Partial<AgentSettings> = {}): Neighbourhood {
  const nodes = new Neighbourhood(
    [
      ['alice', 'bob'],
      ['bob', 'carol'],
      ['carol', 'dave'],
    ],
    settings,
  );
  nodes.offer('bob', { carol: 1_000_000n }, { feeBps: 100, feeFlat: amount(1n) });
  nodes.offer('carol', { dave: 1_000_000n }, { feeBps: 100, feeFlat: amount(1n) });
  return nodes;
}

/** alice reaches dave over bob and over carol; each edge takes `limit`, each hop keeps 1. */
export function square(settings: Partial<AgentSettings> = {}, limit = 700n): Neighbourhood {
  const nodes = new Neighbourhood(
    [
      ['alice', 'bob', limit],
      ['alice', 'carol', limit],
      ['bob', 'dave', limit],
      ['carol', 'dave', limit],
    ],
    settings,
  );
  nodes.offer('bob', { dave: limit }, { feeFlat: amount(1n) });
  nodes.offer('carol', { dave: limit }, { feeFlat: amount(1n) });
  return nodes;
}

/** Hops of a node's book, oldest first. */
export const hopsOf = (nodes: Neighbourhood, name: string): readonly Hop[] =>
  [...nodes.node(name).book.state().hops.values()].sort((a, b) => a.terms.at - b.terms.at);

export const statuses = (nodes: Neighbourhood, name: string): readonly string[] =>
  hopsOf(nodes, name).map(({ terms, status }) => `${terms.side} ${status}`);

/** What `name` has on its edge with `other`, in its own book. */
export function balance(nodes: Neighbourhood, name: string, other: string): bigint {
  const edge = must(nodes.node(name).book.state().edges.get(nodes.edgeId(name, other)), 'edge');
  return balanceOf(edge, nodes.node(name).party.id);
}

/** What the two ends of each edge of the street say together: 0 where they agree. */
export const differences = (nodes: Neighbourhood): string =>
  [
    balance(nodes, 'alice', 'bob') + balance(nodes, 'bob', 'alice'),
    balance(nodes, 'bob', 'carol') + balance(nodes, 'carol', 'bob'),
    balance(nodes, 'carol', 'dave') + balance(nodes, 'dave', 'carol'),
  ].join();
