/** One token of JSON (RFC 8259): punctuation, string, number or name. */
const TOKEN =
  /[ \t\r\n]*(?:([{}[\],:])|("(?:[\u0020\u0021\u0023-\u005b\u005d-\uffff]+|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null))/y;
const SPACE = /[ \t\r\n]*/y;

/** What may come next: a value, a member's name, a colon, or what follows a value; `first` also lets the holder end. */
type Expected = 'value' | 'first value' | 'name' | 'first name' | 'colon' | 'after' | 'end';

const OPENS: Record<string, Expected> = { '{': 'first name', '[': 'first value' };
const CLOSES: Record<string, string> = { '}': '{', ']': '[' };

/** What is expected after this token; undefined where it may not stand here. `open` is the stack of holders. */
function next(expected: Expected, token: string, open: string[]): Expected | undefined {
  const after: Expected = open.length === 0 ? 'end' : 'after';
  const wantsValue = expected === 'value' || expected === 'first value';
  if (wantsValue && OPENS[token]) {
    open.push(token);
    return OPENS[token];
  }
  if (expected.endsWith('name') && token.startsWith('"')) return 'colon';
  if (expected === 'colon' && token === ':') return 'value';
  if (expected === 'after' && token === ',') return open.at(-1) === '{' ? 'name' : 'value';
  if (
    (expected === 'after' || expected.startsWith('first')) &&
    CLOSES[token] !== undefined &&
    CLOSES[token] === open.at(-1)
  ) {
    open.pop();
    return open.length === 0 ? 'end' : 'after';
  }
  return wantsValue && !/^[{}[\],:]/.test(token) ? after : undefined;
}

/** The offset at which a text stops being JSON; its length where it only ends too early. The engine seldom says. */
export function offsetOfFault(text: string): number {
  const open: string[] = [];
  let expected: Expected = 'value';
  for (let at = 0; ;) {
    SPACE.lastIndex = at;
    at += SPACE.exec(text)?.[0].length ?? 0;
    TOKEN.lastIndex = at;
    const token = TOKEN.exec(text)?.[0];
    if (token === undefined) return at;
    const then = next(expected, token, open);
    if (then === undefined) return at;
    expected = then;
    at += token.length;
  }
}

/** `line L, column C` of an offset, both from 1. */
export function placeOf(text: string, offset: number): string {
  const before = text.slice(0, offset).split('\n');
  return `line ${before.length}, column ${before.at(-1)!.length + 1}`;
}
