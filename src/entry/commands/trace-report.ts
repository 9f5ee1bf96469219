// An answer for people to read in a terminal.
import { type AskedQuestion, gapWords } from '../../trace/index.ts';

/** Lines of one list; the rest is counted. --json has them all. */
const LINES_MAX = 200;

/** Members in the order and words of the report; what is missing in an answer is left out. */
const LISTS: readonly (readonly [member: string, title: string])[] = [
  ['origins', 'Origins'],
  ['affected', 'Affected'],
  ['upstream', 'Upstream'],
  ['possible', 'Possible'],
  ['events', 'Events'],
  ['contents', 'Contents'],
  ['carriers', 'Carried in'],
  ['excluded', 'Voided'],
];
const VALUES: readonly (readonly [member: string, title: string])[] = [
  ['location', 'Place'],
  ['state', 'State'],
  ['made', 'Made'],
  ['consumed', 'Consumed'],
  ['destroyed', 'Destroyed'],
  ['inTransit', 'In transit'],
  ['unaccounted', 'Unaccounted'],
  ['uom', 'Unit'],
];

interface Node {
  id: string;
  /** definite or possible */
  confidence: string;
  depth: number;
  state: string | null;
  /** Forward: share of the root in its mass. */
  fraction?: number | null;
}

interface Gap {
  code: string;
  ids: string[];
}

/** A full answer as text. */
export function report({ op, of }: AskedQuestion, answer: object): string {
  const members: Record<string, unknown> = { ...answer, ...foundOf(answer) };
  const lines = [`${op} ${of}`, ...(typeof members['asOf'] === 'string' ? [`as known at ${members['asOf']}`] : [])];
  for (const [member, title] of VALUES) if (member in members) lines.push(`${title}: ${textOf(members[member])}`);
  for (const [member, title] of LISTS)
    if (Array.isArray(members[member])) lines.push(...list(title, members[member].map(textOf)));
  if (typeof members['quantities'] === 'object') {
    const quantities = Object.entries(members['quantities'] ?? {}).map(([id, n]) => `${id} ${n}`);
    lines.push(...list('Quantities', quantities));
  }
  if (Array.isArray(members['gaps'])) {
    lines.push(...list('Gaps', (members['gaps'] as Gap[]).map(gapLine)));
  }
  if (members['redacted'] === true) lines.push('Part of the record is not yours to read.');
  if (members['truncated'] === true) lines.push('The answer is incomplete: a limit was reached.');
  return lines.join('\n') + '\n';
}

/** The nodes of a walk by how sure they are, nearest first; origins belong to the way back alone. */
function foundOf({ direction, nodes }: { direction?: string; nodes?: Node[] }): Record<string, unknown> {
  if (!nodes) return {};
  const sorted = nodes.toSorted((a, b) => a.depth - b.depth);
  const lines = (confidence: string): string[] => sorted.filter((node) => node.confidence === confidence).map(nodeLine);
  const definite = { [direction === 'back' ? 'upstream' : 'affected']: lines('definite'), possible: lines('possible') };
  return direction === 'back' ? definite : { ...definite, origins: undefined };
}

/** A value, or the name of what is more than a value. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return value === null ? 'none' : JSON.stringify(value);
  const { eventID } = value as { eventID?: unknown };
  return typeof eventID === 'string' ? eventID : JSON.stringify(value);
}

function gapLine({ code, ids }: Gap): string {
  const words = gapWords(code);
  return `${code} ${ids.join(' ')}${words ? `: ${words.says.en} ${words.remedy.en}` : ''}`;
}

const nodeLine = ({ id, depth, state, fraction }: Node): string =>
  `${id}  ${depth} step${depth === 1 ? '' : 's'}${state ? `, ${state}` : ''}${shareText(fraction)}`;

/** Digits of a share that a person reads; --json has all. */
const SHARE_DIGITS = 4;

function shareText(fraction: number | null | undefined): string {
  if (fraction === undefined) return '';
  return `, mass share ${fraction === null ? 'not known' : Number(fraction.toPrecision(SHARE_DIGITS))}`;
}

function list(title: string, items: string[]): string[] {
  if (items.length === 0) return [`${title}: none`];
  const more = items.length > LINES_MAX ? [`  and ${items.length - LINES_MAX} more`] : [];
  return [`${title}: ${items.length}`, ...items.slice(0, LINES_MAX).map((item) => `  ${item}`), ...more];
}
