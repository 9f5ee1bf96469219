// An independent dissector, tshark, reads what we encode. Skipped where it is not installed.
import { decode, encode, type Message, type Parameter } from 'node-llrp';
import { describe, expect, test } from 'vitest';
import { CUSTOM_TYPE, type Spec, specOf } from '../../../readers/node-llrp/src/spec/spec.ts';
import { ZEBRA } from '../../../readers/node-llrp/src/spec/zebra.ts';
import { everything, namesIn } from './every-frame.ts';
import { knownFalse } from './known-false.ts';
import { pcapOf } from './pcap.ts';
import { recordSession } from './session.ts';
import { dissect, type Dissected, tsharkVersion } from './tshark.ts';

const version = tsharkVersion();
if (version === undefined) console.log('skipped: tshark is not installed (apt-get install tshark)');

/** Whether anything in a message is on the list. */
const excused = (message: Message): boolean =>
  [message.message, ...namesIn(message)].some((name) => knownFalse(message.version).has(name));

/** A complaint that nothing on the list explains, with the message it is about. */
function unexplained(messages: readonly Message[], dissected: readonly Dissected[]): string[] {
  return dissected.flatMap(({ complaints }, i) => {
    const message = messages[i];
    if (!message || complaints.length === 0 || excused(message)) return [];
    return [`${message.message} (${namesIn(message).join()}): ${complaints.join('; ')}`];
  });
}

/** Version, type, length and id as the dissector shows them. */
const shownHeader = (one: Dissected): number[] =>
  numbers(one, 'llrp.version', 'llrp.type', 'llrp.length', 'llrp.id').slice(0, 4); // a body may name a version too
const numbers = ({ fields }: Dissected, ...names: string[]): number[] =>
  fields.filter((field) => names.includes(field.name)).map((field) => Number(field.show));

/** Type numbers of all parameters of a message, in wire order; 1023 for a vendor's. It does not look into Zebra's. */
function typesIn(of: Message | Parameter, spec: Spec): number[] {
  return (of.parameters ?? []).flatMap((one) => {
    const { type, vendor } = spec.parameterByName.get(one.parameter) ?? { type: 0, vendor: undefined };
    if (vendor === ZEBRA.vendor) return [CUSTOM_TYPE];
    return [vendor === undefined ? type : CUSTOM_TYPE, ...typesIn(one, spec)];
  });
}

/** What a message is, as it stands in its header: version, type, length, id. */
const headerOf = (frame: Uint8Array): number[] => {
  const view = new DataView(frame.buffer, frame.byteOffset);
  const start = view.getUint16(0);
  return [(start >> 10) & 7, start & 1023, view.getUint32(2), view.getUint32(6)];
};

describe.skipIf(version === undefined)(`tshark ${version ?? ''}`, () => {
  test.each([1, 2, 3])(
    'reads every message and parameter of header version %i',
    async (header) => {
      const examples = everything(header);
      const frames = examples.map(({ message }) => encode(message));
      const dissected = await dissect(pcapOf(frames.map((bytes) => ({ from: 'reader', bytes: Buffer.from(bytes) }))));
      expect(dissected.length).toBe(frames.length);
      const messages = frames.map((frame) => decode(frame));
      expect(unexplained(messages, dissected)).toEqual([]);
      for (const [i, message] of messages.entries()) {
        const one = dissected[i] as Dissected;
        expect(shownHeader(one)).toEqual(headerOf(frames[i] as Uint8Array));
        if (!excused(message))
          expect(numbers(one, 'llrp.tlv_type', 'llrp.tv_type')).toEqual(typesIn(message, specOf(header)));
      }
    },
    120_000,
  );

  test('is excused by the list for what stands on it alone', () => {
    const examples = everything(2);
    const read = new Set(examples.filter(({ message }) => !excused(message)).map(({ of }) => of));
    const not = new Set(examples.map(({ of }) => of).filter((name) => !read.has(name)));
    // the rest was read in messages that hold nothing of the list; this one always holds ClientRequestResponse
    expect([...not].filter((name) => !knownFalse(2).has(name))).toEqual(['CLIENT_REQUEST_OP_RESPONSE']);
  });

  test.each(['none', 'impinj', 'zebra'] as const)(
    'reads a session with a reader of model %s',
    async (vendor) => {
      const { sent, frames, reported } = await recordSession(vendor);
      const dissected = await dissect(pcapOf(sent, 1400));
      const key = (header: readonly number[]) => header.join('/');
      const byKey = new Map(frames.map((frame) => [key(headerOf(frame)), decode(frame)]));
      const keys = dissected.map((one) => key(shownHeader(one)));
      expect(keys.toSorted()).toEqual(frames.map((frame) => key(headerOf(frame))).toSorted());
      expect(
        unexplained(
          keys.map((one) => byKey.get(one) as Message),
          dissected,
        ),
      ).toEqual([]);

      const tags = dissected.filter((one) => numbers(one, 'llrp.type')[0] === 61);
      const shown = (name: string) =>
        tags.flatMap(({ fields }) => fields.filter((one) => one.name === `llrp.${name}`).map((one) => one.show));
      expect(reported.epc.length).toBeGreaterThan(20);
      expect({
        epc: shown('param.epc').map((epc) => epc.replaceAll(':', '')),
        antenna: shown('antenna_id'),
        peakRssi: shown('param.peak_rssi'),
        count: shown('param.tag_count'),
        microseconds: shown('param.microseconds'),
        rssi: shown('param.rssi'),
        phase: shown('param.phase_angle'),
      }).toEqual(reported);
      expect(reported.rssi.length > 0).toBe(vendor === 'impinj');
    },
    120_000,
  );
});
