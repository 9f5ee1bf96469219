import { readFileSync } from 'node:fs';
import { messageOf } from '../../error.ts';
import { type BankQuestion, type Designers, type Question, answerBank, parseDesigners } from '../../gs1/index.ts';
import { UsageError } from '../command.ts';

/** Characters of a broken question that its refusal repeats. */
const ECHO_CHARS = 200;

export const BANK_OPTIONS = {
  bank: { type: 'string' },
  layout: { type: 'string' },
  designers: { type: 'string' },
} as const;

export const BANK_HELP = `
Memory banks, as readers give them (--bank, or a line {"bank": "epc", "value": "3000…", "layout": "stored"}):
  --bank epc      PC word and EPC: also "pc", "words", "umi", "xi", "toggle", "attributes" or "afi", "xpcW1", "xpcW2",
                  "indicators", "raw" for what is no EPC; a tag or raw URI, and with --encode any value, is answered with
                  its "bankHex"
  --layout L      what an EPC bank's bytes start with: stored (10h, the PC word; the default), memory (00h, the CRC, which
                  is checked) or inventory (as sent: an XPC between PC and EPC)
  --bank tid      "mdid", "tmn", "xtid", "serial", "stid", "segments"; an STID URI is answered with its "bankHex"
  --designers F   GS1's list of mask designers (mdid_list.json), for "designer" and "model"
  --bank user     "dsfid", "bytes", and "aidc" where they are Packed Objects of GS1 data
`;

export interface Told {
  text: string;
  ok: boolean;
}

const BANKS = ['epc', 'tid', 'user'];
const LAYOUTS = ['stored', 'memory', 'inventory'];

function loadDesigners(path: string): Designers {
  try {
    return parseDesigners(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new UsageError(`${path}: ${messageOf(error)}`);
  }
}

interface BankOptions {
  json?: boolean | undefined;
  bank?: string | undefined;
  layout?: string | undefined;
  designers?: string | undefined;
}

/** Members that a question may have beside bank, value and layout, and their types. */
const OTHERS = { gcpLength: 'number', encode: 'string', filter: 'number', host: 'string', xpc: 'boolean' } as const;

/** What is wrong with a question, undefined where nothing is. */
function fault(asked: Record<string, unknown>): string | undefined {
  const { bank, value, layout = 'stored' } = asked;
  if (typeof value !== 'string') return 'The question has no "value" of type string.';
  if (typeof bank !== 'string' || !BANKS.includes(bank)) return `"bank" is one of ${BANKS.join(', ')}.`;
  if (typeof layout !== 'string' || !LAYOUTS.includes(layout)) return `"layout" is one of ${LAYOUTS.join(', ')}.`;
  const wrong = Object.entries(OTHERS).find(([name, type]) => asked[name] !== undefined && typeof asked[name] !== type);
  return wrong && `"${wrong[0]}" is a ${wrong[1]}.`;
}

/** The members of a JSON question; undefined for a line that is none. */
function membersOf(line: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

type Members = Record<string, unknown> & { value: string; ok: boolean; error?: { code: string; message: string } };

/** An answer for people: the value, then a fact a line. */
function readable({ value, error, ...facts }: Members): string {
  const lines = Object.entries(facts)
    .filter(([name]) => name !== 'ok')
    .map(([name, fact]) => `  ${name.padEnd(16)}${typeof fact === 'string' ? fact : JSON.stringify(fact)}`);
  if (error) lines.push(`  refused: ${error.message} (${error.code})`);
  return [value, ...lines, ''].join('\n');
}

/**
 * Answers the lines that ask about a memory bank; undefined for all others. `others` are the command's options for every
 * question. Throws UsageError for options that do not fit.
 */
export function bankAsker(
  { json, bank, layout, designers }: BankOptions,
  others: Omit<Question, 'value'>,
): (line: string) => Told | undefined {
  const names = designers === undefined ? undefined : loadDesigners(designers);
  const defaults = { ...others, ...(bank !== undefined && { bank }), ...(layout !== undefined && { layout }) };
  const wrong = fault({ bank: 'epc', value: '', ...defaults });
  if (wrong !== undefined) throw new UsageError(wrong);
  const tell = (members: Members): Told => ({
    text: json ? JSON.stringify(members) : readable(members),
    ok: members.ok,
  });
  return (line) => {
    const isJson = line.startsWith('{');
    if (bank === undefined && !(isJson && line.includes('"bank"'))) return undefined;
    const asked: Record<string, unknown> = { ...defaults, ...(isJson ? membersOf(line) : { value: line }) };
    if (asked.bank === undefined) return undefined;
    const broken = fault(asked);
    if (broken !== undefined)
      return tell({ value: line.slice(0, ECHO_CHARS), ok: false, error: { code: 'QUESTION', message: broken } });
    const question = asked as unknown as BankQuestion;
    const { facts, refusal } = answerBank(question, names);
    const head = { value: question.value, ok: !refusal, bank: question.bank };
    return tell({ ...head, ...(refusal && { error: refusal }), ...facts });
  };
}
