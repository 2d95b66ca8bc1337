import {
  type Definition,
  type Expression,
  type Span,
  type Statement,
  type Token,
  tokensOf,
} from './circom-syntax.ts';

/** Binary operators, loosest first; all are left-associative here (`**` is not used in circuits/src). */
const PRECEDENCE: readonly (readonly string[])[] = [
  ['||'],
  ['&&'],
  ['==', '!=', '<', '<=', '>', '>='],
  ['|'],
  ['^'],
  ['&'],
  ['<<', '>>'],
  ['+', '-'],
  ['*', '/', '\\', '%'],
  ['**'],
];
const ASSIGNMENTS = ['<==', '<--', '=', '+=', '-=', '*='];
const REVERSED = ['==>', '-->'];

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(source: string) {
    this.#tokens = tokensOf(source);
  }

  definitions(): readonly Definition[] {
    const found: Definition[] = [];
    while (this.#token().kind !== 'end') {
      const { text } = this.#token();
      if (text === 'template' || text === 'function') found.push(this.#definition(text));
      else this.#skipTo(';');
    }
    return found;
  }

  #token(): Token {
    const token = this.#tokens[this.#at];
    if (token === undefined) throw new Error('past the end of the source');
    return token;
  }

  #next(): Token {
    const token = this.#token();
    this.#at++;
    return token;
  }

  #take(text: string): boolean {
    if (this.#token().text !== text) return false;
    this.#at++;
    return true;
  }

  #expect(text: string): Token {
    const token = this.#next();
    if (token.text !== text) {
      throw new Error(`expected ${text}, found "${token.text}" at character ${token.start}`);
    }
    return token;
  }

  #skipTo(text: string): void {
    while (!this.#take(text)) this.#next();
  }

  #endedAt(): number {
    return this.#tokens[this.#at - 1]?.end ?? 0;
  }

  #definition(kind: 'template' | 'function'): Definition {
    this.#expect(kind);
    const { text: name } = this.#next();
    const parameters: string[] = [];
    this.#expect('(');
    while (!this.#take(')')) {
      const { text } = this.#next();
      if (text !== ',') parameters.push(text);
    }
    return { kind, name, parameters, body: this.#block() };
  }

  #block(): Statement {
    const { start } = this.#expect('{');
    const body: Statement[] = [];
    while (!this.#take('}')) body.push(...this.#statements());
    return { kind: 'block', body, start, end: this.#endedAt() };
  }

  #statement(): Statement {
    const [only, ...more] = this.#statements();
    if (only === undefined || more.length > 0) throw new Error('one statement expected');
    return only;
  }

  #statements(): readonly Statement[] {
    const { text, start } = this.#token();
    switch (text) {
      case '{':
        return [this.#block()];
      case 'if':
        return [this.#if(start)];
      case 'for':
        return [this.#for(start)];
      case 'assert': {
        this.#next();
        const condition = this.#expression();
        this.#expect(';');
        return [{ kind: 'assert', condition, start, end: this.#endedAt() }];
      }
      case 'return': {
        this.#next();
        const value = this.#expression();
        this.#expect(';');
        return [{ kind: 'return', value, start, end: this.#endedAt() }];
      }
      case 'signal':
      case 'var':
      case 'component': {
        const declared = this.#declarations(text, start);
        this.#expect(';');
        return declared;
      }
      default: {
        const simple = this.#simple(start);
        this.#expect(';');
        return [{ ...simple, end: this.#endedAt() }];
      }
    }
  }

  #if(start: number): Statement {
    this.#expect('if');
    this.#expect('(');
    const condition = this.#expression();
    this.#expect(')');
    const yes = this.#statement();
    const no = this.#take('else') ? this.#statement() : undefined;
    return { kind: 'if', condition, yes, no, start, end: this.#endedAt() };
  }

  #for(start: number): Statement {
    this.#expect('for');
    this.#expect('(');
    const [first] = this.#token().text === 'var' ? this.#declarations('var', start) : [];
    const begin = first ?? this.#simple(this.#token().start);
    this.#expect(';');
    const condition = this.#expression();
    this.#expect(';');
    const step = this.#simple(this.#token().start);
    this.#expect(')');
    const body = this.#statement();
    return { kind: 'for', first: begin, condition, step, body, start, end: this.#endedAt() };
  }

  #declarations(what: 'signal' | 'var' | 'component', start: number): readonly Statement[] {
    this.#expect(what);
    const isInput = this.#take('input');
    const role = isInput ? 'input' : this.#take('output') ? 'output' : 'intermediate';
    const found: Statement[] = [];
    do {
      const { text: name } = this.#next();
      const lengths: Expression[] = [];
      while (this.#take('[')) {
        lengths.push(this.#expression());
        this.#expect(']');
      }
      const hasValue = [...ASSIGNMENTS].includes(this.#token().text);
      const operatorAt = hasValue ? this.#next() : undefined;
      const value = hasValue ? this.#expression() : undefined;
      found.push({
        kind: 'declaration',
        what,
        role,
        name,
        lengths,
        operatorAt,
        operator: operatorAt?.text,
        value,
        start,
        end: this.#endedAt(),
      });
    } while (this.#take(','));
    return found;
  }

  /** An assignment, a constraint or `i++`, without its semicolon. */
  #simple(start: number): Statement {
    const left = this.#expression();
    const operatorAt = this.#next();
    const { text } = operatorAt;
    if (text === '++' || text === '--') return { kind: 'step', start, end: this.#endedAt() };
    const right = this.#expression();
    const end = this.#endedAt();
    if (text === '===') return { kind: 'constraint', left, right, start, end };
    if (ASSIGNMENTS.includes(text)) {
      return { kind: 'assign', operator: text, operatorAt, target: left, value: right, start, end };
    }
    if (REVERSED.includes(text)) {
      return { kind: 'assign', operator: text, operatorAt, target: right, value: left, start, end };
    }
    throw new Error(`no statement has "${text}" at character ${operatorAt.start}`);
  }

  #expression(): Expression {
    const condition = this.#binary(0);
    if (!this.#take('?')) return condition;
    const yes = this.#expression();
    this.#expect(':');
    const no = this.#expression();
    return { kind: 'choice', condition, yes, no, start: condition.start, end: no.end };
  }

  #binary(level: number): Expression {
    const operators = PRECEDENCE[level];
    if (operators === undefined) return this.#unary();
    let left = this.#binary(level + 1);
    while (operators.includes(this.#token().text)) {
      const operatorAt: Span & { text: string } = this.#next();
      const right = this.#binary(level + 1);
      const operator = operatorAt.text;
      left = {
        kind: 'binary',
        operator,
        operatorAt,
        left,
        right,
        start: left.start,
        end: right.end,
      };
    }
    return left;
  }

  #unary(): Expression {
    const { text, start } = this.#token();
    if (text !== '-' && text !== '!' && text !== '~') return this.#postfix();
    this.#next();
    const operand = this.#unary();
    return { kind: 'unary', operand, start, end: operand.end };
  }

  #postfix(): Expression {
    let base = this.#primary();
    for (;;) {
      const { start } = base;
      if (this.#take('[')) {
        const index = this.#expression();
        this.#expect(']');
        base = { kind: 'index', base, index, start, end: this.#endedAt() };
      } else if (this.#take('.')) {
        const { text: name } = this.#next();
        base = { kind: 'member', base, name, start, end: this.#endedAt() };
      } else {
        return base;
      }
    }
  }

  #primary(): Expression {
    const token = this.#next();
    const { start, text } = token;
    if (token.kind === 'number') return { kind: 'number', start, end: token.end };
    if (text === '(') {
      const inner = this.#expression();
      this.#expect(')');
      return { kind: 'group', inner, start, end: this.#endedAt() };
    }
    if (text === '[') return { kind: 'list', items: this.#list(']'), start, end: this.#endedAt() };
    if (token.kind !== 'name') throw new Error(`no expression at character ${start}`);
    if (!this.#take('(')) return { kind: 'name', name: text, start, end: token.end };
    const args = this.#list(')');
    return { kind: 'call', name: text, args, start, end: this.#endedAt() };
  }

  #list(close: string): readonly Expression[] {
    const items: Expression[] = [];
    while (!this.#take(close)) {
      items.push(this.#expression());
      this.#take(',');
    }
    return items;
  }
}

/** The templates and functions of a source. @throws Error where it leaves the syntax that circuits/src uses. */
export function parseCircom(source: string): readonly Definition[] {
  return new Parser(source).definitions();
}
