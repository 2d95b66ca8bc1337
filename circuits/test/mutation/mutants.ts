// The mutants of a circuit source: every way in which one small edit could have gone wrong.
import type { Definition, Expression, Span, Statement } from './circom-syntax.ts';
import { parseCircom } from './parse-circom.ts';

/** What each operator does to the source. */
export const OPERATORS = {
  'drop-constraint': 'an === is gone',
  unconstrain: '<== becomes <--',
  'drop-statement': 'a var keeps its old value',
  'drop-term': 'one side of a sum, difference, product or shift is gone',
  'swap-difference': 'a - b becomes b - a',
  'flip-sign': '+ becomes -, - becomes +',
  'flip-comparison': '< becomes <=, == becomes !=, and so on',
  'swap-branches': 'the two branches of a choice change places',
  literal: 'a number literal is one more or one less: ranges, shifts, loop bounds, indexes',
  parameter: 'a name in a component argument is one more or one less',
  'loop-bound': 'a loop ends one earlier or later',
  'shift-index': 'an index is one more or one less',
  tag: "a hash gets another domain's tag",
  gate: 'a gate is always open',
  rewire: 'a signal comes from another signal',
} as const;

export type Operator = keyof typeof OPERATORS;

export type Mutant = Span & {
  /** Names the mutant in reports and in the list of equivalents; stable while its lines stay. */
  readonly id: string;
  readonly operator: Operator;
  readonly template: string;
  readonly line: number;
  readonly replacement: string;
};

type Edit = Span & { readonly operator: Operator; readonly replacement: string };

const COMPARISONS: Readonly<Record<string, readonly string[]>> = {
  '<': ['<='],
  '<=': ['<'],
  '>': ['>='],
  '>=': ['>'],
  '==': ['!='],
  '!=': ['=='],
  '&&': ['||'],
};

const TAGS = ['TAG_COMMITMENT', 'TAG_PERIOD'] as const;

type Signal = { readonly name: string; readonly dimensions: number; readonly role: string };

/** The statements of a definition, nested ones included. */
function flatten(statement: Statement): readonly Statement[] {
  switch (statement.kind) {
    case 'block':
      return [statement, ...statement.body.flatMap(flatten)];
    case 'if':
      return [statement, ...flatten(statement.yes), ...(statement.no ? flatten(statement.no) : [])];
    case 'for':
      return [statement, ...flatten(statement.first), ...flatten(statement.body)];
    default:
      return [statement];
  }
}

function rootOf(expression: Expression): { name: string; span: Span; depth: number } | undefined {
  let depth = 0;
  let at = expression;
  while (at.kind === 'index') {
    depth++;
    at = at.base;
  }
  return at.kind === 'name' ? { name: at.name, span: at, depth } : undefined;
}

class Mutator {
  readonly edits: Edit[] = [];
  readonly #source: string;
  readonly #signals: readonly Signal[];
  /** The lengths of the declared lists. */
  readonly #lengths: ReadonlyMap<string, readonly string[]>;

  constructor(source: string, definition: Definition) {
    this.#source = source;
    this.#lengths = new Map(
      flatten(definition.body).flatMap((s) =>
        s.kind === 'declaration' ? [[s.name, s.lengths.map((length) => this.#text(length))]] : [],
      ),
    );
    this.#signals = flatten(definition.body).flatMap((s) =>
      s.kind === 'declaration' && s.what === 'signal'
        ? [{ name: s.name, dimensions: s.lengths.length, role: s.role }]
        : [],
    );
  }

  #text({ start, end }: Span): string {
    return this.#source.slice(start, end);
  }

  #edit(operator: Operator, { start, end }: Span, replacement: string): void {
    this.edits.push({ operator, start, end, replacement });
  }

  statement(statement: Statement): void {
    switch (statement.kind) {
      case 'constraint':
        this.#edit('drop-constraint', statement, '');
        this.#expression(statement.left);
        this.#expression(statement.right);
        return;
      case 'declaration':
        if (statement.value === undefined || statement.operatorAt === undefined) return;
        this.#assigned(statement.operator ?? '', statement.operatorAt, statement.value);
        return;
      case 'assign':
        this.#assign(statement);
        return;
      case 'assert':
        this.#edit('drop-statement', statement, '');
        this.#expression(statement.condition);
        return;
      case 'return':
        this.#expression(statement.value);
        return;
      case 'if':
        this.#expression(statement.condition);
        return;
      case 'for':
        this.#loop(statement.condition);
        return;
      default:
        return;
    }
  }

  #assign(statement: Extract<Statement, { kind: 'assign' }>): void {
    const { target, value, operator, operatorAt } = statement;
    if (!['<==', '==>', '<--', '-->'].includes(operator)) {
      this.#edit('drop-statement', statement, '');
    }
    this.#assigned(operator, operatorAt, value);
    if (target.kind === 'member' && target.name === 'gate') this.#edit('gate', value, '1');
    this.#indexes(target);
  }

  #assigned(operator: string, operatorAt: Span, value: Expression): void {
    if (operator === '<==') this.#edit('unconstrain', operatorAt, '<--');
    if (operator === '==>') this.#edit('unconstrain', operatorAt, '-->');
    if (operator === '<==' || operator === '==>') this.#rewire(value);
    this.#expression(value);
  }

  /** A value that is one signal, or an output of a component, comes from the next signal of its shape. */
  #rewire(value: Expression): void {
    if (value.kind === 'member') {
      const other = this.#signals.find((s) => s.role === 'input' && s.dimensions === 0);
      if (other !== undefined) this.#edit('rewire', value, other.name);
      return;
    }
    const root = rootOf(value);
    if (root === undefined) return;
    const alike = this.#signals.filter((s) => s.dimensions === root.depth);
    const at = alike.findIndex((s) => s.name === root.name);
    const other = alike[(at + 1) % alike.length];
    if (at >= 0 && other !== undefined && other.name !== root.name) {
      this.#edit('rewire', root.span, other.name);
    }
  }

  #loop(condition: Expression): void {
    this.#expression(condition);
    if (condition.kind !== 'binary' || condition.right.kind === 'number') return;
    this.#edit('loop-bound', condition.right, `${this.#text(condition.right)} - 1`);
  }

  /** Indexes on the left side of an assignment. */
  #indexes(target: Expression): void {
    if (target.kind === 'member') this.#indexes(target.base);
    if (target.kind !== 'index') return;
    this.#indexes(target.base);
    this.#expression(target.index);
  }

  #expression(expression: Expression): void {
    switch (expression.kind) {
      case 'number':
        this.#literal(expression);
        return;
      case 'index':
        this.#expression(expression.base);
        this.#expression(expression.index);
        if (expression.index.kind !== 'number') this.#shiftIndex(expression);
        return;
      case 'member':
        this.#expression(expression.base);
        return;
      case 'call':
        this.#call(expression);
        return;
      case 'unary':
        this.#edit('flip-sign', expression, this.#text(expression.operand));
        this.#expression(expression.operand);
        return;
      case 'binary':
        this.#binary(expression);
        return;
      case 'choice':
        this.#edit(
          'swap-branches',
          { start: expression.yes.start, end: expression.no.end },
          `${this.#text(expression.no)} : ${this.#text(expression.yes)}`,
        );
        for (const part of [expression.condition, expression.yes, expression.no]) {
          this.#expression(part);
        }
        return;
      case 'list':
        for (const item of expression.items) this.#expression(item);
        return;
      case 'group':
        this.#expression(expression.inner);
        return;
      default:
        return;
    }
  }

  /** To the next entry, the last one to the first, where the length is known; else one up and down. */
  #shiftIndex({ base, index }: Extract<Expression, { kind: 'index' }>): void {
    const root = rootOf(base);
    const length = root && this.#lengths.get(root.name)?.[root.depth];
    const text = this.#text(index);
    if (length !== undefined) {
      this.#edit('shift-index', index, `(${text} + 1) % (${length})`);
    } else {
      for (const shift of [' + 1', ' - 1']) this.#edit('shift-index', index, `${text}${shift}`);
    }
  }

  #literal(expression: Expression): void {
    const value = BigInt(this.#text(expression));
    this.#edit('literal', expression, `${value + 1n}`);
    if (value > 0n) this.#edit('literal', expression, `${value - 1n}`);
  }

  #call({ name, args, start }: Extract<Expression, { kind: 'call' }>): void {
    if (name.startsWith('TAG_')) {
      const other = TAGS.find((tag) => tag !== name) ?? TAGS[0];
      this.#edit('tag', { start, end: start + name.length }, other);
    }
    for (const argument of args) {
      if (argument.kind === 'name') {
        for (const shift of [' + 1', ' - 1']) {
          this.#edit('parameter', argument, `${argument.name}${shift}`);
        }
      }
      this.#expression(argument);
    }
  }

  #binary(expression: Extract<Expression, { kind: 'binary' }>): void {
    const { left, right, operator, operatorAt } = expression;
    for (const other of COMPARISONS[operator] ?? []) {
      this.#edit('flip-comparison', operatorAt, other);
    }
    if (operator === '+' || operator === '-') {
      this.#edit('flip-sign', operatorAt, operator === '+' ? '-' : '+');
    }
    if (operator === '-') {
      this.#edit('swap-difference', expression, `(${this.#text(right)} - (${this.#text(left)}))`);
    }
    if (['+', '-', '*', '<<', '>>', '&', '\\'].includes(operator)) {
      this.#edit('drop-term', expression, `(${this.#text(left)})`);
      if (operator === '+' || operator === '*') {
        this.#edit('drop-term', expression, `(${this.#text(right)})`);
      }
    }
    this.#expression(left);
    this.#expression(right);
  }
}

const squeeze = (text: string): string => text.replace(/\s+/g, ' ').trim();

/** Every mutant of a source, in the order of their places; equal edits once. */
export function mutantsOf(source: string): readonly Mutant[] {
  const ids = new Map<string, number>();
  const seen = new Set<string>();
  return parseCircom(source).flatMap((definition) => {
    const mutator = new Mutator(source, definition);
    for (const statement of flatten(definition.body)) mutator.statement(statement);
    const edits = mutator.edits.toSorted((a, b) => a.start - b.start || a.end - b.end);
    return edits.flatMap((edit) => {
      const key = `${edit.start} ${edit.end} ${edit.replacement}`;
      if (seen.has(key)) return [];
      seen.add(key);
      const from = source.lastIndexOf('\n', edit.start) + 1;
      const to = source.indexOf('\n', edit.end);
      const before = squeeze(source.slice(from, to));
      const after = squeeze(
        source.slice(from, edit.start) + edit.replacement + source.slice(edit.end, to),
      );
      const plain = `${definition.name}: ${before} => ${after}`;
      const count = (ids.get(plain) ?? 0) + 1;
      ids.set(plain, count);
      return [
        {
          ...edit,
          id: count === 1 ? plain : `${plain} #${count}`,
          template: definition.name,
          line: source.slice(0, edit.start).split('\n').length,
        },
      ];
    });
  });
}

/** The source with one mutant in it. */
export function applyMutant(source: string, mutant: Mutant): string {
  return source.slice(0, mutant.start) + mutant.replacement + source.slice(mutant.end);
}
