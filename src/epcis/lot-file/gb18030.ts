// GB18030 on the way out; TextEncoder knows UTF-8 alone. The tables are made by decoding every code once, when needed.

let tables: { two: Uint16Array; four: Uint32Array } | undefined;

/** Codes of four bytes for characters of one UTF-16 unit: 39,420 from 81 30 81 30 on. */
const FOUR_COUNT = 39_420;
/** Where characters of two UTF-16 units begin: 90 30 81 30. */
const SUPPLEMENTARY = (0x90 - 0x81) * 12_600;

const fourBytes = (index: number): [number, number, number, number] => [
  0x81 + Math.floor(index / 12_600),
  0x30 + (Math.floor(index / 1260) % 10),
  0x81 + (Math.floor(index / 10) % 126),
  0x30 + (index % 10),
];

function makeTables(): { two: Uint16Array; four: Uint32Array } {
  const decoder = new TextDecoder('gb18030');
  const two = new Uint16Array(0x10000);
  const four = new Uint32Array(0x10000);
  for (let index = 0; index < FOUR_COUNT; index++) {
    const text = decoder.decode(Uint8Array.from(fourBytes(index)));
    if (text.length === 1 && text !== '\uFFFD') four[text.charCodeAt(0)] = index + 1;
  }
  for (let lead = 0x81; lead <= 0xfe; lead++) {
    for (let trail = 0x40; trail <= 0xfe; trail++) {
      if (trail === 0x7f) continue;
      const text = decoder.decode(Uint8Array.of(lead, trail));
      if (text.length === 1 && text !== '\uFFFD') two[text.charCodeAt(0)] = (lead << 8) | trail;
    }
  }
  return { two, four };
}

/** Every character has a code; half of a surrogate pair becomes U+FFFD. */
export function encodeGb18030(text: string): Uint8Array {
  tables ??= makeTables();
  const { two, four } = tables;
  const bytes: number[] = [];
  for (const character of text.toWellFormed()) {
    const code = character.codePointAt(0)!;
    const pair = two[code] ?? 0;
    if (code < 0x80) bytes.push(code);
    else if (code >= 0x10000) bytes.push(...fourBytes(SUPPLEMENTARY + code - 0x10000));
    else if (pair > 0) bytes.push(pair >> 8, pair & 0xff);
    else bytes.push(...fourBytes(Math.max(0, four[code]! - 1)));
  }
  return Uint8Array.from(bytes);
}
