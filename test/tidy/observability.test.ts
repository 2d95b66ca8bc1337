// Goal: rules and dashboard ask only for what nodes serve. Method: parse them, and compare every metric
// and every label value that they name with the code.
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { sourceFiles } from './source-files.ts';

const FOLDER = 'deploy/observability/';
const files = new Map(
  sourceFiles((path) => path.startsWith(FOLDER)).map(({ path, text }) => [
    path.slice(FOLDER.length),
    text,
  ]),
);
const textOf = (name: string) => files.get(name) ?? expect.fail(`${FOLDER}${name}`);

const code = sourceFiles((path) => /^services\/[^/]+\/src\/.*\.ts$/.test(path))
  .filter(({ path }) => !/\.test\.ts$/.test(path))
  .map(({ text }) => text)
  .join('\n');
/** Every metric of the code; a histogram is asked for by its series. */
const served = new Set(
  [...code.matchAll(/'(atomicity_[a-z_]+)'/g)].flatMap(([, name = '']) =>
    name.endsWith('_seconds') ? [name, `${name}_bucket`, `${name}_count`, `${name}_sum`] : [name],
  ),
);

type Rule = {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly action: string };
};
type Rules = {
  readonly groups: readonly { readonly name: string; readonly rules: readonly Rule[] }[];
};
type Panel = {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly targets?: readonly { readonly expr: string }[];
};

const rules = (parse(textOf('alert-rules.yml')) as Rules).groups.flatMap((group) => group.rules);
const { panels } = JSON.parse(textOf('dashboard.json')) as { readonly panels: readonly Panel[] };
const asked = [
  ...rules.map(({ expr }) => expr),
  ...panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
];

describe('observability', () => {
  it('asks only for metrics that nodes serve', () => {
    const names = asked.flatMap((expr) => expr.match(/\batomicity_[a-z_]+/g) ?? []);
    expect(names.length).toBeGreaterThan(20);
    expect(names.filter((name) => !served.has(name))).toEqual([]);
  });

  it('shows every metric of anchors and batches', () => {
    const all = asked.join('\n');
    const anchoring = [...served].filter((name) =>
      /^atomicity_(unanchored|anchor|batches|blob|closures)/.test(name),
    );
    const shown = (name: string) => all.includes(name.replace(/_(bucket|count|sum)$/, ''));
    expect(anchoring.length).toBeGreaterThan(8);
    expect(anchoring.filter((name) => !shown(name))).toEqual([]);
  });

  it('names only label values that the code has', () => {
    const values = asked.flatMap((expr) =>
      [...expr.matchAll(/(rail|status|state)(?:=~|!=|=)"([^"]+)"/g)].flatMap(([, , list = '']) =>
        list.split('|'),
      ),
    );
    expect(values).toContain('pending');
    expect(values.filter((value) => !code.includes(`'${value}'`))).toEqual([]);
  });

  it('has rules that are loaded, named once, and say what to do', () => {
    const { rule_files: loaded } = parse(textOf('prometheus.yml')) as { rule_files: string[] };
    expect(loaded).toEqual(['alert-rules.yml']);
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
    const incomplete = rules.filter(
      ({ labels, annotations }) =>
        !['page', 'ticket'].includes(labels.severity) ||
        annotations.summary === undefined ||
        annotations.action === undefined,
    );
    expect(incomplete.map(({ alert }) => alert)).toEqual([]);
  });

  it('has panels with distinct ids that each ask for something', () => {
    const real = panels.filter(({ type }) => type !== 'row');
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    expect(real.length).toBeGreaterThan(8);
    expect(real.filter(({ targets = [] }) => targets.length === 0)).toEqual([]);
  });
});
