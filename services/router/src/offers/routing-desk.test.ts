// Goal: an index is made of what neighbours sign and tell, within reach, and of nothing else. Method:
// desks that talk to each other directly; offers and hints that are forged, old, far or too many.

import { liveOffers } from '@atomicity/kernel/routing/offer-index';
import { routingOffer, routingSignal } from '@atomicity/kernel/testing/offers';
import { must, through } from '@atomicity/kernel/testing/world';
import { amount } from '@atomicity/kernel/units/amount';
import { parseObject } from '@atomicity/kernel/wire/parse-object';
import { describe, expect, it } from 'vitest';
import { Neighbourhood, type TestNode, verifyForTest } from '../testing/neighbourhood.ts';
import { RoutingDesk } from './routing-desk.ts';
import type { OfferView, PriceTerms, RoutingPorts, RoutingSettings } from './routing-ports.ts';

const NAMES = ['alice', 'bob', 'carol', 'dave', 'erin', 'frank'] as const;

class Town {
  readonly nodes: Neighbourhood;
  readonly desks = new Map<string, RoutingDesk>();
  readonly signals: { readonly to: string; readonly text: string }[] = [];
  readonly pulled: string[] = [];
  readonly silent = new Set<string>();

  constructor(settings: Partial<RoutingSettings> = {}) {
    // A street of six: each is a neighbour of the next.
    this.nodes = new Neighbourhood(NAMES.slice(1).map((name, i) => [must(NAMES[i], 'name'), name]));
    for (const name of NAMES) this.desks.set(name, this.#open(name, settings));
  }

  desk(name: string): RoutingDesk {
    return must(this.desks.get(name), name);
  }

  node(name: string): TestNode {
    return this.nodes.node(name);
  }

  nameOf(party: string): string {
    return must(
      this.nodes.nodes().find((node) => node.party.id === party),
      party,
    ).party.name;
  }

  /** Names of the hops that a desk plans with now. */
  known(name: string): readonly string[] {
    const { denomination } = this.nodes.policyOf(name);
    const live = liveOffers(this.desk(name).index().offers, denomination, this.node(name).now());
    return live.map(({ offer }) => this.nameOf(offer.policy.hop)).sort();
  }

  #open(name: string, settings: Partial<RoutingSettings>): RoutingDesk {
    const node = this.node(name);
    const { world, time } = this.nodes;
    const ports: RoutingPorts = {
      party: node.party.id,
      book: node.book,
      verify: (text) => {
        node.counts.verifications += 1;
        return Promise.resolve(verifyForTest(text));
      },
      sign: (id) => ({
        by: node.party.id,
        key: node.party.key.id,
        sig: world.sign(node.party.key, id),
      }),
      now: () => node.now(),
      draw: () => world.nonce(),
      after: (ms, run) => time.after(ms, run),
      journal: node.journal,
      delegation: this.nodes.delegation(node.party).text,
      neighbours: {
        offers: (of) => {
          this.pulled.push(`${name} ${this.nameOf(of)}`);
          if (this.silent.has(this.nameOf(of))) return Promise.reject(new Error('no answer'));
          return Promise.resolve(this.desk(this.nameOf(of)).offers());
        },
        signal: async (to, text) => {
          this.signals.push({ to: this.nameOf(to), text });
          await this.desk(this.nameOf(to)).signal(node.party.id, text);
        },
      },
    };
    const { denomination } = this.nodes.policyOf(name);
    const price: PriceTerms = {
      denomination,
      feeBps: 100,
      feeFlat: amount(1n),
      amountMin: amount(1n),
      amountMax: amount(1_000_000n),
    };
    return new RoutingDesk(ports, [price], settings);
  }
}

const started = async (settings: Partial<RoutingSettings> = {}): Promise<Town> => {
  const town = new Town(settings);
  for (const desk of town.desks.values()) desk.start();
  await town.nodes.time.run(100_000);
  return town;
};

describe('own offers', () => {
  it('are in the own book before anybody hears of them, and name what the edges carry', async () => {
    const town = new Town();
    expect(town.desk('bob').offers()).toEqual([]);
    await town.desk('bob').publish();
    const [view] = town.desk('bob').offers();
    const parsed = parseObject(must(view, 'offer').offer);
    if (parsed.kind === 'refused' || parsed.object.body.type !== 'RoutingOffer') throw new Error();
    const { policyHash, edges, policy } = parsed.object.body;
    expect(town.node('bob').book.state().policies.has(policyHash)).toBe(true);
    expect(policy.marginMs).toBe(1_000);
    expect(edges.map(({ to, capacity }) => [town.nameOf(to), capacity]).sort()).toEqual([
      ['alice', 1_000_000n],
      ['carol', 1_000_000n],
    ]);
  });

  it('are renewed at a third of their time, under rising sequences', async () => {
    const town = await started({ offerTtlMs: 30_000 });
    const [first] = town.desk('bob').offers();
    await town.nodes.time.run(10_000);
    const [second] = town.desk('bob').offers();
    expect(first?.remainingMs).toBeGreaterThan(20_000 - 1);
    expect(second?.offer).not.toBe(first?.offer);
    const rows = town
      .node('bob')
      .book.rows.filter(({ event }) => event.type === 'FeePolicyPublished');
    expect(rows).toHaveLength(1);
  });
});

describe('offers of others', () => {
  it('are awaited until every neighbour has told, or has been asked twice', async () => {
    const town = new Town();
    town.silent.add('alice');
    const [bob, dave] = [town.desk('bob'), town.desk('dave')];
    expect([bob.hasHeard(), dave.hasHeard()]).toEqual([false, false]);
    await Promise.all([bob.pull(), dave.pull()]);
    expect([bob.hasHeard(), dave.hasHeard()]).toEqual([false, true]);
    await bob.pull();
    expect(bob.hasHeard()).toBe(true);
  });

  it('are known up to three edges away, the own ones left out', async () => {
    const town = await started();
    expect(town.known('alice')).toEqual(['bob', 'carol', 'dave']);
    expect(town.known('carol')).toEqual(['alice', 'bob', 'dave', 'erin', 'frank']);
  });

  it('end when their hop has gone silent, wherever they were told on', async () => {
    const town = await started({ offerTtlMs: 30_000, pullMs: 5_000 });
    town.desk('dave').stop();
    await town.nodes.time.run(31_000);
    expect(town.known('alice')).toEqual(['bob', 'carol']);
    expect(town.known('carol')).not.toContain('dave');
  });

  it('are verified once, however often they are told', async () => {
    const town = await started();
    const views = town.desk('bob').offers();
    const from = town.node('bob').party.id;
    const before = town.node('alice').counts.verifications;
    const taken = await town.desk('alice').take(from, [...views, ...views]);
    expect(town.node('alice').counts.verifications - before).toBe(taken);
    expect(await town.desk('alice').take(from, [...views, ...views])).toBe(0);
    expect(town.node('alice').counts.verifications - before).toBe(taken);
  });

  const told = (
    town: Town,
    hop: string,
    change: Partial<OfferView> = {},
    signer = hop,
  ): OfferView => {
    const { world } = town.nodes;
    const offer = routingOffer(
      world,
      town.node(hop).party,
      { [hop === 'bob' ? 'carol' : 'bob']: 5n },
      {},
      {
        at: town.node(hop).now(),
        sequence: 2_000_000_000,
      },
    );
    const signed = world.object(offer.body, {
      by: town.node(hop).party.identity,
      key: through(town.node(signer).party).key,
    });
    const delegation = town.nodes.delegation(town.node(signer).party).text;
    return { offer: signed.text, delegation, remainingMs: 10_000, ...change };
  };

  it.each([
    ['a good one', 'bob', {}, 'bob', 1],
    ['one signed by another’s key', 'bob', {}, 'carol', 0],
    ['one whose time is over', 'bob', { remainingMs: 0 }, 'bob', 0],
    ['one of no number', 'bob', { remainingMs: Number.NaN }, 'bob', 0],
    ['one that is no offer', 'bob', { offer: '{}' }, 'bob', 0],
    ['one of a hop that no known offer leads to', 'erin', {}, 'erin', 0],
    ['the own one', 'alice', {}, 'alice', 0],
  ])('%s is taken or not', async (_what, hop, change, signer, taken) => {
    const town = new Town();
    const view = told(town, hop, change, signer);
    expect(await town.desk('alice').take(town.node('bob').party.id, [view])).toBe(taken);
  });

  it('that are too many are cut off', async () => {
    const town = new Town({ offersMax: 1 });
    const junk = { offer: '{}', delegation: null, remainingMs: 1 };
    const views = [junk, told(town, 'bob')];
    expect(await town.desk('alice').take(town.node('bob').party.id, views)).toBe(0);
  });

  it('of a stranger need a delegation that the identity signed', async () => {
    const town = new Town();
    const stranger = new Neighbourhood([['mallory', 'trent']]);
    const offer = routingOffer(stranger.world, stranger.node('mallory').party, { alice: 5n });
    const bobs = routingOffer(town.nodes.world, town.node('bob').party, { mallory: 9n });
    const from = town.node('bob').party.id;
    const lead = { offer: bobs.text, delegation: null, remainingMs: 9_000 };
    const bare = { offer: offer.text, delegation: null, remainingMs: 9_000 };
    expect(await town.desk('alice').take(from, [lead, bare])).toBe(1);
    const wrong = stranger.delegation(stranger.node('trent').party).text;
    expect(await town.desk('alice').take(from, [{ ...bare, delegation: wrong }])).toBe(0);
    const right = stranger.delegation(stranger.node('mallory').party).text;
    expect(await town.desk('alice').take(from, [{ ...bare, delegation: right }])).toBe(1);
  });
});

describe('hints', () => {
  const news = (town: Town, observed: 'success' | 'failure') => ({
    receiver: town.node('dave').party.id,
    denomination: town.nodes.policyOf('dave').denomination,
    amount: amount(12_345n),
    observed,
  });

  it('go to direct neighbours only, coarse, and seldom', async () => {
    const town = new Town({ signalMs: 10_000 });
    const desk = town.desk('bob');
    desk.start();
    for (let i = 0; i < 50; i++) desk.tell(news(town, 'success'));
    await town.nodes.time.run(25_000);
    expect(town.signals.map(({ to }) => to).sort()).toEqual(['alice', 'carol']);
    const [signal] = town.signals;
    expect(JSON.parse(must(signal, 'signal').text).body).toMatchObject({
      magnitude: 4,
      observed: 'success',
      sample: 50,
    });
    expect(signal?.text).not.toContain(town.node('dave').party.id);
    expect(town.desk('alice').index().signals.size).toBe(1);
  });

  it('are taken from their origin alone, if it is a neighbour', async () => {
    const town = new Town();
    const { world } = town.nodes;
    const about = town.node('dave').party;
    const bobs = routingSignal(world, town.node('bob').party, about);
    const carols = routingSignal(world, town.node('carol').party, about);
    const [bob, carol] = [town.node('bob').party.id, town.node('carol').party.id];
    const before = town.node('alice').counts.verifications;
    const refused = { reason: 'signal_not_from_neighbour' };
    expect(await town.desk('alice').signal(bob, carols.text)).toMatchObject(refused);
    expect(await town.desk('alice').signal(carol, carols.text)).toMatchObject(refused);
    expect(await town.desk('alice').signal(bob, 'no json')).toMatchObject({ reason: 'not_json' });
    expect(town.node('alice').counts.verifications).toBe(before);
    expect(await town.desk('alice').signal(bob, bobs.text)).toBeUndefined();
    expect(await town.desk('alice').signal(bob, bobs.text)).toBeUndefined();
    expect(town.desk('alice').index().signals.get(bob)?.signals).toHaveLength(1);
  });
});
