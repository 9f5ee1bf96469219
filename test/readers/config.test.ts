import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { configSchema, parseConfig, readConfigFile } from '../../readers/config.ts';
import { AppError } from '../../src/error.ts';

const reader = { name: 'dock-1', host: '10.0.0.5', readPoint: 'urn:epc:id:sgln:0614141.00777.0' };
const base = { readers: [reader], capture: { url: 'http://127.0.0.1:8080/epcis/capture' }, spool: '/var/spool' };
const withReader = (more: object) => ({ ...base, readers: [{ ...reader, ...more }] });

describe('the configuration', () => {
  it('has the defaults of the specification', () => {
    expect(parseConfig(base)).toEqual({
      readers: [
        {
          ...reader,
          port: 5084,
          tls: false,
          keepaliveMs: 10_000,
          version: 'auto',
          antennas: {},
          events: {},
          rospec: { session: 1, start: 'immediate', n: 1 },
          deleteForeignSpecs: false,
          stopOnExit: false,
          maxClockOffsetMs: 1000,
          filter: {
            mode: 'arrivals', minReads: 1, windowMs: 1000, minRssi: undefined, departAfterMs: 30_000,
            include: [], exclude: [], unknownEpc: 'raw', moveThresholdDb: 6, moveHoldoffMs: 500, passageGapMs: 2000,
            gpiDebounceMs: 0,
            countEveryMs: 3_600_000,
            directionMarginMs: 150, strayDb: 6, details: [],
          }, // prettier-ignore
        },
      ],
      inputs: [],
      capture: { batch: 500, flushMs: 200, epcs: 'urn' },
      endpoints: [{ name: 'capture', targets: [{ url: base.capture.url }], batch: 500 }],
      listen: undefined,
      spool: '/var/spool',
      spoolMaxBytes: 4 * 1024 ** 3,
    });
    expect(parseConfig(withReader({ tls: true })).readers[0]?.port).toBe(5085);
  });

  it("lays a reader's filter over the common one", () => {
    const parsed = parseConfig({
      ...withReader({ filter: { minReads: 2 } }),
      filter: { minReads: 3, departAfterMs: 5 },
    });
    expect(parsed.readers[0]?.filter).toMatchObject({ minReads: 2, departAfterMs: 5 });
  });

  it.each([
    [{ ...base, sppol: 1 }, 'unknown option "sppol"'],
    [withReader({ keepAliveMs: 5 }), 'unknown option "readers[0].keepAliveMs"'],
    [withReader({ antennas: { 1: { rssi: 5 } } }), 'unknown option "readers[0].antennas.1.rssi"'],
    [{ ...base, filter: { mode: 'cycle' } }, 'readers[0].filter: mode "cycle" needs the option "cycle"'],
    [
      {
        ...base,
        readers: [
          { ...reader, antennas: { 1: { zone: 'z' } } },
          { ...reader, name: 'dock-2', readPoint: 'urn:x:other', antennas: { 1: { zone: 'z' } } },
        ],
      },
      'readers[1]: zone "z" is shared with other antennas',
    ],
    [withReader({ rospec: { hopTable: 1 } }), 'readers[0].rospec: a hop table or channel is set together with a power'],
    [withReader({ filter: { aggregate: 'ADD' } }), 'readers[0].filter: "aggregate" is of no use in mode "arrivals"'],
    [
      withReader({ filter: { mode: 'cycle', cycle: { reports: [{ set: 'CURRENT' }] } } }),
      'readers[0].filter.cycle: a cycle needs an end: "durationMs", "stop" or "stableMs"',
    ],
    [
      withReader({
        filter: {
          mode: 'cycle',
          cycle: {
            periodMs: 5, durationMs: 5, start: { gpi: 1, edge: 'rising' }, reports: [{ set: 'CURRENT' }],
          }, // prettier-ignore
        },
      }),
      'readers[0].filter.cycle: a cycle starts by "periodMs" or by a "start" trigger, not by both',
    ],
    [
      withReader({
        filter: { mode: 'cycle', cycle: { durationMs: 5, reports: [{ set: 'CURRENT', groups: ['sgtin'] }] } },
      }),
      'filter pattern "sgtin"',
    ],
    [{ ...base, filter: { mode: 'fast' } }, 'filter.mode: '],
    [{ ...base, filter: { window: { open: 1 } } }, 'filter.window.open: '],
    [withReader({ port: 70_000 }), 'readers[0].port: '],
    [{ ...base, readers: [] }, 'readers: '],
    [{ ...base, readers: [reader, reader] }, 'readers: two are named "dock-1"'],
    [{ ...base, capture: { url: 'ftp://x/' } }, 'capture.url: an http or https URL'],
    [{ ...base, capture: { url: 'http://u:p@x/' } }, 'capture.url: put the key into capture.key'],
    [{ ...base, spool: undefined }, 'spool: '],
    [[], 'file: '],
  ])('refuses %j by name', (value, message) => {
    expect(() => parseConfig(value)).toThrow(AppError);
    expect(() => parseConfig(value)).toThrow(message);
  });

  it('reads a file, relative paths from its directory, and names the file in what is wrong', () => {
    const directory = mkdtempSync(join(tmpdir(), 'config-'));
    const file = join(directory, 'collect.json');
    writeFileSync(file, JSON.stringify({ ...base, spool: 'spool' }));
    expect(readConfigFile(file).spool).toBe(join(directory, 'spool'));
    writeFileSync(file, '{"readers": ');
    expect(() => readConfigFile(file)).toThrow(`${file}: line 1, column 13: the text ends too early`);
    expect(() => readConfigFile(join(directory, 'none.json'))).toThrow(/none\.json: ENOENT/);
    rmSync(directory, { recursive: true });
  });

  it.each([
    ['{\n  "readers": [\n    {"name": "a", "hots": 1}\n  ]\n}', 'line 3, column 19: unknown option "readers[0].hots"'],
    ['{\n  "readers": [\n    {"name": "a", "hots": 1}\n  ]\n}', 'line 3, column 5: readers[0].readPoint: '],
    ['{"readers": [],\n "spool": 7}', 'line 2, column 11: spool: '],
    ['{"spool": "a",\n\t"spool": "b"}', 'line 2, column 2: "spool" stands here twice'],
    ['{"spool": tru}', 'line 1, column 11: a JSON value is expected'],
    ['{"spool": "a"\n "b": 1}', 'line 2, column 2: "," or "}" is expected'],
    ['[1 2]', 'line 1, column 4: "," or "]" is expected'],
    ['{"a\tb": 1}', 'line 1, column 2: a text with a character that needs an escape'],
    ['{"a": "b\\x"}', 'line 1, column 7: a text with a character that needs an escape'],
    ['{"a": "b', 'line 1, column 7: a JSON value is expected'],
    ['{} {}', 'line 1, column 4: nothing may follow the value'],
    ['{a: 1}', 'line 1, column 2: a name in double quotes is expected'],
    ['['.repeat(70), 'column 66: nested deeper than 64'],
  ])('points at line and column in %j', (text, message) => {
    const directory = mkdtempSync(join(tmpdir(), 'config-'));
    const file = join(directory, 'collect.json');
    writeFileSync(file, text);
    expect(() => readConfigFile(file)).toThrow(message);
    rmSync(directory, { recursive: true });
  });

  it('has one queue for a failover list, and one an endpoint where all take everything', () => {
    const endpoints = [
      { name: 'own', url: 'http://a/', key: 'k1' },
      { url: 'http://b/', maxEventsPerSecond: 50 },
    ];
    const of = (mode: string) => parseConfig({ ...base, capture: { mode, endpoints, epcs: 'link' } });
    expect(of('failover').endpoints).toEqual([
      { name: 'capture', targets: [{ url: 'http://a/', key: 'k1' }, { url: 'http://b/' }], batch: 500 },
    ]);
    expect(of('all').endpoints).toEqual([
      { name: 'own', targets: [{ url: 'http://a/', key: 'k1' }], batch: 500 },
      { name: 'http://b/', targets: [{ url: 'http://b/' }], batch: 500, maxEventsPerSecond: 50 },
    ]);
    expect(of('all').capture).toMatchObject({ epcs: 'link', flushMs: 200 });
    expect(() =>
      parseConfig({ ...base, capture: { mode: 'all', endpoints: [{ url: 'http://a/', kye: 'k' }] } }),
    ).toThrow('unknown option "capture.endpoints[0].kye"');
    expect(() => parseConfig({ ...base, capture: { mode: 'all', endpoints: [endpoints[1], endpoints[1]] } })).toThrow(
      'capture.endpoints[1]: two are named "http://b/"',
    );
  });

  it('is described by the JSON schema that is shipped', () => {
    const shipped: unknown = JSON.parse(
      readFileSync(join(import.meta.dirname, '../../docs/collect.schema.json'), 'utf8'),
    );
    expect(shipped).toEqual(JSON.parse(JSON.stringify(configSchema())));
  });
});
