import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Spool } from '../../readers/spool.ts';
import type { MadeEvent } from '../../readers/to-event.ts';

const MEBIBYTE = 1024 * 1024;
let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'spool-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const event = (n: number, bytes = 100): MadeEvent => ({
  eventId: `urn:x:${n}`,
  madeMs: 1000 + n,
  body: JSON.stringify({ n, pad: 'x'.repeat(bytes) }),
});
const commit = (spool: Spool, events: MadeEvent[]) => spool.commit({ events, pages: [], listening: new Map() });

/** Another process that commits an event and holds the spool. */
async function holder(): Promise<ChildProcess> {
  const script = `
    import { Spool } from ${JSON.stringify(join(import.meta.dirname, '../../readers/spool.ts'))};
    const spool = new Spool(${JSON.stringify(directory)}, 2 ** 30);
    spool.commit({ events: [{ eventId: 'urn:x:child', madeMs: 1, body: '{}' }], pages: [], listening: new Map() });
    console.log('held');
    setInterval(() => globalThis.gc(), 20);`;
  const child = spawn(process.execPath, ['--expose-gc', '--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await new Promise<void>((resolve) => child.stdout?.once('data', () => resolve()));
  return child;
}
const killed = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGKILL');
  });

describe('the spool', () => {
  it('gives events back in order, after a restart too, until they are taken out', () => {
    let spool = new Spool(directory, MEBIBYTE);
    expect(commit(spool, [event(1), event(2), event(3)])).toEqual({ ok: true });
    spool.close();
    spool = new Spool(directory, MEBIBYTE);
    expect(spool.backlog).toBe(3);
    const [first, second] = spool.oldest(0, 2, MEBIBYTE);
    expect([first?.body, second?.body]).toEqual([event(1).body, event(2).body]);
    spool.removeThrough(second!.sequence);
    expect(spool.oldest(0, 10, MEBIBYTE).map((e) => e.eventId)).toEqual(['urn:x:3']);
    expect(spool.backlog).toBe(1);
    spool.close();
  });

  it('commits with full sync in WAL mode', () => {
    const spool = new Spool(directory, MEBIBYTE);
    commit(spool, [event(1)]);
    // The WAL holds the commit before any checkpoint; its magic number shows that it is one.
    expect(readFileSync(join(directory, 'spool.db-wal')).readUInt32BE(0) >>> 1).toBe(0x377f0682 >>> 1);
    spool.close();
  });

  it('limits a batch by bytes, but always gives one event', () => {
    const spool = new Spool(directory, MEBIBYTE);
    commit(spool, [event(1, 5000), event(2, 5000), event(3, 10)]);
    expect(spool.oldest(0, 10, 6000)).toHaveLength(1);
    expect(spool.oldest(0, 10, 10_040)).toHaveLength(2);
    expect(spool.oldest(0, 10, 1)).toHaveLength(1);
    spool.close();
  });

  it('does not take the same event twice', () => {
    const spool = new Spool(directory, MEBIBYTE);
    commit(spool, [event(1)]);
    commit(spool, [event(1), event(2)]);
    expect(spool.backlog).toBe(2);
    spool.close();
  });

  it('keeps a refused event as a dead letter, with the reason', () => {
    const spool = new Spool(directory, MEBIBYTE);
    commit(spool, [event(1), event(2)]);
    expect(spool.bury(spool.oldest(0, 1, 1)[0]!, 422, 'no such place', 5).ok).toBe(true);
    expect(spool.deadLetterList(10)).toMatchObject([{ eventId: 'urn:x:1', status: 422, reason: 'no such place' }]);
    expect([spool.backlog, spool.deadLetters]).toEqual([1, 1]);
    spool.close();
  });

  it('says that it is full instead of dropping, and has room again when emptied', () => {
    const spool = new Spool(directory, 256 * 1024);
    let n = 0;
    let outcome = commit(spool, [event(n++, 4000)]);
    while (outcome.ok && n < 1000) outcome = commit(spool, [event(n++, 4000)]);
    expect(outcome).toMatchObject({ ok: false, full: true });
    expect(spool.full).toBe(true);
    expect(spool.backlog).toBe(n - 1);
    // A refused event can be moved, and sent ones taken out, on a full spool.
    expect(spool.bury(spool.oldest(0, 1, 1)[0]!, 400, 'bad', 1).ok).toBe(true);
    expect(spool.removeThrough(n - 10).ok).toBe(true);
    expect(spool.hasRoom).toBe(true);
    expect(commit(spool, [event(n, 4000)]).ok).toBe(true);
    spool.close();
  });

  it('refuses a second process and names the first; kill -9 leaves no stale lock and loses no commit', async () => {
    const child = await holder();
    try {
      await new Promise((resolve) => setTimeout(resolve, 100)); // the garbage collector runs there meanwhile
      expect(() => new Spool(directory, MEBIBYTE)).toThrow(`is in use by process ${child.pid} on `);
    } finally {
      await killed(child);
    }
    const spool = new Spool(directory, MEBIBYTE);
    expect(spool.oldest(0, 10, MEBIBYTE).map((e) => e.eventId)).toEqual(['urn:x:child']);
    expect(() => new Spool(directory, MEBIBYTE)).toThrow(`is in use by process ${process.pid} on `);
    spool.close();
  });

  it.each([
    ['rubbish behind the last commit', (wal: Buffer) => Buffer.concat([wal, Buffer.alloc(5000, 0xa5)]), 2],
    ['half a frame of the last commit', (wal: Buffer) => wal.subarray(0, wal.length - 2000), 1],
    ['a flipped byte in the last commit', (wal: Buffer) => wal.fill(0xff, wal.length - 100), 1],
  ])('opens after a torn write: %s', (_name, damage, kept) => {
    const other = mkdtempSync(join(tmpdir(), 'spool-torn-'));
    const spool = new Spool(directory, MEBIBYTE);
    commit(spool, [event(1)]);
    commit(spool, [event(2)]);
    // What a power cut would leave: both files as they are, while the process still runs.
    writeFileSync(join(other, 'spool.db'), readFileSync(join(directory, 'spool.db')));
    writeFileSync(join(other, 'spool.db-wal'), damage(readFileSync(join(directory, 'spool.db-wal'))));
    spool.close();
    const after = new Spool(other, MEBIBYTE);
    expect(after.oldest(0, 10, MEBIBYTE).map((e) => e.eventId)).toEqual(['urn:x:1', 'urn:x:2'].slice(0, kept));
    expect(commit(after, [event(3)]).ok).toBe(true);
    after.close();
    rmSync(other, { recursive: true });
  });

  it('names a spool that is none', () => {
    writeFileSync(join(directory, 'spool.db'), 'this is no database at all, but long enough to look at'.repeat(50));
    expect(() => new Spool(directory, MEBIBYTE)).toThrow(/spool .*spool\.db: file is not a database/);
    writeFileSync(join(directory, 'x'), '');
    expect(() => new Spool(join(directory, 'x'), MEBIBYTE)).toThrow(/^spool .*\/x: EEXIST/);
  });

  it('keeps a position for each endpoint, over restarts, and lets go what all have', () => {
    let spool = new Spool(directory, MEBIBYTE, ['a', 'b']);
    commit(spool, [event(1), event(2), event(3)]);
    const [first, second] = spool.oldest(0, 2, MEBIBYTE);
    spool.removeThrough(second!.sequence, 'a');
    spool.removeThrough(first!.sequence, 'b');
    expect([spool.waiting('a'), spool.waiting('b'), spool.backlog]).toEqual([1, 2, 2]);
    expect(spool.bury(spool.oldest(spool.through('b'), 1, 1)[0]!, 422, 'bad', 1, 'b').ok).toBe(true);
    spool.close();
    spool = new Spool(directory, MEBIBYTE, ['a', 'b']);
    expect([spool.waiting('a'), spool.waiting('b'), spool.backlog, spool.deadLetters]).toEqual([1, 1, 1, 1]);
    spool.setEndpoints(['a', 'b', 'new']);
    expect([spool.waiting('new'), spool.through('new')]).toEqual([1, 0]);
    expect(() => spool.waiting('none')).toThrow('no endpoint "none"');
    spool.removeThrough(spool.oldest(0, 9, 999)[0]!.sequence, 'a');
    expect(spool.setEndpoints(['a'])).toBe(1);
    expect(spool.backlog).toBe(0);
    spool.close();
  });

  it('sends dead letters again behind the others, or drops them', () => {
    const spool = new Spool(directory, MEBIBYTE);
    commit(spool, [event(1), event(2), event(3), event(4)]);
    for (const dead of spool.oldest(0, 3, MEBIBYTE)) spool.bury(dead, 422, 'bad', 1);
    expect(spool.resendDead('urn:x:2')).toBe(1);
    expect(spool.oldest(0, 9, MEBIBYTE).map((e) => e.eventId)).toEqual(['urn:x:4', 'urn:x:2']);
    expect([spool.backlog, spool.waiting(), spool.deadLetters]).toEqual([2, 2, 2]);
    expect(spool.dropDead('urn:x:1')).toBe(1);
    expect(spool.resendDead()).toBe(1);
    expect([spool.backlog, spool.deadLetters, spool.dropDead()]).toEqual([3, 0, 0]);
    spool.close();
  });

  it('keeps the latest operations events, in a bounded table', () => {
    const spool = new Spool(directory, MEBIBYTE * 8);
    const note = (n: number) => ({ atMs: n, kind: 'gap', reader: 'dock-1', detail: { n } });
    expect(spool.note(Array.from({ length: 10_050 }, (_, n) => note(n))).ok).toBe(true);
    expect(spool.operations(2)).toEqual([note(10_049), note(10_048)]);
    expect(spool.operations(20_000)).toHaveLength(10_000);
    spool.close();
  });

  it('brings a spool of the first version along', () => {
    const database = new DatabaseSync(join(directory, 'spool.db'));
    database.exec(`CREATE TABLE event (sequence INTEGER PRIMARY KEY AUTOINCREMENT, event_id TEXT NOT NULL UNIQUE,
        made_ms INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
      CREATE TABLE dead_letter (sequence INTEGER PRIMARY KEY, event_id TEXT NOT NULL, made_ms INTEGER NOT NULL,
        body TEXT NOT NULL, status INTEGER NOT NULL, reason TEXT NOT NULL, buried_ms INTEGER NOT NULL) STRICT;
      CREATE TABLE place (id INTEGER PRIMARY KEY, reader TEXT NOT NULL, read_point TEXT NOT NULL,
        UNIQUE (reader, read_point)) STRICT;
      CREATE TABLE listening (reader TEXT PRIMARY KEY, state TEXT NOT NULL) STRICT;
      CREATE TABLE presence (page INTEGER PRIMARY KEY, entries BLOB NOT NULL) STRICT;
      PRAGMA user_version = 1;
      INSERT INTO event VALUES (7, 'urn:x:7', 1, '{}');
      INSERT INTO dead_letter VALUES (3, 'urn:x:3', 1, '{}', 422, 'bad', 2);`);
    database.close();
    const spool = new Spool(directory, MEBIBYTE);
    expect([spool.backlog, spool.waiting()]).toEqual([1, 1]);
    expect(spool.deadLetterList(9)).toMatchObject([
      { endpoint: 'capture', eventId: 'urn:x:3', status: 422, reason: 'bad' },
    ]);
    spool.close();
  });
});
