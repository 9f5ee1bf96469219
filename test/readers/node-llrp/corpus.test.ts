import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  createColumns,
  decode,
  encode,
  FrameSplitter,
  headerOf,
  type Message,
  readReport,
  RO_ACCESS_REPORT,
} from 'node-llrp';
import { describe, expect, test } from 'vitest';
import { compare } from './report-row.ts';

const corpus = new URL('../../../../shared/corpus/llrp/', import.meta.url);
const there = existsSync(fileURLToPath(new URL('manifest.json', corpus)));

interface Manifest {
  frames: { name: string; files: string[] }[];
}
const load = (file: string): Buffer => readFileSync(new URL(file, corpus));
const manifest = there
  ? (JSON.parse(String(load('manifest.json'))) as Manifest)
  : { frames: [{ name: 'corpus', files: [] }] };

describe.skipIf(!there)('recorded sessions', () => {
  test.each(manifest.frames)('$name: every frame comes back byte for byte, and the columns agree', ({ files }) => {
    const columns = createColumns();
    let tags = 0;
    let rows = 0;
    for (const file of files) {
      for (const frame of new FrameSplitter().push(load(file))) {
        const message = JSON.parse(JSON.stringify(decode(frame))) as Message;
        expect(Buffer.from(encode(message)).equals(frame)).toBe(true);
        if (headerOf(frame).type !== RO_ACCESS_REPORT) continue;
        compare(frame, columns);
        rows += readReport(frame, columns); // the live form reads the same
        tags += (message.parameters ?? []).filter((one) => one.parameter === 'TagReportData').length;
      }
    }
    expect(rows).toBe(tags);
  });
});
