import type { Writable } from 'node:stream';
import { formatReport } from '@atomicity/auditor/cli/format-report';
import { progressBar } from '../cli/progress.ts';

/** One step of the main job as a machine reads it. Amounts are decimal strings. */
export type StoryEvent = Readonly<Record<string, string | number | boolean | null | object>> & {
  readonly event: string;
};

/** What the main job tells: a line for people, or one JSON object a line for programs. */
export type Story = {
  /** `text` is what people read, `event` what programs read; one of the two is written. */
  say(text: string, event: StoryEvent): void;
  progress(label: string, fraction: number): void;
  /** Ends the progress bar, if one is shown. */
  done(): void;
};

export type Streams = { readonly out: Writable; readonly err: Writable & { isTTY?: boolean } };

/** Text goes to `out`; progress goes to `err`, so that a pipe reads the story alone. */
export function storyTo(streams: Streams, json: boolean): Story {
  const bar = progressBar(streams.err);
  return {
    say(text, event) {
      bar.end();
      streams.out.write(json ? `${JSON.stringify(event)}\n` : `${text}\n`);
    },
    progress: bar.report,
    done: bar.end,
  };
}

/** The report of `atomicity audit --json`, as far as the story needs it. */
export type AuditReport = {
  readonly exit: number;
  readonly bundle: { readonly kind: string; readonly origin: string; readonly size: number };
  readonly claims: Parameters<typeof formatReport>[1];
  readonly keys: Parameters<typeof formatReport>[2];
  readonly anchors: Parameters<typeof formatReport>[3];
};

/** The verdict table and the keys as the auditor itself prints them. */
export function verdictTable({ bundle, claims, keys, anchors }: AuditReport): string {
  const header = bundle as Parameters<typeof formatReport>[0];
  return formatReport(header, claims, keys, anchors);
}
