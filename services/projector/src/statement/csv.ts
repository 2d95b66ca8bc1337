/** One field of a CSV record: text, a number written as it is, or nothing. */
export type CsvField = string | { readonly number: string } | null;

/** Characters that make a spreadsheet read a text as a formula when they come first. */
const FORMULA = /^[=+\-@\t\r]/;

function csvField(field: CsvField): string {
  if (field === null) return '';
  if (typeof field !== 'string') return field.number;
  // A text from a counterparty must not become a formula in the reader's spreadsheet.
  const text = FORMULA.test(field) ? `'${field}` : field;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * One CSV record with its CRLF. Fields with a comma, a quote or a line break are quoted; texts that a
 * spreadsheet would run as a formula get a leading apostrophe.
 * Source: RFC 4180 §2.
 */
export function csvRecord(fields: readonly CsvField[]): string {
  return `${fields.map(csvField).join(',')}\r\n`;
}
