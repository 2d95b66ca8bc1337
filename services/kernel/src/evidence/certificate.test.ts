// Goal: a stranger checks a certificate from its text alone. Method: one of a hop that lied, with
// real signatures; then every way in which it can be no certificate, each refused by name.
import { beforeAll, describe, expect, it } from 'vitest';
import { canonicalJson } from '../codec/canonical-json.ts';
import { coreHash, type NoteCore } from '../note/note.ts';
import { delegation } from '../testing/accounts.ts';
import { type ModelRun, type PartyPlan, runModel } from '../testing/hop-model.ts';
import { testHash, testNonce } from '../testing/keys.ts';
import {
  type Built,
  createWorld,
  HOUR,
  must,
  ORIGIN,
  START,
  testParty,
  through,
} from '../testing/world.ts';
import { amount } from '../units/amount.ts';
import { ZERO_FIELD } from '../units/id.ts';
import { unixMs } from '../units/time.ts';
import type { Grant } from '../wire/objects.ts';
import {
  CERTIFICATE_BYTES_MAX,
  CERTIFICATE_OBJECTS_MAX,
  CERTIFICATE_REFUSALS,
  type Certificate,
  checkCertificate,
  encodeCertificate,
} from './certificate.ts';
import { describeVerdict } from './describe-verdict.ts';
import { nameMissedWindow } from './missed-window.ts';

const calm: PartyPlan = { offsetMs: 0, marginMs: 1_000, lie: 'none', crash: null };
const world = createWorld();
const honestWorld = createWorld({ crypto: 'real' });
let run: ModelRun;
let delegations: readonly Built<'KeyDelegation'>[];
let good: Certificate;
let text: string;

beforeAll(() => {
  const parties = [calm, { ...calm, lie: 'deny_and_claim' as const }, calm];
  run = runModel({ parties, ttlMs: 30_000, fates: [20] }, 'real');
  delegations = run.parties.map((party) => delegation(world, party));
  text = encodeCertificate({ intent: run.intent.id, part: run.part }, run.signed, delegations);
  good = JSON.parse(text);
});

const refusalOf = (certificate: unknown) => {
  const checked = checkCertificate(
    typeof certificate === 'string' ? certificate : canonicalJson(certificate as never),
  );
  return checked.kind === 'refused' ? checked.refusal : checked.verdict;
};
const indexOf = (type: string) => good.objects.findIndex((one) => one.includes(`"type":"${type}"`));
const replaced = (list: readonly string[], i: number, by: string) =>
  list.map((one, j) => (i === j ? by : one));

describe('a certificate', () => {
  it('names the hop to whoever reads it, and says why', () => {
    const checked = checkCertificate(text);
    if (checked.kind === 'refused') throw new Error(JSON.stringify(checked.refusal));
    const liar = must(run.parties[1], 'liar').id;
    expect(checked.verdict).toMatchObject({
      kind: 'named',
      named: [{ hop: liar, fault: 'denied_after_claiming' }],
    });
    expect(checked.objects).toHaveLength(good.objects.length);
    expect(describeVerdict(checked.verdict, () => 'Bob')).toEqual([
      'Bob claimed from its payer and told its payee that the same part had lapsed (denied_after_claiming; shown by 4 objects).',
    ]);
  });

  it('has one text for its objects, whatever their order, without what is of other payments', () => {
    const of = { intent: run.intent.id, part: run.part };
    const strangers = run.signed.concat(delegations);
    expect(encodeCertificate(of, [...strangers].reverse(), delegations)).toBe(text);
  });

  it('states no verdict of its own', () => {
    expect(refusalOf({ ...good, verdict: 'bob' })).toMatchObject({
      reason: 'unknown_field',
      field: '/verdict',
    });
  });
});

describe('a stranger who frames an honest hop', () => {
  it('with a voucher in its name under a grant, which somebody else may sign, has no evidence', () => {
    const honest = runModel({ parties: [calm, calm, calm], ttlMs: 30_000, fates: [20] }, 'real');
    const [, bob] = honest.parties;
    const mallory = testParty('mallory');
    const onward = must(
      honest.signed.flatMap(({ body }) =>
        body.type === 'CapacityVoucher' && body.from === bob?.id ? [body] : [],
      )[0],
      'voucher',
    );
    const core: NoteCore = {
      v: 1,
      kind: 'single',
      origin: ORIGIN,
      period: testHash('period'),
      index: 0,
      payer: mallory.key.id,
      payee: mallory.id,
      intent: onward.intent,
      commitment: ZERO_FIELD,
    };
    const grant: Grant = {
      budget: testHash('budget'),
      task: null,
      period: core.period,
      index: 0,
      category: 0,
      regime: 0,
      items: null,
      authorizationNonce: testNonce('authorization'),
      noteSalt: testNonce('salt'),
      core,
      coreSig: honestWorld.sign(mallory.key, coreHash(core)),
    };
    const body = { ...onward, amount: amount(onward.amount + 1n), grant };
    const forged = honestWorld.object(body, through(mallory));
    const of = { intent: honest.intent.id, part: honest.part };
    const keys = [...honest.parties, mallory].map((party) => delegation(honestWorld, party));
    const fair = encodeCertificate(of, honest.signed, keys);
    expect(refusalOf(fair)).toMatchObject({ kind: 'finalized' });
    const sealed = encodeCertificate(of, [...honest.signed, forged], keys);
    expect(sealed === fair).toBe(true);
    const certificate: Certificate = JSON.parse(fair);
    const texts = [...honest.signed, forged].map(({ id, text: one }) => ({ id, one }));
    const framed = texts
      .filter(({ id, one }) => id === forged.id || certificate.objects.includes(one))
      .sort((one, other) => (one.id < other.id ? -1 : 1))
      .map(({ one }) => one);
    expect(refusalOf({ ...certificate, objects: framed })).toMatchObject({
      reason: 'not_evidence',
    });
    expect(refusalOf({ ...certificate, objects: [forged.text] })).toMatchObject({
      reason: 'not_evidence',
      field: '/objects/0',
    });
    const all = { ...of, objects: [...honest.signed, forged] };
    expect(nameMissedWindow(all)).toMatchObject({ kind: 'finalized' });
  });
});

describe('refused by name:', () => {
  it('what is no certificate at all', () => {
    expect(refusalOf(' '.repeat(CERTIFICATE_BYTES_MAX + 1))).toMatchObject({
      reason: 'certificate_too_large',
    });
    expect(refusalOf('{')).toMatchObject({ reason: 'not_json' });
    expect(refusalOf(` ${text}`)).toMatchObject({ reason: 'not_canonical' });
    expect(refusalOf(text.replace('{', '{"v":1,'))).toMatchObject({ reason: 'duplicate_key' });
    expect(refusalOf([])).toMatchObject({ reason: 'wrong_type' });
    expect(refusalOf({ ...good, v: 2 })).toMatchObject({ reason: 'unknown_version', field: '/v' });
    const { part: _, ...partless } = good;
    expect(refusalOf(partless)).toMatchObject({ reason: 'missing_field', field: '/part' });
    expect(refusalOf({ ...good, objects: [] })).toMatchObject({ reason: 'out_of_range' });
    const many = Array.from({ length: CERTIFICATE_OBJECTS_MAX + 1 }, () => 'x');
    expect(refusalOf({ ...good, objects: many })).toMatchObject({ reason: 'out_of_range' });
  });

  it('objects that are none, twice there, or out of order', () => {
    expect(refusalOf({ ...good, objects: replaced(good.objects, 1, '{}') })).toMatchObject({
      reason: 'missing_field',
      field: '/objects/1/body',
    });
    const [first, second] = [must(good.objects[0], 'object'), must(good.objects[1], 'object')];
    for (const objects of [
      [first, first],
      [second, first],
    ]) {
      expect(refusalOf({ ...good, objects })).toMatchObject({
        reason: 'not_sorted',
        field: '/objects/1',
      });
    }
  });

  it('objects that say nothing here', () => {
    const [someone] = delegations;
    expect(refusalOf({ ...good, objects: [must(someone, 'delegation').text] })).toMatchObject({
      reason: 'not_evidence',
      field: '/objects/0',
    });
    expect(refusalOf({ ...good, delegations: good.objects.slice(0, 1) })).toMatchObject({
      reason: 'not_evidence',
      field: '/delegations/0',
    });
    expect(refusalOf({ ...good, intent: testHash('other') })).toMatchObject({
      reason: 'other_payment',
    });
    expect(refusalOf({ ...good, part: testNonce('other') })).toMatchObject({
      reason: 'other_payment',
    });
  });

  it('keys that nobody delegated, or not for that time', () => {
    const i = indexOf('HopReceipt');
    expect(refusalOf({ ...good, delegations: [] })).toMatchObject({ reason: 'key_not_delegated' });
    const late = run.parties.map((party) =>
      delegation(world, party, { notBefore: unixMs(START + 2 * HOUR) }),
    );
    const certificate = encodeCertificate(good, run.signed, late);
    const refusal = refusalOf({
      ...JSON.parse(certificate),
      objects: [must(good.objects[i], 'x')],
    });
    expect(refusal).toMatchObject({
      reason: 'key_not_delegated',
      field: '/objects/0/signatures/0/key',
    });
  });

  it('any signature that does not verify, at its place', () => {
    // The last one is the envelope's: a nested one is part of the body, and of its id.
    const forge = (one: string) => {
      const at = one.lastIndexOf('"sig":"') + '"sig":"'.length;
      const other = one.slice(at, at + 2) === '00' ? '01' : '00';
      return `${one.slice(0, at)}${other}${one.slice(at + 2)}`;
    };
    for (const list of ['objects', 'delegations'] as const) {
      for (const [i, one] of good[list].entries()) {
        const refusal = refusalOf({ ...good, [list]: replaced(good[list], i, forge(one)) });
        expect(refusal).toMatchObject({
          reason: 'signature_invalid',
          field: `/${list}/${i}/signatures/0/sig`,
        });
      }
    }
  });

  it('every reason of its own is listed once', () => {
    const reasons = CERTIFICATE_REFUSALS.map(({ reason }) => reason);
    expect(new Set(reasons).size).toBe(reasons.length);
  });
});
