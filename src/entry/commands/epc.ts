import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { messageOf } from '../../error.ts';
import { type Answer, type GcpKnowledge, type Question, answer, gcpKnowledge, parseGcpTable } from '../../gs1/index.ts';
import { type Command, type Io, UsageError } from '../command.ts';
import { BANK_HELP, BANK_OPTIONS, type Told, bankAsker } from './epc-bank.ts';
import { LINE_CHARS_MAX, linesOf } from '../lines.ts';

/** Characters of answers gathered before they are written. */
const OUTPUT_CHARS = 65_536;
/** Characters of a broken line that its refusal repeats. */
const ECHO_CHARS = 200;

const help = `
tagtrail epc [--json] [--encode SCHEME] [--filter N] [--gcp-length N] [--host NAME] [--xpc]
             [--gcp-table FILE] [--learn] [VALUE…]

Every form of GS1 identifiers. A value is EPC memory in hexadecimal (from the header on), a tag URI, a pure identity,
class or pattern URI, an element string in brackets, or a GS1 Digital Link. Without VALUE, and for "-", one value a line
is read from standard input; a line may also be {"value": "…", "gcpLength": 7, "encode": "SGTIN-96", "filter": 1}.

  --json          one JSON object a value: {"value", "ok": true, "scheme", "hex", "tagUri", "pureIdentity",
                  "elementString", "digitalLink", "filter", "aidc"}, or {"value", "ok": false, "error": {"code",
                  "message"}}
  --encode S      also encode under a binary scheme: SGTIN-96, SSCC-96, CPI-var …, SGTIN+, DSGTIN+, SGTIN++ …
  --filter N      filter value to encode (default: that of the tag, else 0)
  --gcp-length N  digits of the company prefix, 6 to 12: element strings and links do not tell
  --gcp-table F   GS1's list of company prefix lengths (gcpprefixformatlist, JSON or XML; from gs1.org, not part of
                  this program): tells the length where value and question do not; the answer then has
                  "gcp": {"length", "from": "table", "date"}
  --learn         take the length of a key's prefix from a tag or URN of the same key on an earlier line
  --host NAME     host name for a ++ scheme, where the value is no Digital Link of that host
  --xpc           leave room for an XPC in the tag's memory: at most 464 bits instead of 496
${BANK_HELP}
Exit 0: every value was understood; 1: at least one was refused.

Example:
  echo 3066C4409047E140075BCD15 | tagtrail epc --json
`;

type Asked = Question | { value: string; broken: string };

/** The question in one line: a bare value, or a JSON object. */
function questionOf(line: string, defaults: Omit<Question, 'value'>): Asked {
  if (!line.startsWith('{')) return { ...defaults, value: line };
  const broken = (why: string) => ({ value: line.slice(0, ECHO_CHARS), broken: why });
  let asked: unknown;
  try {
    asked = JSON.parse(line);
  } catch {
    return broken('The line starts with { but is not JSON.');
  }
  const { value, gcpLength, encode, filter, host, xpc } = asked as Record<string, unknown>;
  if (typeof value !== 'string') return broken('The question has no "value" of type string.');
  const isNumber = (v: unknown) => v === undefined || typeof v === 'number';
  const isText = (v: unknown) => v === undefined || typeof v === 'string';
  const isFlag = (v: unknown) => v === undefined || typeof v === 'boolean';
  if (!isNumber(gcpLength) || !isNumber(filter) || !isText(encode) || !isText(host) || !isFlag(xpc))
    return { value, broken: 'gcpLength and filter are numbers, encode and host strings, xpc is true or false.' };
  return { ...defaults, ...(asked as Question) };
}

/** One answer as a line of JSON. */
function jsonLine(asked: Asked, knowledge?: GcpKnowledge): { text: string; ok: boolean } {
  const { value } = asked;
  if ('broken' in asked) return { text: refusalLine(value, { code: 'QUESTION', message: asked.broken }), ok: false };
  const given = answer(asked, knowledge);
  if (given.ok) {
    const { forms, gcp } = given;
    const told = JSON.stringify(gcp ? { ...forms, gcp } : forms).slice(1);
    return { text: `{"value":${JSON.stringify(value)},"ok":true,${told}`, ok: true };
  }
  const { raw, ...error } = given.refusal;
  return { text: refusalLine(value, error, raw), ok: false };
}

const refusalLine = (value: string, error: { code: string; message: string }, raw?: string): string =>
  JSON.stringify({ value, ok: false, error, ...(raw !== undefined && { raw }) });

const LABELS: [name: Exclude<keyof Extract<Answer, { ok: true }>['forms'], 'aidc'>, label: string][] = [
  ['scheme', 'scheme'],
  ['filter', 'filter'],
  ['hex', 'EPC bits'],
  ['tagUri', 'tag URI'],
  ['pureIdentity', 'EPC URI'],
  ['elementString', 'element string'],
  ['digitalLink', 'Digital Link'],
];

/** One answer for people: the value, then a form a line. */
function readable(asked: Asked, knowledge?: GcpKnowledge): { text: string; ok: boolean } {
  const refused = (code: string, message: string) => ({
    text: `${asked.value}\n  refused: ${message} (${code})\n`,
    ok: false,
  });
  if ('broken' in asked) return refused('QUESTION', asked.broken);
  const given = answer(asked, knowledge);
  if (!given.ok) return refused(given.refusal.code, given.refusal.message);
  const lines = LABELS.filter(([name]) => given.forms[name] !== undefined).map(
    ([name, label]) => `  ${label.padEnd(16)}${given.forms[name]}`,
  );
  for (const [ai, data] of given.forms.aidc ?? []) lines.push(`  ${`data (${ai})`.padEnd(16)}${data}`);
  const { gcp } = given;
  if (gcp)
    lines.push(
      `  company prefix  ${gcp.length} digits (${gcp.from}${gcp.date === undefined ? '' : ` of ${gcp.date}`})`,
    );
  return { text: [asked.value, ...lines, ''].join('\n'), ok: true };
}

/** What is known of company prefixes beside the questions; undefined where nobody asks for it. */
function knowledgeOf(path: string | undefined, learns: boolean): GcpKnowledge | undefined {
  if (path === undefined) return learns ? gcpKnowledge({ learns }) : undefined;
  try {
    return gcpKnowledge({ table: parseGcpTable(readFileSync(path, 'utf8')), learns });
  } catch (error) {
    throw new UsageError(`${path}: ${messageOf(error)}`);
  }
}

async function run(args: string[], io: Io): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      json: { type: 'boolean' },
      encode: { type: 'string' },
      filter: { type: 'string' },
      'gcp-length': { type: 'string' },
      host: { type: 'string' },
      xpc: { type: 'boolean' },
      'gcp-table': { type: 'string' },
      learn: { type: 'boolean' },
      ...BANK_OPTIONS,
    },
  });
  const defaults: Omit<Question, 'value'> = {
    ...(values.encode !== undefined && { encode: values.encode }),
    ...(values.filter !== undefined && { filter: wholeNumber('--filter', values.filter) }),
    ...(values.host !== undefined && { host: values.host }),
    ...(values.xpc !== undefined && { xpc: values.xpc }),
    ...(values['gcp-length'] !== undefined && { gcpLength: wholeNumber('--gcp-length', values['gcp-length']) }),
  };
  const form = values.json ? jsonLine : readable;
  const knowledge = knowledgeOf(values['gcp-table'], values.learn ?? false);
  let out = '';
  let allOk = true;
  const askBank = bankAsker(values, defaults);
  const tell = ({ text, ok }: Told) => {
    out += `${text}\n`;
    allOk &&= ok;
  };
  const flush = async () => {
    const text = out;
    out = '';
    if (text !== '' && !io.stdout.write(text)) await once(io.stdout, 'drain');
  };
  for (const value of positionals) if (value !== '-') tell(askBank(value) ?? form({ ...defaults, value }, knowledge));
  if (positionals.length === 0 || positionals.includes('-')) {
    for await (const lines of linesOf(io.stdin)) {
      for (const { line, isLong } of lines) {
        const tooLong = `A line has at most ${LINE_CHARS_MAX} characters.`;
        const tooLongLine = () => form({ value: line.slice(0, ECHO_CHARS), broken: tooLong }, knowledge);
        tell(isLong ? tooLongLine() : (askBank(line) ?? form(questionOf(line, defaults), knowledge)));
        if (out.length > OUTPUT_CHARS) await flush();
      }
      await flush();
    }
  }
  await flush();
  return allOk ? 0 : 1;
}

function wholeNumber(option: string, text: string): number {
  if (!/^\d{1,3}$/.test(text)) throw new UsageError(`${option} takes a number, not "${text}"`);
  return Number(text);
}

export const command: Command = {
  summary: 'every form of GS1 identifiers: EPC bits, URIs, element strings, Digital Links',
  help,
  run,
};
