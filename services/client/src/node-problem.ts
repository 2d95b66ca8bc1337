import {
  isJsonObject,
  type JsonObject,
  parseAnyJson,
} from '@atomicity/kernel/codec/canonical-json';

/** What a node says when it refuses. */
export type NodeProblem = {
  readonly status: number;
  readonly reason: string;
  readonly field: string | undefined;
  readonly rule: string | undefined;
  /** Numbers and ids of the refusal; only if there are any. */
  readonly facts?: Readonly<Record<string, string | number>>;
};

/** A refusal of a node. Nothing was recorded, unless the reason is `outcome_unknown`. */
export class RefusedByNode extends Error {
  readonly problem: NodeProblem;

  constructor(problem: NodeProblem) {
    const { reason, field, rule } = problem;
    super([reason, field, rule].filter((part) => part !== undefined && part !== '').join(': '));
    this.name = 'RefusedByNode';
    this.problem = problem;
  }
}

/** No answer that could be read: for a command, the outcome is unknown. */
export class NoAnswer extends Error {
  constructor(what: string, cause?: unknown) {
    super(what, { cause });
    this.name = 'NoAnswer';
  }
}

/**
 * Reads a problem document. A text that is none (a proxy's page, say) gives the reason
 * `not_a_problem_document`.
 * Source: RFC 9457 §3.
 */
export function parseProblem(status: number, text: string): NodeProblem {
  const value = parseAnyJson(text)?.value;
  const members = isJsonObject(value) ? value : {};
  const member = (name: string): string | undefined => {
    const found = members[name];
    return typeof found === 'string' ? found : undefined;
  };
  const facts = factsOf(members);
  return {
    status,
    reason: member('reason') ?? 'not_a_problem_document',
    field: member('field'),
    rule: member('rule'),
    ...(facts.length === 0 ? {} : { facts: Object.fromEntries(facts) }),
  };
}

function factsOf({ facts }: JsonObject): (readonly [string, string | number])[] {
  return Object.entries(isJsonObject(facts) ? facts : {}).flatMap(([name, value]) =>
    typeof value === 'string' || typeof value === 'number' ? [[name, value] as const] : [],
  );
}
