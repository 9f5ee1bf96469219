import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { answerBank, fromHex, parseDesigners, parseTagUri, toHex, toTagUri } from '../../src/gs1/index.ts';
import type { BankQuestion } from '../../src/gs1/index.ts';
import { type EpcBankLayout, crc16, readEpcBank, writeEpcBank } from '../../src/gs1/bank-epc.ts';
import { bankRawUri, encodeEpcBank } from '../../src/gs1/bank-raw.ts';
import { encodeStid, readTid } from '../../src/gs1/bank-tid.ts';

const hex = (text: string) => fromHex(text.replaceAll(' ', '')).bytes;
const ask = (bank: BankQuestion['bank'], value: string, layout?: EpcBankLayout) =>
  answerBank({ bank, value: value.replaceAll(' ', ''), ...(layout && { layout }) });
const codeOf = (...asked: Parameters<typeof ask>) => {
  const { refusal } = ask(...asked);
  return refusal && [refusal.code, refusal.position];
};

const EPC = '3034257BF4000A4000000007';
const TAG = 'sgtin-96:1.0614141.000041.7';

describe('EPC bank', () => {
  test('PC word and EPC, in every form', () => {
    expect(ask('epc', `3000 ${EPC}`)).toEqual({
      facts: {
        scheme: 'SGTIN-96',
        hex: EPC,
        tagUri: `urn:epc:tag:${TAG}`,
        pureIdentity: 'urn:epc:id:sgtin:0614141.000041.7',
        elementString: '(01)00614141000418(21)7',
        digitalLink: 'https://id.gs1.org/01/00614141000418/21/7',
        filter: 1,
        pc: '3000',
        words: 6,
        umi: 0,
        xi: 0,
        toggle: 0,
        attributes: '00',
      },
    });
  });

  test('the CRC-16 of ISO/IEC 13239 is checked from 00h on', () => {
    expect(crc16(new TextEncoder().encode('123456789'))).toBe(0xd64e);
    const bank = toHex(encodeEpcBank(`urn:epc:tag:${TAG}`, 'memory'));
    expect(bank.slice(4)).toBe(`3000${EPC}`);
    expect(ask('epc', bank, 'memory').facts).toMatchObject({ pc: '3000', tagUri: `urn:epc:tag:${TAG}` });
    fc.assert(
      fc.property(fc.nat({ max: bank.length * 4 - 1 }), (bit) => {
        const bytes = hex(bank);
        bytes[bit >> 3]! ^= 0x80 >> (bit & 7);
        // a flipped length may also ask for more than is there
        expect(ask('epc', toHex(bytes), 'memory').refusal?.code).toMatch(/^(CRC|TRUNCATED)$/);
      }),
    );
  });

  test('an XPC stands at 210h in memory, behind the PC word over the air', () => {
    const uri = `urn:epc:tag:[att=x01][umi=1][xpc-w1=x00A1]:${TAG}`;
    const stored = toHex(encodeEpcBank(uri));
    expect(stored).toBe(`3601${EPC}${'0'.repeat(25 * 4)}00A1`);
    const said = { tagUri: uri, xi: 1, umi: 1, xpcW1: '00A1', indicators: ['battery', 'sl', 'hazmat'] };
    expect(ask('epc', stored).facts).toMatchObject(said);
    expect(ask('epc', `3601 00A1 ${EPC}`, 'inventory').facts).toMatchObject(said);
    expect(ask('epc', `3601 8001 4000 ${EPC}`, 'inventory').facts).toMatchObject({
      tagUri: `urn:epc:tag:[att=x01][umi=1][xpc=x80014000]:${TAG}`,
      xpcW2: '4000',
    });
    // the reader did not read that far
    expect(ask('epc', `3200 ${EPC}`).facts).toMatchObject({ xi: 1, tagUri: `urn:epc:tag:${TAG}` });
  });

  test('over the air without an XPC the low byte says no attributes', () => {
    expect(ask('epc', `3041 ${EPC}`, 'inventory').facts).toMatchObject({
      tagUri: `urn:epc:tag:${TAG}`,
      attributes: '00',
      indicators: ['computedResponse', 'hazmat'],
    });
    expect(ask('epc', `3041 ${EPC}`).facts).toMatchObject({ tagUri: `urn:epc:tag:[att=x41]:${TAG}`, attributes: '41' });
  });

  test('what is no EPC is raw, with the reason', () => {
    expect(ask('epc', '1400 C4FE1234').facts).toMatchObject({
      raw: 'urn:epc:raw:[umi=1]:32.xC4FE1234',
      undecoded: { code: 'UNKNOWN_HEADER', position: 0 },
    });
    expect(ask('epc', '3000 3034257BF4000A40000000').refusal?.code).toBe('TRUNCATED');
    expect(ask('epc', `3000 307E${EPC.slice(4)}`).facts).toMatchObject({ undecoded: { code: 'PARTITION' } });
    expect(ask('epc', '0000').facts).toEqual({ pc: '0000', words: 0, umi: 0, xi: 0, toggle: 0, attributes: '00' });
    expect(ask('epc', `3000 ${EPC} BEEF`).facts).toMatchObject({ rest: 'BEEF' });
  });

  test('six-bit text of ISO tags', () => {
    // "1JUN12345" in six bits, then padding to the word
    const bits = '110001 001010 010101 001110 110001 110010 110011 110100 110101 1000001000'.replaceAll(' ', '');
    const text = Array.from({ length: 8 }, (_, i) => Number.parseInt(bits.slice(i * 8, i * 8 + 8), 2));
    const epc = toHex(Uint8Array.from(text));
    expect(ask('epc', `21A1 ${epc}`).facts).toMatchObject({
      afi: 'A1',
      toggle: 1,
      iso17367: '1JUN12345',
      raw: `urn:epc:raw:64.xA1.x${epc}`,
    });
    expect(ask('epc', `21A1 ${epc.slice(0, -4)}0000`).facts).not.toHaveProperty('iso17367');
    expect(Object.keys(ask('epc', `2190 ${epc}`).facts).filter((name) => name.startsWith('iso'))).toEqual([]);
  });

  const control = fc
    .record({
      attributes: fc.integer({ min: 0, max: 255 }),
      umi: fc.boolean(),
      w1: fc.option(fc.integer({ min: 1, max: 0x7fff })),
      w2: fc.option(fc.integer({ min: 0, max: 0xffff })),
    })
    .map(({ attributes, umi, w1, w2 }) => ({
      ...(attributes > 0 && { attributes }),
      ...(umi && { umi: true as const }),
      ...(w1 !== null && { xpc: w2 === null ? ([w1] as const) : ([w1 | 0x8000, w2] as const) }),
    }));
  const epc = fc.integer({ min: 1, max: 29 }).chain((n) => fc.uint8Array({ minLength: n * 2, maxLength: n * 2 }));

  test('written and read again, in every layout, and as a raw URI', () => {
    fc.assert(
      fc.property(
        control,
        epc,
        fc.constantFrom<EpcBankLayout>('stored', 'memory', 'inventory'),
        (fields, bytes, layout) => {
          const bank = readEpcBank(writeEpcBank(bytes, fields, layout), layout);
          const isHidden = layout === 'inventory' && !('xpc' in fields);
          const { attributes: _, ...others } = fields;
          expect(bank.control).toEqual(isHidden ? others : fields);
          expect(toHex(bank.epc)).toBe(toHex(bytes));
          const raw = bankRawUri(bank);
          expect(readEpcBank(encodeEpcBank(raw, layout), layout).control).toEqual(bank.control);
          expect(bankRawUri(readEpcBank(encodeEpcBank(raw)))).toBe(raw);
        },
      ),
    );
  });

  test('an EPC that leaves no room is refused', () => {
    const longest = (words: number, fields = {}) => writeEpcBank(new Uint8Array(words * 2), fields).length;
    expect(longest(31)).toBe(64);
    expect(longest(29, { xpc: [1] })).toBe(66);
    for (const [words, fields] of [[32], [30, { xpc: [1] }]] as const)
      expect(() => longest(words, fields)).toThrow(expect.objectContaining({ code: 'TOO_LONG' }));
    expect(() => writeEpcBank(new Uint8Array(3))).toThrow(expect.objectContaining({ code: 'LENGTH' }));
  });

  test('an application family in a raw URI', () => {
    const raw = 'urn:epc:raw:[umi=1]:80.xA9.xDC20420D5C72CF4D76C2';
    expect(toHex(encodeEpcBank(raw))).toBe('2DA9DC20420D5C72CF4D76C2');
    expect(ask('epc', raw).facts).toMatchObject({
      raw,
      bankHex: '2DA9DC20420D5C72CF4D76C2',
      iso17363: '7BABCU1234560',
    });
  });
});

test('an identifier of any form is written under a scheme', () => {
  const asked = { bank: 'epc', value: '(01)00614141000418(21)7', encode: 'SGTIN+', filter: 1 } as const;
  const { facts } = answerBank(asked);
  expect(facts).toMatchObject({ scheme: 'SGTIN+', words: 5, pc: '2800', elementString: asked.value });
  expect(ask('epc', facts.bankHex as string).facts).toEqual(
    Object.fromEntries(Object.entries(facts).filter(([name]) => name !== 'bankHex')),
  );
  expect(answerBank({ ...asked, encode: 'SGTIN-96' }).refusal?.code).toBe('GCP_LENGTH');
  expect(answerBank({ ...asked, encode: 'SGTIN-96', gcpLength: 7 }).facts).toMatchObject({ bankHex: `3000${EPC}` });
  const tagged = answerBank({ bank: 'epc', value: `urn:epc:tag:[umi=1]:${TAG}`, encode: 'SGTIN-198' });
  expect(tagged.facts).toMatchObject({ pc: '6C00', tagUri: 'urn:epc:tag:[umi=1]:sgtin-198:1.0614141.000041.7' });
});

describe('control fields', () => {
  const written = `urn:epc:tag:[att=xA1][umi=1][xpc-w1=x0041]:${TAG}`;
  test('either spelling of one XPC word, any order and case, written as the procedure does', () => {
    const spellings = ['[xpc=x0041][umi=1][att=xa1]', '[att=xA1][umi=1][xpc-w1=x0041]'];
    for (const fields of spellings) expect(toTagUri(parseTagUri(`urn:epc:tag:${fields}:${TAG}`))).toBe(written);
    expect(toTagUri(parseTagUri(`urn:epc:tag:[umi=0][att=x00]:${TAG}`))).toBe(`urn:epc:tag:${TAG}`);
  });
  test.each([
    '[att=xA1]',
    '[att=A1]:',
    '[att=xA]:',
    '[att=xA1A]:',
    '[att=xG1]:',
    '[umi=2]:',
    '[umi=1][umi=1]:',
    '[xpc=x0001][xpc-w1=x0001]:',
    '[xpc-w1=x8001]:',
    '[xpc-w1=x00010002]:',
    '[xpc=x000100020003]:',
    '[toString=x1]:',
    '[umi=1=1]:',
    '[umi=1',
    '[]:',
    '[umi=1]]:',
  ])('%s is refused', (fields) => {
    expect(() => parseTagUri(`urn:epc:tag:${fields}${TAG}`)).toThrow(
      expect.objectContaining({ code: 'CONTROL_FIELD' }),
    );
  });
  test.each(['96.x30', '15.x3034', '96.xA9.', '512.x00', '32.xABCDEFGH', '032.xABCD0000', '32.xA9A.xABCD0000', ''])(
    'urn:epc:raw:%s is refused',
    (rest) => expect(codeOf('epc', `urn:epc:raw:${rest}`)?.[0]).toBe('URI_SYNTAX'),
  );
  test('a family has no attributes', () => {
    expect(codeOf('epc', 'urn:epc:raw:[att=x01]:16.xA9.xABCD')?.[0]).toBe('CONTROL_FIELD');
  });
});

describe('TID bank', () => {
  test('segments behind the serial', () => {
    // header 3E00: serial of 48 bits, all four segments
    const tid = 'E2E01105 3E00 0000DEADBEEF 1A06 0001000200030004 0008 0020 0007';
    expect(ask('tid', tid).facts).toEqual({
      mdid: '001',
      tmn: '105',
      xtid: 1,
      security: 1,
      file: 1,
      xtidHeader: '3E00',
      serialBits: 48,
      serial: '0000DEADBEEF',
      stid: 'urn:epc:stid:xE01.x105.x0000DEADBEEF',
      segments: ['serial', 'optionalCommands', 'blockWrite', 'userMemory', 'lockBits'],
      segmentWords: {
        optionalCommands: '1A06',
        blockWrite: '0001000200030004',
        userMemory: '00080020',
        lockBits: '0007',
      },
      permalockBlockWords: 8,
      userMemoryWords: 32,
    });
  });

  test('STID both ways', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0x800, max: 0xfff }),
        fc.integer({ min: 0, max: 0xfff }),
        fc.integer({ min: 3, max: 9 }).chain((words) => fc.uint8Array({ minLength: words * 2, maxLength: words * 2 })),
        (designer, model, serial) => {
          const part = (n: number) => `x${n.toString(16).toUpperCase().padStart(3, '0')}`;
          const stid = `urn:epc:stid:${part(designer)}.${part(model)}.x${toHex(serial)}`;
          expect(readTid(encodeStid(stid))).toMatchObject({ stid, serialBits: serial.length * 8 });
        },
      ),
    );
    expect(ask('tid', 'urn:epc:stid:x801.x105.xA1B2C3D4E5F6').facts).toMatchObject({
      bankHex: 'E28011052000A1B2C3D4E5F6',
    });
  });

  test.each([
    ['', 'EMPTY', 0],
    ['E', 'TRUNCATED', 4],
    ['E2801', 'TRUNCATED', 20],
    ['E280', 'TRUNCATED', 16],
    ['E2801105', 'TRUNCATED', 32],
    ['E2801105E00000', 'TRUNCATED', 56],
    ['E0021105', 'TID_CLASS', 0],
    ['E3801105', 'TID_CLASS', 0],
    ['E28X', 'NOT_HEX', 3],
    ['00'.repeat(8193), 'TOO_LONG', 65_536],
    ['urn:epc:stid:x001.x105.xA1B2C3D4E5F6', 'RANGE', 13],
    ['urn:epc:stid:x801.x105.xA1B2C3D4E5', 'LENGTH', 24],
    ['urn:epc:stid:x801.x105.x', 'LENGTH', 24],
    ['urn:epc:stid:x801.x105', 'URI_SYNTAX', 0],
    ['urn:epc:stid:x80.x105.xA1B2C3D4E5F6', 'URI_SYNTAX', 0],
    ['urn:epc:stid:x801.x105.xA1B2C3D4E5FG', 'URI_SYNTAX', 0],
  ])('%.40s is refused: %s', (value, code, position) => {
    expect(codeOf('tid', value)).toEqual([code, position]);
  });

  test('names come from a list that is loaded', () => {
    const list = {
      registeredMaskDesigners: [
        {
          mdid: '000000001',
          manufacturer: 'Example Silicon',
          chips: [{ tmnBinary: '000100000101', modelName: 'X5' }, 7],
        },
        { mdid: '12', manufacturer: 'Not a code' },
        null,
        { mdid: '000000010' },
      ],
    };
    const designers = parseDesigners(JSON.stringify(list));
    const facts = (value: string) => answerBank({ bank: 'tid', value }, designers).facts;
    expect(facts('E2001105')).toMatchObject({ designer: 'Example Silicon', model: 'X5' });
    expect(facts('E2001106')).toMatchObject({ designer: 'Example Silicon' });
    expect(facts('E2002105')).not.toHaveProperty('designer');
    for (const bad of ['', '[]', 'null', '{"registeredMaskDesigners":[]}', '{"registeredMaskDesigners":7}'])
      expect(() => parseDesigners(bad)).toThrow(expect.objectContaining({ code: 'UNKNOWN_FORM' }));
  });
});

describe('user memory', () => {
  test('the DSFID is named, the bytes are kept', () => {
    expect(ask('user', '3100AB').facts).toEqual({
      dsfid: {
        hex: '31',
        accessMethod: 'no-directory',
        isExtended: true,
        dataFormat: 17,
        dataFormatName: 'digital signature (ISO/IEC 20248)',
      },
      bytes: '3100AB',
    });
    expect(ask('user', '4A00').facts).toMatchObject({ dsfid: { accessMethod: 'directory', dataFormat: 10 } });
  });

  test('Packed Objects of GS1 data', () => {
    // the first object of packed-objects.test.ts, then the end
    expect(ask('user', '8936465D3FBA70918F1200386F4000').facts).toMatchObject({
      dsfid: { hex: '89', accessMethod: 'packed-objects', isExtended: false, dataFormat: 9 },
      aidc: [
        ['17', '261031'],
        ['10', '1A23B456CD'],
      ],
    });
    expect(ask('user', '8900').facts).toMatchObject({ aidc: [] });
  });

  test('what is broken or not read has a code, its DSFID and its bytes', () => {
    expect(ask('user', '890C000000')).toEqual({
      facts: { dsfid: expect.objectContaining({ hex: '89' }), bytes: '890C000000' },
      refusal: { code: 'DIRECTORY', message: expect.any(String), position: 8 },
    });
    expect(ask('user', '8A0C000000').refusal).toBeUndefined();
  });
});

test('no bytes end in anything but facts and a code', () => {
  const banks = fc.constantFrom<BankQuestion['bank']>('epc', 'tid', 'user');
  const layouts = fc.constantFrom<EpcBankLayout>('stored', 'memory', 'inventory');
  const value = fc.oneof(
    fc.uint8Array({ maxLength: 80 }).map(toHex),
    fc.uint8Array({ maxLength: 40 }).map((bytes) => `89${toHex(bytes)}`),
    fc.uint8Array({ maxLength: 40 }).map((bytes) => `E280${toHex(bytes)}`),
    fc.string(),
    fc.string().map((text) => `urn:epc:raw:${text}`),
    fc.string().map((text) => `urn:epc:stid:${text}`),
  );
  fc.assert(
    fc.property(banks, layouts, value, (bank, layout, text) => {
      const { refusal } = answerBank({ bank, layout, value: text });
      if (refusal) expect(refusal.code).toMatch(/^[A-Z_0-9]+$/);
    }),
    { numRuns: 5000 },
  );
});

const CORPUS = join(import.meta.dirname, '../../../shared/corpus/epc/unit-memory-banks.json');
interface Case extends BankQuestion {
  expect?: Record<string, unknown>;
  refuse?: boolean;
}

describe.runIf(existsSync(CORPUS))('corpus', () => {
  const cases = existsSync(CORPUS) ? (JSON.parse(readFileSync(CORPUS, 'utf8')) as { vectors: Case[] }).vectors : [];
  test.each(cases)('$bank $value', (asked) => {
    const { facts, refusal } = answerBank(asked);
    expect(refusal !== undefined).toBe(asked.refuse === true);
    expect(facts).toMatchObject(asked.expect ?? {});
  });
});
