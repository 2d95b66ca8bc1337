/**
 * Where the service's own log lines go. Fields are counts, reasons and route names: never a body, a
 * header, a key, an amount or a party.
 */
export type LogLine = (
  level: 'info' | 'warn' | 'error',
  message: string,
  fields: Readonly<Record<string, string | number | boolean>>,
) => void;

/** One JSON object a line on standard error. */
export const logToStandardError: LogLine = (level, message, fields) => {
  process.stderr.write(`${JSON.stringify({ level, message, ...fields })}\n`);
};

/** Says nothing. */
export const logNothing: LogLine = () => undefined;
