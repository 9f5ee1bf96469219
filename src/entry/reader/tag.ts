import { parseArgs } from 'node:util';
import {
  type Bank,
  EVERY_TAG,
  type LockField,
  operate,
  type Operation,
  type TagAccess,
  type TagPattern,
  tagsWithEpc,
} from 'node-llrp';
import { type Io, UsageError } from '../command.ts';
import { decimal, LINK_OPTIONS, whole, withReader } from './link.ts';

const BANKS: readonly Bank[] = ['reserved', 'epc', 'tid', 'user'];
const LOCKS: Readonly<Record<string, LockField>> = {
  kill: 'Kill_Password',
  access: 'Access_Password',
  epc: 'EPC_Memory',
  tid: 'TID_Memory',
  user: 'User_Memory',
};
const WORD_MAX = 65_535;
const SECONDS_MAX = 3_600;

const OPTIONS = {
  ...LINK_OPTIONS,
  epc: { type: 'string' },
  all: { type: 'boolean', default: false },
  bank: { type: 'string', default: 'user' },
  word: { type: 'string', default: '0' },
  words: { type: 'string', default: '1' },
  data: { type: 'string' },
  lock: { type: 'string', default: 'user' },
  permanent: { type: 'boolean', default: false },
  password: { type: 'string', default: '0' },
  seconds: { type: 'string', default: '5' },
  yes: { type: 'boolean', default: false },
} as const;
type Values = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values'];

function bankOf({ bank }: Values): Bank {
  const found = BANKS.find((one) => one === bank);
  if (found === undefined) throw new UsageError(`--bank is one of ${BANKS.join(', ')}, not "${bank}"`);
  return found;
}

function passwordOf({ password }: Values): number {
  if (!/^[0-9a-f]{1,8}$/i.test(password)) throw new UsageError('--password is up to 8 hexadecimal digits');
  return Number.parseInt(password, 16);
}

function dataOf({ data = '' }: Values): number[] {
  if (!/^([0-9a-f]{4})+$/i.test(data)) throw new UsageError('--data is whole words: hexadecimal digits by fours');
  return (data.match(/.{4}/g) ?? []).map((word) => Number.parseInt(word, 16));
}

const area = (values: Values): { bank: Bank; word: number; words: number; password: number } => ({
  bank: bankOf(values),
  word: whole(values.word, '--word', 0, WORD_MAX),
  words: whole(values.words, '--words', 1, WORD_MAX),
  password: passwordOf(values),
});

/** Lock and unlock: for ever with --permanent. */
function locking(
  values: Values,
  privileges: readonly ['Read_Write' | 'Unlock', 'Perma_Lock' | 'Perma_Unlock'],
): Operation {
  const locks = values.lock.split(',').map((name) => {
    const field = Object.hasOwn(LOCKS, name) ? LOCKS[name] : undefined;
    if (!field) throw new UsageError(`--lock takes ${Object.keys(LOCKS).join(', ')}, not "${name}"`);
    return { field, privilege: privileges[values.permanent ? 1 : 0] };
  });
  return { op: 'lock', locks, password: passwordOf(values) };
}

const OPERATIONS: Record<string, (values: Values) => Operation> = {
  read: (values) => ({ op: 'read', ...area(values) }),
  write: (values) => {
    const { bank, word, password } = area(values);
    return { op: 'write', bank, word, data: dataOf(values), password };
  },
  erase: (values) => ({ op: 'blockErase', ...area(values) }),
  lock: (values) => locking(values, ['Read_Write', 'Perma_Lock']),
  unlock: (values) => locking(values, ['Unlock', 'Perma_Unlock']),
  kill: (values) => ({ op: 'kill', password: passwordOf(values) }),
};

/** The tags that are meant; whether HEX is hexadecimal is known before anything is dialled. */
function targetOf({ epc }: Values): TagPattern {
  if (epc === undefined) return EVERY_TAG;
  if (!/^([0-9a-f]{2})+$/i.test(epc)) throw new UsageError(`--epc is hexadecimal, by twos, not "${epc}"`);
  return tagsWithEpc(epc);
}

/** A line a tag: what was read, or the fault by its name. */
function told({ epc, results }: TagAccess, json: boolean): string {
  const { result = 'no answer', words, wordsWritten } = results.get(1) ?? {};
  const data = result === 'Success' ? words?.map((word) => word.toString(16).padStart(4, '0')).join('') : undefined;
  if (json) return JSON.stringify({ epc, result, data, wordsWritten });
  return `${epc}  ${data ?? result}`;
}

/** `tagtrail reader tag`. */
export async function tag(args: string[], io: Io): Promise<number> {
  const { values, positionals } = parseArgs({ args, allowPositionals: true, options: OPTIONS });
  const [name = '', ...rest] = positionals;
  const made = Object.hasOwn(OPERATIONS, name) && rest.length === 0 ? OPERATIONS[name] : undefined;
  if (!made)
    throw new UsageError(`tagtrail reader tag ${Object.keys(OPERATIONS).join('|')}, not "${positionals.join(' ')}"`);
  const changes = name !== 'read';
  if (values.epc === undefined && (changes || !values.all))
    throw new UsageError(`--epc is missing: which tag?${changes ? '' : ' Or --all'}`);
  const [operation, target] = [made(values), targetOf(values)];
  if (operation.op === 'kill' && operation.password === 0)
    throw new UsageError('a tag is killed by its kill password, which is not 0: --password HEX');
  if (changes && !values.yes) throw new UsageError(`this changes the tag (${name}); say --yes if that is meant`);
  const seconds = decimal(values.seconds, '--seconds');
  if (seconds <= 0 || seconds > SECONDS_MAX) throw new UsageError(`--seconds is above 0, up to ${SECONDS_MAX}`);
  const found = await withReader(values, {}, (client) =>
    operate(client, {
      target,
      operations: [operation],
      changesTags: changes,
      waitMs: Math.round(seconds * 1000),
      ...(values.all ? {} : { tags: 1 }),
    }),
  );
  for (const one of found) io.stdout.write(`${told(one, values.json)}\n`);
  if (found.length === 0) io.stderr.write('no such tag answered\n');
  return found.length > 0 && found.every((one) => one.results.get(1)?.result === 'Success') ? 0 : 1;
}
