import fc from 'fast-check';
import { decode, encode, LlrpError, type Message, NESTING_MAX } from 'node-llrp';
import { describe, expect, test } from 'vitest';
import { specOf } from '../../../readers/node-llrp/src/spec/spec.ts';
import { anyMessage } from './arbitrary.ts';

/** A message of that type with that body, version 1, id 1. */
function frame(type: number, body: string): Buffer {
  const bytes = Buffer.alloc(10 + body.length / 2);
  bytes.writeUInt16BE((1 << 10) | type, 0);
  bytes.writeUInt32BE(bytes.length, 2);
  bytes.writeUInt32BE(1, 6);
  bytes.write(body, 10, 'hex');
  return bytes;
}

function refusalOf(bytes: Uint8Array, offset = 0): LlrpError {
  try {
    decode(bytes, offset);
  } catch (error) {
    if (error instanceof LlrpError) return error;
    throw error;
  }
  throw new Error('was decoded');
}

describe('the table', () => {
  test.each([
    [1, 46, 121 + 19],
    [2, 46, 121 + 19],
    [3, 46, 140],
  ])('header version %i knows %i messages and %i parameters, each of whole bytes', (version, messages, parameters) => {
    const spec = specOf(version);
    expect([spec.messages.size, spec.parameters.size]).toEqual([messages, parameters]);
    expect([spec.vendorMessages.size, spec.vendorParameters.size]).toEqual([8, 178]);
    for (const definition of [...spec.messageByName.values(), ...spec.parameterByName.values()]) {
      const bits = definition.fields.reduce((sum, field) => sum + field.bits, 0);
      expect(bits % 8, definition.name).toBe(0);
    }
  });

  test('every mandatory parameter or alternative is defined', () => {
    for (const version of [1, 2, 3]) {
      const spec = specOf(version);
      for (const { name, required } of [...spec.messageByName.values(), ...spec.parameterByName.values()]) {
        for (const { anyOf } of required) {
          for (const one of anyOf) expect(spec.parameterByName.has(one), `${name}: ${one}`).toBe(true);
        }
      }
    }
  });
});

describe('round trip', () => {
  test('any message, JSON to bytes to JSON', () => {
    fc.assert(
      fc.property(anyMessage, (message) => {
        let bytes: Uint8Array;
        try {
          bytes = encode(message);
        } catch (error) {
          // the only thing that a random message of the table can lack is room
          expect((error as LlrpError).message).toMatch(/more than a parameter may have/);
          return;
        }
        expect(decode(bytes)).toEqual(message);
      }),
      { numRuns: 300 },
    );
  });

  test('whatever bytes are decoded, they come back; all others are refused with an offset inside them', () => {
    fc.assert(
      fc.property(
        anyMessage,
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        (message, changes) => {
          const bytes = Buffer.from(encode(message));
          for (const [at, value] of changes) if (bytes.length > 10) bytes[10 + (at % (bytes.length - 10))] = value;
          let again: Message;
          try {
            again = decode(bytes);
          } catch (error) {
            expect(error).toBeInstanceOf(LlrpError);
            expect((error as LlrpError).offset).toBeLessThanOrEqual(bytes.length);
            return;
          }
          expect(Buffer.from(encode(JSON.parse(JSON.stringify(again)) as Message)).toString('hex')).toBe(
            bytes.toString('hex'),
          );
        },
      ),
      { numRuns: 1000 },
    );
  });

  test('a definition that is new in 1.1 is read by the header version: the bits are reserved in 1.0.1', () => {
    const body = '011f00080000000001470007e40002';
    const [old, young] = [frame(11, body), frame(11, body)];
    young[0] = 2 << 2;
    expect(decode(old).parameters?.[1]).toMatchObject({ reservedBits: [0x24] });
    expect(decode(young).parameters?.[1]).toMatchObject({ CanSupportBlockPermalock: true, CanSupportXPC: true });
  });
});

describe('malformed bytes are refused with the offset of the fault', () => {
  test.each([
    ['a parameter with a one-byte header that nobody knows', 61, '00f00006ff01', 'UNKNOWN_TV', 14],
    ['a parameter length below its header', 61, '00f00003', 'LENGTH', 10],
    ['a parameter length of 0', 61, '00f00000', 'LENGTH', 10],
    ['a parameter longer than its message', 61, '00f000ff8d3074257bf7194e4000001a85', 'LENGTH', 10],
    ['an EPC_96 of five bytes', 61, '00f0000a8d3074257bf7', 'TRUNCATED', 15],
    ['a bit count beyond the parameter', 61, '00f0000c00f1000800c8ff00', 'TRUNCATED', 18],
    [
      'a word count of 65535 in two bytes',
      61,
      '00f0001c8d3074257bf7194e4000001a85015d000b000001ffffaaaa',
      'TRUNCATED',
      34,
    ],
    ['a field cut short', 22, '0000', 'TRUNCATED', 10],
    ['a mandatory parameter missing', 30, '', 'MISSING_PARAMETER', 10],
    ['a tag without an EPC', 61, '00f00007810001', 'MISSING_PARAMETER', 14],
    ['three bytes left over', 30, '011f0008000000000000ff', 'LEFT_OVER', 18],
    ['text that is not UTF-8', 30, '011f000a00000002c328', 'NOT_UTF8', 18],
  ])('%s', (_, type, body, code, offset) => {
    const error = refusalOf(frame(type, body), 1000);
    expect([error.code, error.offset]).toEqual([code, 1000 + offset]);
    expect(error.message).toMatch(new RegExp(`^offset ${1000 + offset}: `));
  });

  test('nesting beyond the limit is refused, and never exhausts the stack', () => {
    let deep = Buffer.alloc(0);
    for (let i = 0; i < 8000; i++) {
      const head = Buffer.alloc(8);
      head.writeUInt16BE(289);
      head.writeUInt16BE(8 + deep.length, 2);
      deep = Buffer.concat([head, deep]);
    }
    const status = Buffer.from('011f000000000000', 'hex');
    status.writeUInt16BE(8 + deep.length, 2);
    const error = refusalOf(frame(30, Buffer.concat([status, deep]).toString('hex')));
    expect([error.code, error.offset]).toEqual(['NESTING', 10 + 8 * NESTING_MAX]);
  });

  test('a header shorter or longer than its frame', () => {
    expect(refusalOf(Buffer.from('043e00', 'hex')).code).toBe('TRUNCATED');
    expect(refusalOf(Buffer.from('043e0000000b00000001', 'hex')).code).toBe('LENGTH');
  });
});

describe('JSON that is no LLRP message is refused with its place', () => {
  const tag = (...parameters: object[]) => ({
    message: 'RO_ACCESS_REPORT',
    version: 1,
    id: 1,
    parameters: [{ parameter: 'TagReportData', parameters }],
  });
  test.each([
    [null, 'no message'],
    [{ version: 1, id: 1 }, 'no message'],
    [{ message: 'NO_SUCH', version: 1, id: 1 }, 'NO_SUCH: there is no such message'],
    [{ message: 'KEEPALIVE', version: 8, id: 1 }, 'KEEPALIVE: 8 is no integer from 0 to 7'],
    [{ message: 'KEEPALIVE', version: 1, id: -1 }, 'KEEPALIVE: -1 is no integer'],
    [{ message: 'KEEPALIVE', version: 1, id: 1, Extra: 1 }, 'KEEPALIVE: there is no field "Extra"'],
    [{ message: 'START_ROSPEC', version: 1, id: 1 }, 'START_ROSPEC / ROSpecID: is missing'],
    [{ message: 'START_ROSPEC', version: 1, id: 1, ROSpecID: 1.5 }, 'ROSpecID: 1.5 is no integer'],
    [
      tag({ parameter: 'AntennaID', AntennaID: 65536 }),
      'TagReportData / AntennaID / AntennaID: 65536 is no integer from 0 to 65535',
    ],
    [tag({ parameter: 'AntennaID', AntennaID: 1 }), 'TagReportData: EPCParameter is missing'],
    [tag({ parameter: 'EPC_96', EPC: '00' }), 'EPC: 1 bytes instead of 12'],
    [tag({ parameter: 'EPCData', EPC: { bits: 9, hex: '00' } }), 'EPC: 1 bytes instead of 2'],
    [tag({ parameter: 'NoSuch' }), 'NoSuch: there is no such parameter'],
    [
      {
        message: 'ERROR_MESSAGE',
        version: 1,
        id: 1,
        parameters: [{ parameter: 'LLRPStatus', StatusCode: 'M_Sucess', ErrorDescription: '' }],
      },
      '"M_Sucess" is no name of a value of StatusCode',
    ],
  ])('%j', (json, words) => {
    expect(() => encode(json as unknown as Message)).toThrow(words);
  });

  test('a parameter too long for its length field', () => {
    const message = { message: 'UNKNOWN_MESSAGE', version: 1, id: 1, type: 5, data: 'ff'.repeat(70_000) };
    expect(encode(message).length).toBe(70_010);
    const inside = {
      message: 'ERROR_MESSAGE',
      version: 1,
      id: 1,
      parameters: [{ parameter: 'UNKNOWN_PARAMETER', type: 900, data: 'ff'.repeat(70_000) }],
    };
    expect(() => encode(inside)).toThrow('70004 bytes are more than a parameter may have');
  });
});
