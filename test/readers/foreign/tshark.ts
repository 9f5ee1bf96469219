// What tshark reads in a capture: messages of LLRP with their fields, and its complaints.
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { SaxesParser } from 'saxes';

const TSHARK = 'tshark';
const OUTPUT_BYTES_MAX = 512 * 1024 * 1024;

/** A field as it is shown: its name in the dissector, the value, and how deep it stands. */
interface Shown {
  name: string;
  show: string;
  depth: number;
}
/** One dissected message. */
export interface Dissected {
  fields: Shown[];
  complaints: string[];
}

/** The version of tshark on this machine; undefined where there is none. */
export function tsharkVersion(): string | undefined {
  try {
    return /\d+\.\d+\.\d+/.exec(execFileSync(TSHARK, ['--version'], { stdio: 'pipe' }).toString())?.[0];
  } catch {
    return undefined;
  }
}

/** Everything that tshark says of LLRP in a capture file, message by message. */
export async function dissect(pcap: Buffer): Promise<Dissected[]> {
  const directory = mkdtempSync(join(tmpdir(), 'dissect-'));
  try {
    const file = join(directory, 'llrp.pcap');
    writeFileSync(file, pcap);
    const { stdout } = await promisify(execFile)(TSHARK, ['-r', file, '-Y', 'llrp', '-T', 'pdml'], {
      maxBuffer: OUTPUT_BYTES_MAX,
    });
    return messagesOf(stdout);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function messagesOf(pdml: string): Dissected[] {
  const found: Dissected[] = [];
  let depth = 0;
  let proto = '';
  const parser = new SaxesParser();
  parser.on('opentag', ({ name: tag, attributes }) => {
    depth += 1;
    const { name = '', show = '' } = attributes;
    if (tag === 'proto') {
      proto = name;
      if (name === 'llrp') found.push({ fields: [], complaints: [] });
      if (name === '_ws.malformed') found.at(-1)?.complaints.push('malformed');
    } else if (proto === 'llrp') {
      if (name === '_ws.expert.message') found.at(-1)?.complaints.push(show);
      else found.at(-1)?.fields.push({ name, show, depth });
    }
  });
  parser.on('closetag', () => {
    depth -= 1;
  });
  parser.write(pdml).close();
  return found;
}
