/** The report for people: aligned, plain, nothing cut off. */
import type { HeaderRecord } from '../bundle/records.ts';
import type { AnchorReport } from '../claims/anchors-claim.ts';
import type { ClaimRow } from '../claims/report.ts';
import type { Verdict } from '../claims/verdict.ts';
import type { KeyReport, TranscriptReport } from '../keys/judge-keys.ts';

const REASON_COLUMNS = 76;

/** Breaks a text at spaces so that no line is longer than `columns` where words allow. */
function wrap(text: string, columns: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

function counted(rows: readonly ClaimRow[], verdict: ClaimRow['verdict']): number {
  return rows.filter((row) => row.verdict === verdict).length;
}

const KEY_COLUMNS = 100;

const indented = (text: string, indent: string): readonly string[] =>
  wrap(text, KEY_COLUMNS).map((line) => indent + line);

function transcriptLines(report: TranscriptReport): readonly string[] {
  const { hash, verdict, reason, contributors, shows, notChecked } = report;
  const item = (text: string): readonly string[] => {
    const [first = '', ...more] = wrap(text, KEY_COLUMNS);
    return [`      - ${first}`, ...more.map((line) => `        ${line}`)];
  };
  return [
    `    transcript ${hash}`,
    ...indented(`${verdict}: ${reason}; ${contributors} contributors`, '    '),
    ...(shows.length === 0 ? [] : ['    it shows:', ...shows.flatMap(item)]),
    '    not checked here:',
    ...notChecked.flatMap(item),
  ];
}

/** Each key: its hash, what it is of, whether it is trusted, and why. */
function keyLines({ hash, circuits, attestations, trusted, reason, transcripts }: KeyReport) {
  const of = circuits.length === 0 ? 'circuit unknown' : circuits.join(', ');
  const used = attestations === 1 ? '1 attestation' : `${attestations} attestations`;
  return [
    `  ${hash}`,
    `    ${of}; ${used}`,
    ...indented(`${trusted ? 'trusted' : 'NOT TRUSTED'}: ${reason}`, '    '),
    ...transcripts.flatMap(transcriptLines),
  ];
}

const VERDICTS: readonly Verdict[] = ['fails', 'holds', 'not shown'];

/** Each rail and verdict: how many anchors, and the one over the largest checkpoint. */
function anchorLines(anchors: readonly AnchorReport[]): readonly string[] {
  const rails = [...new Set(anchors.map(({ rail }) => rail))].sort();
  return rails.flatMap((rail) =>
    VERDICTS.flatMap((verdict) => {
      const alike = anchors.filter((one) => one.rail === rail && one.verdict === verdict);
      const last = alike.at(-1);
      if (last === undefined) return [];
      const count = alike.length === 1 ? '' : `${alike.length} of them; the last: `;
      const text = `${rail}, ${verdict}: ${count}size ${last.size}, ${last.reason}`;
      const [first = '', ...more] = wrap(text, KEY_COLUMNS);
      return [`  ${first}`, ...more.map((line) => `    ${line}`)];
    }),
  );
}

/**
 * One row a claim: claim, verdict, reason and, where there is one, the place; then every verification key,
 * whether it is trusted, and why; then the anchors of each rail.
 */
export function formatReport(
  header: HeaderRecord,
  rows: readonly ClaimRow[],
  keys: readonly KeyReport[],
  anchors: readonly AnchorReport[],
): string {
  const width = Math.max(...rows.map(({ claim }) => claim.length));
  const verdictWidth = 'not shown'.length;
  const lines = [`${header.kind} bundle of ${header.origin}, ${header.size} events`, ''];
  const indent = ' '.repeat(width + verdictWidth + 4);
  for (const { claim, verdict, reason, where } of rows) {
    const text = where === undefined ? reason : `${reason} [${where}]`;
    const [first = '', ...more] = wrap(text, REASON_COLUMNS);
    lines.push(`${claim.padEnd(width)}  ${verdict.padEnd(verdictWidth)}  ${first}`);
    lines.push(...more.map((line) => indent + line));
  }
  if (keys.length > 0) lines.push('', 'verification keys', ...keys.flatMap(keyLines));
  if (anchors.length > 0) lines.push('', 'anchors', ...anchorLines(anchors));
  const sums = `${counted(rows, 'holds')} hold, ${counted(rows, 'fails')} fail, ${counted(rows, 'not shown')} are not shown`;
  return `${[...lines, '', sums].join('\n')}\n`;
}
