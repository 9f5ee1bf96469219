// Complaints of the dissector that are its own: docs/llrp.md says of each why.
import { CORE_2_0 } from '../../../readers/node-llrp/src/spec/core-2.0.ts';
import { rowsOf } from '../../../readers/node-llrp/src/spec/definition.ts';
import { IMPINJ } from '../../../readers/node-llrp/src/spec/impinj.ts';
import { ZEBRA } from '../../../readers/node-llrp/src/spec/zebra.ts';

/** The last of Impinj's parameter subtypes, in the order of time, that the dissector reads. */
const IMPINJ_SUBTYPE_READ_MAX = 67;
/** Later ones that it reads all the same, or that have only parameters inside: ArrayVersion, HubVersions, HubConfiguration. */
const IMPINJ_SUBTYPES_READ = new Set([1520, 1537, 1538]);

const rows = (text: string | undefined): [number, string][] =>
  rowsOf(text).map((row) => {
    const [type = '', name = ''] = row.head.split(' ');
    return [Number(type), name];
  });

const WRONGLY_READ = [
  'Identification', // counts ReaderID's bytes, not the two bytes of their count
  'ClientRequestResponse', // reads AccessSpecID as 16 bits
  'SET_PROTOCOL_VERSION', // shows ProtocolVersion and does not count it
  'C1G2GetBlockPermalockStatus', // one byte short
  'ImpinjBlockPermalock', // these three: reads the words of a vector as parameters
  'ImpinjGetBlockPermalockStatusOpSpecResult',
  'ImpinjSerializedTID',
];

const NOT_READ = [
  'CUSTOM_MESSAGE',
  ...rows(ZEBRA.messages).map(([, name]) => name),
  ...rows(IMPINJ.parameters)
    .filter(([subtype]) => subtype > IMPINJ_SUBTYPE_READ_MAX && !IMPINJ_SUBTYPES_READ.has(subtype))
    .map(([, name]) => name),
];

/** Names of what draws a complaint that is false, for a header version; nothing of 2.0 is known to the dissector. */
export const knownFalse = (version: number): ReadonlySet<string> =>
  new Set([...WRONGLY_READ, ...NOT_READ, ...(version > 2 ? rows(CORE_2_0.parameters).map(([, name]) => name) : [])]);
