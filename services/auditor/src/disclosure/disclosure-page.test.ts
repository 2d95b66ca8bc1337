// Goal: the page of disclosures lists the refusals that the code gives, in its order, with its rules, and
// the constraints that artifacts.lock pins.
import { readFileSync } from 'node:fs';
import { DISCLOSURE_REFUSALS } from '@atomicity/kernel/disclosure/refusals';
import { COMPLETENESS_REFUSALS } from '@atomicity/kernel/period-close/completeness';
import { circuitPin } from '@atomicity/prover/artifacts/artifact-lock';
import { expect, it } from 'vitest';

const page = readFileSync(
  new URL('../../../../docs/reference/disclosure.md', import.meta.url),
  'utf8',
);
const rowsUnder = (heading: string): readonly string[] => {
  const section = page.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  return section.split('\n').filter((line) => line.startsWith('| `'));
};
const row = ({ reason, rule }: { readonly reason: string; readonly rule: string }) =>
  `| \`${reason}\` | ${rule} |`;

it('lists every refusal of a disclosure', () => {
  expect(rowsUnder('Refusals')).toEqual(DISCLOSURE_REFUSALS.map(row));
});

it('lists every difference of a period from what its principal issued', () => {
  expect(rowsUnder('Completeness')).toEqual(COMPLETENESS_REFUSALS.map(row));
});

it('gives the constraints that are pinned', () => {
  const rows = rowsUnder('Bounds and single claims').join('\n');
  const names = ['spent-at-most', 'remaining-at-least'] as const;
  const claims = ['aggregate', 'ceilings', 'window'] as const;
  const counted = (name: Parameters<typeof circuitPin>[0]) =>
    circuitPin(name).constraints.toLocaleString('en-US');
  for (const name of names) expect(rows).toContain(`| ${counted(name)} |`);
  const each = claims.map(
    (claim) =>
      (circuitPin(`claim-${claim}-64`).constraints - circuitPin(`claim-${claim}-16`).constraints) /
      48,
  );
  for (const claim of claims) {
    const [small, large] = [counted(`claim-${claim}-16`), counted(`claim-${claim}-64`)];
    expect(rows).toContain(`| ${small}, ${large} |`);
    expect(page).toContain(`A note costs ${each.join(', ').replace(/, (\d+)$/, ' and $1')}`);
  }
});
