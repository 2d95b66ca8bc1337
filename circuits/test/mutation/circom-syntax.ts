// The syntax tree of the part of Circom 2 that circuits/src uses, with the place of every node.

export type Span = { readonly start: number; readonly end: number };

export type Expression = Span &
  (
    | { readonly kind: 'number' }
    | { readonly kind: 'name'; readonly name: string }
    | { readonly kind: 'index'; readonly base: Expression; readonly index: Expression }
    | { readonly kind: 'member'; readonly base: Expression; readonly name: string }
    | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expression[] }
    | { readonly kind: 'unary'; readonly operand: Expression }
    | {
        readonly kind: 'binary';
        readonly operator: string;
        readonly operatorAt: Span;
        readonly left: Expression;
        readonly right: Expression;
      }
    | {
        readonly kind: 'choice';
        readonly condition: Expression;
        readonly yes: Expression;
        readonly no: Expression;
      }
    | { readonly kind: 'list'; readonly items: readonly Expression[] }
    | { readonly kind: 'group'; readonly inner: Expression }
  );

export type Statement = Span &
  (
    | {
        readonly kind: 'declaration';
        readonly what: 'signal' | 'var' | 'component';
        readonly role: 'input' | 'output' | 'intermediate';
        readonly name: string;
        readonly lengths: readonly Expression[];
        readonly operatorAt: Span | undefined;
        readonly operator: string | undefined;
        readonly value: Expression | undefined;
      }
    | {
        readonly kind: 'assign';
        readonly operator: string;
        readonly operatorAt: Span;
        readonly target: Expression;
        readonly value: Expression;
      }
    | { readonly kind: 'constraint'; readonly left: Expression; readonly right: Expression }
    | { readonly kind: 'assert'; readonly condition: Expression }
    | { readonly kind: 'return'; readonly value: Expression }
    | { readonly kind: 'step' }
    | {
        readonly kind: 'if';
        readonly condition: Expression;
        readonly yes: Statement;
        readonly no: Statement | undefined;
      }
    | {
        readonly kind: 'for';
        readonly first: Statement;
        readonly condition: Expression;
        readonly step: Statement;
        readonly body: Statement;
      }
    | { readonly kind: 'block'; readonly body: readonly Statement[] }
  );

export type Definition = {
  readonly kind: 'template' | 'function';
  readonly name: string;
  readonly parameters: readonly string[];
  readonly body: Statement;
};

export type Token = Span & {
  readonly kind: 'number' | 'name' | 'text' | 'symbol' | 'end';
  readonly text: string;
};

const PATTERN =
  /(?<space>\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\/)|(?<number>0x[0-9a-fA-F]+|\d+)|(?<name>[A-Za-z_$][\w$]*)|(?<text>"[^"]*")|(?<symbol><==|==>|===|<--|-->|\*\*|\+\+|--|\+=|-=|\*=|<=|>=|==|!=|&&|\|\||<<|>>|[-+*/\\%&|^~!<>=?:;,.(){}[\]])/gy;

/** The tokens of a source, comments left out, and one that marks the end. @throws Error at a character that starts none. */
export function tokensOf(source: string): readonly Token[] {
  const tokens: Token[] = [];
  const pattern = new RegExp(PATTERN);
  while (pattern.lastIndex < source.length) {
    const start = pattern.lastIndex;
    const groups = pattern.exec(source)?.groups;
    if (groups === undefined) throw new Error(`no token at character ${start}`);
    const end = pattern.lastIndex;
    for (const kind of ['number', 'name', 'text', 'symbol'] as const) {
      if (groups[kind] !== undefined) tokens.push({ kind, text: groups[kind], start, end });
    }
  }
  tokens.push({ kind: 'end', text: '', start: source.length, end: source.length });
  return tokens;
}
