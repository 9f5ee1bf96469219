import { parseArgs } from 'node:util';
import { type LlrpClient, type PowerStep, readCapabilities, type ReaderFacts, readerFacts } from 'node-llrp';
import type { Io } from '../command.ts';
import { LINK_OPTIONS, withReader } from './link.ts';

const VERSIONS: Readonly<Record<number, string>> = { 1: '1.0.1', 2: '1.1' };
const yes = (does: boolean): string => (does ? 'yes' : 'no');

function powers(steps: readonly PowerStep[]): string {
  const [first, last] = [steps[0], steps.at(-1)];
  return first && last ? `${first.dbm} to ${last.dbm} dBm in ${steps.length} steps` : 'not told';
}

/** "902.75 to 927.25 MHz, 50 channels". */
function band(frequenciesKhz: readonly number[]): string {
  const megahertz = (khz: number): string => String(khz / 1000);
  const [low, high] = [Math.min(...frequenciesKhz), Math.max(...frequenciesKhz)];
  return frequenciesKhz.length === 0
    ? 'no channels'
    : `${megahertz(low)} to ${megahertz(high)} MHz, ${frequenciesKhz.length} channels`;
}

function channels(facts: ReaderFacts): string {
  if (facts.hopTables.length > 0)
    return facts.hopTables.map(({ id, frequenciesKhz }) => `hop table ${id}: ${band(frequenciesKhz)}`).join('; ');
  return facts.fixedChannelsKhz.length > 0 ? `fixed: ${band(facts.fixedChannelsKhz)}` : 'not told';
}

/** What a person wants to know, a line each. */
function rows(facts: ReaderFacts, version: string): [string, string][] {
  const country = facts.countryCode === 0 ? 'unspecified' : `country ${facts.countryCode}`;
  return [
    ['maker', facts.maker],
    ['model', String(facts.model)],
    ['firmware', facts.firmware],
    ['protocol', `LLRP ${version}`],
    ['antennas', String(facts.antennas)],
    ['inputs, outputs', `${facts.gpis}, ${facts.gpos}`],
    ['clock', facts.utcClock ? 'UTC' : 'uptime only'],
    ['region', `${country}, ${facts.communicationsStandard || 'no standard told'}`],
    ['power', powers(facts.powers)],
    ['frequencies', channels(facts)],
    ['Gen2 modes', facts.modes.join(', ') || 'not told'],
    ['holds reports', yes(facts.holdsReports)],
    ['ROSpecs', `up to ${facts.rospecsMax}`],
    ['AccessSpecs', `up to ${facts.accessSpecsMax}, of ${facts.operationsPerAccessSpecMax} operations`],
    ['block write, erase, permalock', [facts.blockWrite, facts.blockErase, facts.blockPermalock].map(yes).join(', ')],
  ];
}

const factsOf = async (client: LlrpClient): Promise<ReaderFacts> => readerFacts(await readCapabilities(client));

/** `tagtrail reader capabilities`. */
export async function capabilities(args: string[], io: Io): Promise<number> {
  const { values } = parseArgs({ args, options: LINK_OPTIONS });
  const [facts, version] = await withReader(values, {}, async (client) => [
    await factsOf(client),
    VERSIONS[client.version] ?? String(client.version),
  ]);
  if (values.json) {
    io.stdout.write(`${JSON.stringify({ host: values.host, llrp: version, ...facts })}\n`);
    return 0;
  }
  const table = rows(facts, version);
  const width = Math.max(...table.map(([name]) => name.length)) + 2;
  for (const [name, value] of table) io.stdout.write(`${name.padEnd(width)}${value}\n`);
  return 0;
}
