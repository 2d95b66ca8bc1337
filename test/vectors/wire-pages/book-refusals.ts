import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BOOK_REFUSALS } from '@atomicity/kernel/book/refusals';
import type { WireType } from '@atomicity/kernel/wire/objects';

const KERNEL = fileURLToPath(new URL('../../../services/kernel/src/', import.meta.url));

type Module = {
  /** Top-level functions and constants by name: their text without comments. */
  readonly blocks: ReadonlyMap<string, string>;
  /** Where an imported name comes from. */
  readonly imports: ReadonlyMap<string, { readonly path: string; readonly name: string }>;
};

function moduleOf(path: string): Module {
  const text = readFileSync(join(KERNEL, path), 'utf8').replaceAll(
    /\/\*[\s\S]*?\*\/|\/\/.*$/gm,
    '',
  );
  const blocks = new Map<string, string>();
  for (const block of text.split(/^(?=(?:export )?(?:function|const) )/m)) {
    const [, name] = /^(?:export )?(?:function|const) (\w+)/.exec(block) ?? [];
    if (name !== undefined) blocks.set(name, block);
  }
  const imports = new Map<string, { path: string; name: string }>();
  for (const [, list = '', from = ''] of text.matchAll(/import \{([^}]*)\} from '(\.[^']+)'/g)) {
    for (const item of list.split(',').map((one) => one.trim())) {
      const [name = '', alias = name] = item.split(' as ');
      imports.set(alias, { path: normalize(join(dirname(path), from)), name });
    }
  }
  return { blocks, imports };
}

const modules = new Map(
  readdirSync(KERNEL, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'))
    .map((path) => [path, moduleOf(path)] as const),
);

/** Adds every reason that a function, or one that it names, refuses with. */
function collect(path: string, name: string, seen: Set<string>, reasons: Set<string>): void {
  const module = modules.get(path);
  const block = module?.blocks.get(name);
  if (module === undefined || block === undefined || seen.has(`${path} ${name}`)) return;
  seen.add(`${path} ${name}`);
  for (const [, reason = ''] of block.matchAll(/\brefuse\(\s*'([a-z_]+)'/g)) reasons.add(reason);
  for (const [word] of block.matchAll(/\b[A-Za-z]\w*\b/g)) {
    const imported = module.imports.get(word);
    if (imported !== undefined) collect(imported.path, imported.name, seen, reasons);
    else if (module.blocks.has(word)) collect(path, word, seen, reasons);
  }
}

const DECIDE = 'book/decide.ts';
const decideText = readFileSync(join(KERNEL, DECIDE), 'utf8');

type Listed = readonly (typeof BOOK_REFUSALS)[number][];

/** What the functions refuse with, and all that they call, in the order of precedence. */
function refusalsFrom(roots: readonly (readonly [string, string])[], also: string[] = []): Listed {
  const reasons = new Set(also);
  const seen = new Set<string>();
  for (const [path, name] of roots) {
    if (modules.get(path)?.blocks.has(name) !== true) throw new Error(`no ${name} in ${path}`);
    collect(path, name, seen, reasons);
  }
  return BOOK_REFUSALS.filter(({ reason }) => reasons.has(reason));
}

/** The refusals that the rules of a type can give, as the code says: those of its `decide…`. */
export function bookRefusalsOf(type: WireType): Listed {
  const cases = decideText.matchAll(new RegExp(`case '${type}':\\s*return (\\w+)\\(`, 'g'));
  const roots = [...cases].flatMap(([, name = '']): [string, string][] => {
    const from = modules.get(DECIDE)?.imports.get(name);
    return from === undefined ? [] : [[from.path, from.name]];
  });
  const own = roots.length === 0 ? ['type_not_recorded'] : [];
  return refusalsFrom(roots, ['book_not_opened', ...own]);
}

/** Where a book says whether its party should sign what another party proposes. */
const BEFORE_SIGNING: Readonly<Partial<Record<WireType, readonly (readonly [string, string])[]>>> =
  {
    EdgeState: [
      ['credit/edge-state.ts', 'proposeEdgeState'],
      ['credit/edge-state.ts', 'judgeEdgeState'],
    ],
    Reassign: [['credit/decide-reassign.ts', 'refuseToSignReassign']],
  };

/** What a book answers a party that asks whether to propose or sign an object of the type. */
export function signingRefusalsOf(type: WireType): Listed {
  return refusalsFrom(BEFORE_SIGNING[type] ?? []);
}
