import { parseArgs } from 'node:util';
import { snapshotConfiguration } from 'node-llrp';
import type { Io } from '../command.ts';
import { LINK_OPTIONS, withReader } from './link.ts';

/** `tagtrail reader save`: one JSON object, for `tagtrail reader set restore`. */
export async function save(args: string[], io: Io): Promise<number> {
  const { values } = parseArgs({ args, options: LINK_OPTIONS });
  const snapshot = await withReader(values, {}, snapshotConfiguration);
  io.stdout.write(`${JSON.stringify(snapshot, null, values.json ? 0 : 2)}\n`);
  return 0;
}
