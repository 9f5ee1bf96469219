import { hexPair } from './charset.ts';
import { Gs1Error } from './error.ts';

/** What a tag's memory says beside its EPC, as far as tag and raw URIs tell it (TDS 2.3 section 12.2). */
export interface Control {
  /** Attribute bits of the PC word, 0..255; absent where they are zero or not known. */
  readonly attributes?: number;
  /** The tag has something in its user memory. */
  readonly umi?: true;
  /** One or two XPC words, each 0..65535. */
  readonly xpc?: readonly [w1: number] | readonly [w1: number, w2: number];
}

/** Top bit of the first XPC word: a second follows. */
export const XPC_MORE = 0x8000;

const hex = (value: number, digits: number): string => value.toString(16).toUpperCase().padStart(digits, '0');

/** `[att=xA1][umi=1]:`, empty where there is nothing to say, as the standard's procedure writes it: `xpc-w1` for one XPC word, `xpc` for two. */
export function writeControl({ attributes, umi, xpc }: Control): string {
  let out = '';
  if (attributes) out += `[att=x${hex(attributes, 2)}]`;
  if (umi) out += '[umi=1]';
  if (xpc?.length === 2) out += `[xpc=x${hex(xpc[0], 4)}${hex(xpc[1], 4)}]`;
  else if (xpc?.[0]) out += `[xpc-w1=x${hex(xpc[0], 4)}]`;
  return out === '' ? '' : `${out}:`;
}

/** Bytes behind the `x` of a control field, undefined where they are none. */
function bytesOf(text: string): number[] | undefined {
  if (!text.startsWith('x') || text.length % 2 === 0) return undefined;
  const bytes: number[] = [];
  for (let i = 1; i < text.length; i += 2) bytes.push(hexPair(text, i));
  return bytes.includes(-1) ? undefined : bytes;
}

const word = (bytes: readonly number[], at: number): number => bytes[at]! * 256 + bytes[at + 1]!;

type Reader = (value: string) => Control | undefined;

function readXpc(value: string): Control | undefined {
  const bytes = bytesOf(value);
  // the grammar writes one word under this name too
  if (bytes?.length === 2) return readOneXpc(value);
  return bytes?.length === 4 ? { xpc: [word(bytes, 0), word(bytes, 2)] } : undefined;
}

function readOneXpc(value: string): Control | undefined {
  const bytes = bytesOf(value);
  return bytes?.length === 2 && word(bytes, 0) < XPC_MORE ? { xpc: [word(bytes, 0)] } : undefined;
}

const READERS: Record<string, Reader> = {
  att(value) {
    const bytes = bytesOf(value);
    return bytes?.length === 1 ? { attributes: bytes[0]! } : undefined;
  },
  umi: (value) => (value === '1' ? { umi: true } : value === '0' ? {} : undefined),
  'xpc-w1': readOneXpc,
  xpc: readXpc,
};

/** The control fields at `at` of a tag or raw URI, and where the rest starts, behind their colon. Each may stand once, in any order. */
export function readControl(text: string, at: number): { control: Control; at: number } {
  let control: Control = {};
  const seen = new Set<string>();
  let from = at;
  while (text[from] === '[') {
    const close = text.indexOf(']', from);
    const [name = '', value = ''] = close < 0 ? [] : text.slice(from + 1, close).split('=');
    const kind = name === 'xpc-w1' ? 'xpc' : name;
    const read = Object.hasOwn(READERS, name) && !seen.has(kind) ? READERS[name]!(value) : undefined;
    if (!read || text.slice(from + 1, close) !== `${name}=${value}`)
      throw new Gs1Error(
        'CONTROL_FIELD',
        'A control field is [att=xNN], [umi=N], [xpc-w1=xNNNN] or [xpc=xNNNNNNNN], each once.',
        from,
      );
    seen.add(kind);
    control = { ...control, ...read };
    from = close + 1;
  }
  if (from > at && text[from] !== ':') throw new Gs1Error('CONTROL_FIELD', 'A colon ends the control fields.', from);
  return { control, at: from > at ? from + 1 : at };
}
