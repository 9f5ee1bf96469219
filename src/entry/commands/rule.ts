import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { AppError } from '../../error.ts';
import { readUscc } from '../../gs1/index.ts';
import { answerRecallClock } from '../../rules/index.ts';
import { type Command, type Io, UsageError } from '../command.ts';
import { LINE_CHARS_MAX, linesOf } from '../lines.ts';

/** Characters of a broken question that its refusal repeats. */
const ECHO_CHARS = 200;

/** A rule: a question, already JSON, to an answer. Throws UsageError or AppError for a question that is none of its own. */
type Rule = (question: Record<string, unknown>) => object;

/** Every rule by its name. Pure: no server, no clock. */
const RULES: Record<string, { says: string; rule: Rule }> = {
  uscc: {
    says: 'unified social credit code: {"code"} to {"code", "valid", "faults", "authority", "category", …}',
    rule: ({ code }) => {
      if (typeof code !== 'string') throw new UsageError('the question has no "code" of type string');
      return readUscc(code);
    },
  },
  'recall-clock': {
    says: 'deadlines of a recall: {"jurisdiction", "class", "known" | "decision" | "notice" …} to {"startDue", "deadlines", …}',
    rule: answerRecallClock,
  },
};

const NAME_WIDTH = Math.max(...Object.keys(RULES).map((name) => name.length)) + 2;

const help = `
tagtrail rule NAME [--json]

Answers questions about one rule, without a server: one question a line of JSON on standard input, one answer a line.

${Object.entries(RULES)
  .map(([name, { says }]) => `  ${name.padEnd(NAME_WIDTH)}${says}`)
  .join('\n')}

recall-clock counts Monday to Friday as working days; with "calendar": "jurisdiction" it knows holidays and shifted working
days, and says of which years it does not. "zone" is where days end, "now" the moment of the states.

A question that cannot be understood is answered {"question", "error"} in its place. Exit 0: every question was answered;
1: at least one was not.

Example:
  echo '{"code": "91350100M000100Y43"}' | tagtrail rule uscc --json
`;

function answerTo(rule: Rule, line: string, isLong: boolean): { answer: object; ok: boolean } {
  const refused = (error: string) => ({ answer: { question: line.slice(0, ECHO_CHARS), error }, ok: false });
  if (isLong) return refused(`a question has at most ${LINE_CHARS_MAX} characters`);
  let question: unknown;
  try {
    question = JSON.parse(line);
  } catch {
    return refused('the question is not JSON');
  }
  if (typeof question !== 'object' || question === null || Array.isArray(question))
    return refused('the question is no JSON object');
  try {
    return { answer: rule(question as Record<string, unknown>), ok: true };
  } catch (error) {
    if (error instanceof UsageError || error instanceof AppError) return refused(error.message);
    throw error;
  }
}

async function run(args: string[], io: Io): Promise<number> {
  const { positionals } = parseArgs({ args, allowPositionals: true, options: { json: { type: 'boolean' } } });
  const [name, ...rest] = positionals;
  const named = name !== undefined && Object.hasOwn(RULES, name) ? RULES[name] : undefined;
  if (!named || rest.length > 0) throw new UsageError(`NAME is one of ${Object.keys(RULES).join(', ')}`);
  let allOk = true;
  for await (const lines of linesOf(io.stdin)) {
    let out = '';
    for (const { line, isLong } of lines) {
      if (line.trim() === '') continue;
      const { answer, ok } = answerTo(named.rule, line, isLong);
      out += `${JSON.stringify(answer)}\n`;
      allOk &&= ok;
    }
    if (out !== '' && !io.stdout.write(out)) await once(io.stdout, 'drain');
  }
  return allOk ? 0 : 1;
}

export const command: Command = { summary: "one regulator's rule asked without a server", help, run };
