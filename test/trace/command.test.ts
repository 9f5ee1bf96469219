import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UsageError } from '../../src/entry/command.ts';
import { command } from '../../src/entry/commands/trace.ts';

const ITEM = 'urn:epc:id:sgtin:9529999.000001.1';
const LOT = 'urn:epc:class:lgtin:9529999.000001.L1';
const event = {
  type: 'ObjectEvent',
  eventID: 'https://example.com/e1',
  action: 'ADD',
  eventTime: '2030-01-01T00:00:00Z',
  eventTimeZoneOffset: '+00:00',
  epcList: [ITEM],
  ilmd: { 'cbvmda:lotNumber': 'L1' },
};
const document = (...eventList: object[]): string =>
  JSON.stringify({
    '@context': 'https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld',
    type: 'EPCISDocument',
    schemaVersion: '2.0',
    creationDate: '2030-01-01T00:00:00Z',
    epcisBody: { eventList },
  });

let dir: string;
const file = (name: string, text: string): string => {
  writeFileSync(join(dir, name), text);
  return join(dir, name);
};
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'trace-'));
});
afterAll(() => rmSync(dir, { recursive: true }));

async function run(args: string[], stdin = ''): Promise<{ code: number; out: string }> {
  const stdout = new PassThrough();
  const chunks: Buffer[] = [];
  stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  const code = await command.run(args, {
    stdin: Readable.from([Buffer.from(stdin)]),
    stdout,
    stderr: new PassThrough(),
  });
  return { code, out: Buffer.concat(chunks).toString() };
}

describe('tagtrail trace', () => {
  it('answers people in Chinese where they ask for it', async () => {
    const events = file('zh.json', document(event));
    const { out } = await run(['back', ITEM, '--events', events, '--lang', 'zh']);
    expect(out).toContain(`来源：1\n  ${LOT}`);
    expect(out).toMatch(/上游：1\n.*1 步\n/);
    const unknown = await run(['forward', `${ITEM}9`, '--events', events, '--lang', 'zh']);
    expect(unknown.out).toContain('受影响：无');
    expect(unknown.out).toContain(`UNKNOWN_ID ${ITEM}9：没有人提到过这个编号。核对数字；`);
    const where = await run(['where', ITEM, '--events', events, '--lang', 'zh']);
    expect(where.out).toContain('状态：在库');
    await expect(run(['back', ITEM, '--events', events, '--lang', 'fr'])).rejects.toThrow('--lang is en or zh');
  });

  it('answers for people, in full as JSON, and from standard input', async () => {
    const events = file('one.json', document(event));
    expect((await run(['back', '(01)09529999000019(21)1', '--events', events])).out).toContain(`Origins: 1\n  ${LOT}`);
    const full = await run(['back', ITEM, '--events', '-', '--json'], document(event));
    expect(full.code).toBe(0);
    expect(JSON.parse(full.out)).toMatchObject({
      op: 'back',
      origins: [LOT],
      nodes: [{ id: LOT }],
      asOf: '2030-01-01T00:00:00.000Z',
    });
  });

  it('tells people the share of the root, or that it is not known', async () => {
    const quantity = (lot: string, kilograms: number) => ({
      epcClass: `urn:epc:class:lgtin:9529999.000001.${lot}`,
      quantity: kilograms,
      uom: 'KGM',
    });
    const mixed = (n: number, weight: object): object => ({
      type: 'TransformationEvent',
      eventID: `https://example.com/mixed${n}`,
      eventTime: '2030-01-02T00:00:00Z',
      eventTimeZoneOffset: '+00:00',
      inputQuantityList: [quantity('R1', 1), weight],
      outputQuantityList: [quantity(`F${n}`, 3)],
    });
    const events = file(
      'mixed.json',
      document(mixed(1, quantity('R2', 2)), mixed(2, { epcClass: quantity('R2', 2).epcClass })),
    );
    const root = quantity('R1', 1).epcClass;
    const { out } = await run(['forward', root, '--events', events]);
    expect(out).toContain('F1  1 step, mass share 0.3333\n');
    expect(out).toContain('F2  1 step, mass share not known\n');
    const { nodes } = JSON.parse((await run(['forward', root, '--events', events, '--json'])).out) as {
      nodes: { fraction: unknown }[];
    };
    expect(nodes.map(({ fraction }) => fraction)).toEqual([0.333333333333, null]);
  });

  it('answers a batch line by line, as Digital Links too', async () => {
    const events = file('two.json', document(event));
    const batch = file(
      'batch.jsonl',
      [
        { id: 'a', op: 'forward', of: LOT },
        { id: 2, op: 'where', of: 'urn:x:unknown' },
      ]
        .map((q) => JSON.stringify(q))
        .join('\n'),
    );
    const { out } = await run(['--batch', batch, '--events', events, '--epcs', 'dl']);
    expect(
      out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([
      {
        id: 'a',
        op: 'forward',
        of: LOT,
        affected: ['https://id.gs1.org/01/09529999000019/21/1'],
        possible: [],
        gaps: [],
      },
      { id: 2, op: 'where', of: 'urn:x:unknown', location: null, state: null },
    ]);
  });

  it('believes recordTime offline, and answers as of the past', async () => {
    const events = file('late.json', document({ ...event, recordTime: '2030-01-05T00:00:00Z' }));
    const before = await run(['back', ITEM, '--as-of', '2030-01-04T00:00:00Z', '--events', events, '--json']);
    expect(JSON.parse(before.out)).toMatchObject({ origins: [], gaps: [{ code: 'UNKNOWN_ID' }] });
  });

  it.each([
    [['back', 'urn:epc:id:sgtin:9529999.1'], /of is no identifier/],
    [['sideways', ITEM], /op must be one of/],
    [['back', ITEM, '--at', 'noon'], /at must be an ISO 8601 time/],
    [['back', ITEM, '--as-of', '9999-12-31T00:00:00Z'], /asOf must be .*before 9999-12-31/],
    [['back'], /OP and ID/],
  ])('refuses %j', async (args, message) => {
    const events = file('three.json', document(event));
    await expect(run([...args, '--events', events])).rejects.toThrow(message);
    await expect(run([...args, '--events', events])).rejects.toThrow(UsageError);
  });

  it('names file, event and reason of a bad document, and the line of a bad batch', async () => {
    const bad = file(
      'bad.json',
      document(event, { ...event, eventID: 'x:2', epcList: ['urn:epc:id:sgtin:9529999.000001'] }),
    );
    await expect(run(['back', ITEM, '--events', bad])).rejects.toThrow(/bad\.json: event 1: \/epcList\/0/);
    await expect(run(['back', ITEM, '--events', join(dir, 'none.json')])).rejects.toThrow(/none\.json.*no such file/);
    const events = file('four.json', document(event));
    const batch = file('bad.jsonl', `{"op":"back","of":"${ITEM}"}\n{"op":"back"}\n`);
    await expect(run(['--batch', batch, '--events', events])).rejects.toThrow(/bad\.jsonl:2: of must be an identifier/);
    await expect(run(['back', ITEM])).rejects.toThrow(/either --url or --events/);
  });
});
