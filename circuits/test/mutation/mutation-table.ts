import type { Judged } from './findings.ts';

const COLUMNS = [
  ['compiler', ['does-not-compile', 'compiler-fails', 'compiles-out-of-range', 'other-interface']],
  ['open', ['undetermined', 'unused-public-signal']],
  ['forged', ['forged-accepted']],
  ['refused', ['honest-refused']],
  ['outputs', ['other-outputs']],
  ['same', ['same-constraints']],
  ['survived', ['survived']],
] as const;

function counts(judged: readonly Judged[]): readonly number[] {
  return COLUMNS.map(
    ([, kinds]) =>
      judged.filter(({ verdict }) => (kinds as readonly string[]).includes(verdict.kind)).length,
  );
}

function tableBy(judged: readonly Judged[], title: string, of: (row: Judged) => string): string {
  const line = (name: string, cells: readonly (string | number)[]): string =>
    `${name.padEnd(20)}${cells.map((cell) => String(cell).padStart(10)).join('')}`;
  const names = [...new Set(judged.map(of))];
  return [
    line(title, ['mutants', ...COLUMNS.map(([name]) => name)]),
    ...names.map((name) => {
      const rows = judged.filter((row) => of(row) === name);
      return line(name, [rows.length, ...counts(rows)]);
    }),
    line('total', [judged.length, ...counts(judged)]),
  ].join('\n');
}

/** What became of the mutants, by file and by operator. */
export function mutationTable(judged: readonly Judged[]): string {
  return [
    tableBy(judged, 'file', (row) => row.file),
    tableBy(judged, 'operator', (row) => row.mutant.operator),
  ].join('\n\n');
}
