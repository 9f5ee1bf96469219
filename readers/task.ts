import { readFileSync, statSync } from 'node:fs';
import { z } from 'zod';
import type { Task, Transaction } from './filter/options.ts';

const FILE_BYTES_MAX = 1024 * 1024;
const contents = z.object({
  bizTransactionList: z.array(z.object({ type: z.string().optional(), bizTransaction: z.string().min(1) })).max(100),
});

/**
 * The business transactions of a gate's open task: fixed ones, or those in a file that another program writes. The
 * file is read again when it has changed; while it is not there, there is no task. One that cannot be read leaves
 * what was read before, and is told to `onFault`.
 */
export function transactionsOf(task: Task | undefined, onFault: (message: string) => void): () => Transaction[] {
  const fixed = task?.bizTransactionList ?? [];
  const file = task?.file;
  if (file === undefined) return () => fixed;
  let [version, known] = ['', [] as Transaction[]];
  return () => {
    const stat = statSync(file, { throwIfNoEntry: false });
    const now = stat ? `${stat.mtimeMs} ${stat.size} ${stat.ino}` : '';
    if (now === version) return [...fixed, ...known];
    version = now;
    try {
      if (stat && stat.size > FILE_BYTES_MAX) throw new Error(`more than ${FILE_BYTES_MAX} bytes`);
      known = stat ? contents.parse(JSON.parse(readFileSync(file, 'utf8'))).bizTransactionList : [];
    } catch (error) {
      onFault(`${file}: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`);
    }
    return [...fixed, ...known];
  };
}
