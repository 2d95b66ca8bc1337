/** The report for people: aligned, plain, nothing cut off. */
import type { HeaderRecord } from '../bundle/records.ts';
import type { ClaimRow } from '../claims/report.ts';

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

/** One row a claim: claim, verdict, reason and, where there is one, the place. */
export function formatReport(header: HeaderRecord, rows: readonly ClaimRow[]): string {
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
  const sums = `${counted(rows, 'holds')} hold, ${counted(rows, 'fails')} fail, ${counted(rows, 'not shown')} are not shown`;
  return `${[...lines, '', sums].join('\n')}\n`;
}
