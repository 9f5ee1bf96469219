import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../../readers/config.ts';
import { Dedupe, type Place } from '../../../readers/filter/dedupe.ts';
import { Listening } from '../../../readers/filter/listening.ts';
import { epcKey, PresenceTable } from '../../../readers/filter/presence.ts';
import { identifier } from '../../../readers/to-event.ts';
import { sgtin } from '../stand-in-reader.ts';

const T0 = Date.parse('2026-05-04T10:00:00Z');

/** A place with the filter options of a configuration; times below are in seconds after T0. */
function world(filter: Record<string, unknown> = {}) {
  const place = (id: number, reader: string): Place => {
    const config = parseConfig({
      readers: [{ name: reader, host: 'r', readPoint: 'urn:x:dock', filter }],
      capture: { url: 'http://127.0.0.1/' },
      spool: '/s',
    });
    const listening = new Listening(T0);
    listening.found(T0);
    const [bizLocation, bizStep, disposition] = [undefined, undefined, undefined];
    const { filter: own } = config.readers[0]!;
    return {
      id,
      reader,
      readPoint: 'urn:x:dock',
      bizLocation,
      bizStep,
      disposition,
      siblings: [],
      filter: own,
      listening,
    };
  };
  const [here, next] = [place(1, 'a'), place(2, 'b')];
  here.siblings = [2];
  next.siblings = [1];
  const table = new PresenceTable();
  const dedupe = new Dedupe(table, identifier('urn'));
  const see = (
    second: number,
    more: { at?: Place; serial?: number; rssi?: number; count?: number; hex?: string } = {},
  ) => {
    const { at = here, serial = 1, rssi = -50, count = 1, hex } = more;
    const ms = T0 + second * 1000;
    const key = epcKey(hex === undefined ? sgtin(serial).epc : Buffer.from(hex, 'hex'));
    at.listening.heard(Math.max(ms, at.listening.heardMs));
    const arrival = dedupe.see(at, { key, rssi, count, firstMs: ms, lastMs: ms }, Math.max(ms, at.listening.heardMs));
    return arrival && { uri: arrival.uri, second: (arrival.atMs - T0) / 1000 };
  };
  return { here, next, table, dedupe, see };
}

describe('arrivals', () => {
  it('reports an EPC once while it is read, and again when it was away longer than departAfterMs', () => {
    const { see } = world();
    expect(see(0)).toEqual({ uri: sgtin(1).uri, second: 0 });
    for (const second of [1, 20, 49, 79]) expect(see(second)).toBeUndefined();
    expect(see(109.5)).toEqual({ uri: sgtin(1).uri, second: 109.5 });
    expect(see(110, { serial: 2 })).toEqual({ uri: sgtin(2).uri, second: 110 });
  });

  it('stops the departure clock while nobody listens', () => {
    const { here, see } = world();
    see(0);
    here.listening.heard(T0 + 10_000);
    here.listening.lost();
    here.listening.found(T0 + 600_000);
    expect(see(615)).toBeUndefined(); // 10 s before the gap and 15 s after it
    here.listening.lost();
    here.listening.found(T0 + 700_000);
    expect(see(732)).toEqual({ uri: sgtin(1).uri, second: 732 });
  });

  it('takes a read far older than the last one of its tag for a clock set back: still there', () => {
    const { dedupe, see } = world();
    see(3600);
    expect(see(1)).toBeUndefined();
    expect(see(2)).toBeUndefined();
    expect(dedupe.counts.backward).toBe(2);
    expect(see(3629)).toBeUndefined();
  });

  it('sends an older event for another EPC', () => {
    const { see } = world();
    see(3600);
    expect(see(10, { serial: 2 })).toEqual({ uri: sgtin(2).uri, second: 10 });
  });

  it('counts a tag once at a read point that two readers share, and an earlier passage by itself', () => {
    const { next, see } = world();
    expect(see(600)).toBeDefined();
    expect(see(605, { at: next })).toBeUndefined();
    const late = world();
    late.see(600);
    expect(late.see(0, { at: late.next })).toEqual({ uri: sgtin(1).uri, second: 0 });
    expect(late.see(1, { at: late.next })).toBeUndefined();
  });

  it('asks for minReads within windowMs, and dates the arrival with the first of them', () => {
    const { see } = world({ minReads: 3, windowMs: 1000 });
    expect(see(0)).toBeUndefined();
    expect(see(0.9)).toBeUndefined();
    expect(see(1.5)).toBeUndefined(); // 0 … 1.5 is too long
    expect(see(1.8)).toEqual({ uri: sgtin(1).uri, second: 0.9 });
    expect(see(1.9)).toBeUndefined();
    expect(see(5, { serial: 2, count: 3 })).toEqual({ uri: sgtin(2).uri, second: 5 });
  });

  it('does not let weak reads make a tag present, but lets them keep it', () => {
    const { dedupe, see } = world({ minRssi: -60 });
    expect(see(0, { rssi: -70 })).toBeUndefined();
    expect(dedupe.counts.weak).toBe(1);
    expect(see(1, { rssi: -60 })).toBeDefined();
    expect(see(25, { rssi: -70 })).toBeUndefined();
    expect(see(50, { rssi: -50 })).toBeUndefined();
  });

  it('keeps out what the lists and unknownEpc keep out, and counts it', () => {
    const { dedupe, see } = world({
      include: ['urn:epc:pat:sgtin-96:*.0614141.[100000-199999].*', 'e2'],
      exclude: ['urn:epc:pat:sgtin-96:*.*.*.2'],
      unknownEpc: 'drop',
    });
    expect(see(0, { serial: 1 })).toBeDefined();
    expect(see(0, { serial: 2 })).toBeUndefined();
    expect(see(1, { serial: 2 })).toBeUndefined();
    expect(see(0, { hex: 'e20000000000000000000001' })).toBeUndefined(); // included, but of no known scheme
    expect(dedupe.counts.ignored).toBe(3);
  });

  it('reports an EPC of no known scheme and one of odd length as raw URIs', () => {
    const { see } = world();
    expect(see(0, { hex: 'e20000000000000000000001' })?.uri).toBe('urn:epc:raw:96.xE20000000000000000000001');
    expect(see(0, { hex: '3014' })?.uri).toBe('urn:epc:raw:16.x3014');
  });

  it('forgets a tag only when its reader was listened to long enough after it', () => {
    const { here, table, dedupe, see } = world();
    const sweep = () => dedupe.sweep(1000, (id) => (id === 1 ? here : undefined));
    see(0);
    here.listening.lost();
    here.listening.found(T0 + 7_200_000);
    sweep();
    expect(table.size).toBe(1);
    here.listening.heard(T0 + 7_200_000 + 16 * 60_000);
    sweep();
    expect(table.size).toBe(0);
  });
});
