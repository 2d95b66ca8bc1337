/** The index just after the string literal that opens at `start`. */
function endOfString(json: string, start: number): number {
  let i = start + 1;
  while (json[i] !== '"') i += json[i] === '\\' ? 2 : 1;
  return i + 1;
}

/**
 * True if some object of a JSON text repeats a key, however its letters are escaped. The text must
 * be one that JSON.parse accepts; that call itself would silently keep the last of the two.
 */
export function hasDuplicateKey(json: string): boolean {
  // One entry per open bracket: the keys seen in an object, null for an array.
  const open: (Set<string> | null)[] = [];
  let keyExpected = false;
  let i = 0;
  while (i < json.length) {
    const character = json[i];
    if (character === '"') {
      const end = endOfString(json, i);
      const keys = open.at(-1);
      if (keyExpected && keys) {
        const key = String(JSON.parse(json.slice(i, end)));
        if (keys.has(key)) return true;
        keys.add(key);
        keyExpected = false;
      }
      i = end;
      continue;
    }
    if (character === '{') open.push(new Set());
    if (character === '[') open.push(null);
    if (character === '}' || character === ']') open.pop();
    if (character === '{' || character === ',') keyExpected = open.at(-1) instanceof Set;
    if (character === '[' || character === '}' || character === ']') keyExpected = false;
    i += 1;
  }
  return false;
}
