import { z } from 'zod';

/** Reads of one message; what claims more is refused whole. */
const READS_MAX = 10_000;
/** No real EPC bank is longer; what claims to be is a misread. */
const EPC_BYTES_MAX = 256;
const ANTENNA_MAX = 65_535;
const COUNT_MAX = 65_535;
const RSSI_DBM_MIN = -200;
const RSSI_DBM_MAX = 100;

/** One read as a reader's JSON tells it. */
interface JsonRead {
  epc: Uint8Array;
  antenna: number;
  rssi: number | undefined;
  count: number;
  /** ISO 8601, as it came; undefined where nothing is said. */
  time: string | undefined;
}
/** What one message tells. */
export interface Payload {
  reads: JsonRead[];
  gpi: { port: number; high: boolean; time: string | undefined }[];
  antennas: { antenna: number; connected: boolean; time: string | undefined }[];
  /** Reads without an EPC that could be one. */
  misreads: number;
  /** Events of other kinds: heartbeats, states. */
  others: number;
}

const hex = z.string().regex(/^(?:[0-9a-f]{2})*$/i);
const time = z.string().max(64).optional();
const antennaNumber = z.int().min(0).max(ANTENNA_MAX).optional();
const dbm = z.number().min(RSSI_DBM_MIN).max(RSSI_DBM_MAX).optional();

/** A tag in a Zebra IoT Connector tag data event. */
const zebraTag = z.looseObject({
  idHex: hex.optional(),
  antenna: antennaNumber,
  peakRssi: dbm,
  reads: z.int().min(0).optional(),
  timestamp: time,
});
const zebraEvent = z.looseObject({
  type: z.string().max(64),
  timestamp: time,
  data: z.union([
    zebraTag,
    z.array(zebraTag).max(READS_MAX),
    z.looseObject({ tagData: z.array(zebraTag).max(READS_MAX) }),
  ]),
});
const zebraGpi = z.looseObject({
  type: z.string().regex(/^gpi$/i),
  timestamp: time,
  data: z.looseObject({ pin: z.int().min(0).max(ANTENNA_MAX), state: z.string().regex(/^(?:high|low)$/i) }),
});

/** An event of the Impinj IoT device interface. */
const impinjEvent = z.looseObject({ eventType: z.string().max(64), timestamp: time });
const impinjTag = z.looseObject({
  tagInventoryEvent: z.looseObject({
    epcHex: hex.optional(),
    /** Base64, in the alphabet of URLs. */
    epc: z.string().regex(/^[\w+/-]*={0,2}$/).optional(),
    antennaPort: antennaNumber,
    peakRssiCdbm: z.number().min(RSSI_DBM_MIN * 100).max(RSSI_DBM_MAX * 100).optional(),
    lastSeenTime: time,
  }),
}); // prettier-ignore
const impinjGpi = z.looseObject({
  gpiTransitionEvent: z.looseObject({
    gpi: z.int().min(0).max(ANTENNA_MAX),
    transition: z.enum(['high-to-low', 'low-to-high']),
  }),
});
const impinjAntenna = z.looseObject({ antennaPort: z.int().min(0).max(ANTENNA_MAX) });

type Adder = (event: unknown, into: Payload) => void;

function addRead(into: Payload, epc: Uint8Array | undefined, read: Omit<JsonRead, 'epc'>): void {
  if (into.reads.length >= READS_MAX) throw new RangeError(`more than ${READS_MAX} reads in one message`);
  if (!epc || epc.length === 0 || epc.length > EPC_BYTES_MAX) into.misreads++;
  else into.reads.push({ ...read, epc });
}

const bytesOf = (text: string | undefined, as: 'hex' | 'base64url'): Uint8Array | undefined =>
  text === undefined ? undefined : Buffer.from(text, as);

function addZebra(event: unknown, into: Payload): void {
  const gpi = zebraGpi.safeParse(event);
  if (gpi.success) {
    const { pin, state } = gpi.data.data;
    return void into.gpi.push({ port: pin, high: /^high$/i.test(state), time: gpi.data.timestamp });
  }
  const { data, timestamp } = zebraEvent.parse(event);
  const tags = Array.isArray(data) ? data : 'tagData' in data ? zebraTag.array().parse(data['tagData']) : [data];
  for (const tag of tags) {
    const { antenna = 0, peakRssi: rssi, reads = 1, timestamp: own } = tag;
    // Heartbeats and other management events have data without a tag.
    if (!('idHex' in tag) && !('eventNum' in tag)) into.others++;
    else
      addRead(into, bytesOf(tag.idHex, 'hex'), {
        antenna,
        rssi,
        count: Math.min(COUNT_MAX, Math.max(1, reads)),
        time: own ?? timestamp,
      });
  }
}

/** By eventType; all others only count. */
const IMPINJ: Record<string, Adder> = {
  tagInventory: (event, into) => {
    const { tagInventoryEvent: tag } = impinjTag.parse(event);
    const { antennaPort: antenna = 0, peakRssiCdbm, lastSeenTime } = tag;
    const rssi = peakRssiCdbm === undefined ? undefined : peakRssiCdbm / 100;
    const epc = bytesOf(tag.epcHex, 'hex') ?? bytesOf(tag.epc, 'base64url');
    addRead(into, epc, { antenna, rssi, count: 1, time: lastSeenTime ?? impinjEvent.parse(event).timestamp });
  },
  gpiTransition: (event, into) => {
    const { gpi: port, transition } = impinjGpi.parse(event).gpiTransitionEvent;
    into.gpi.push({ port, high: transition === 'low-to-high', time: impinjEvent.parse(event).timestamp });
  },
  antennaConnected: (event, into) => antennaIs(true, event, into),
  antennaDisconnected: (event, into) => antennaIs(false, event, into),
};
function antennaIs(connected: boolean, event: unknown, into: Payload): void {
  const own = (event as Record<string, unknown>)[connected ? 'antennaConnectedEvent' : 'antennaDisconnectedEvent'];
  const { antennaPort: antenna } = impinjAntenna.parse(own);
  into.antennas.push({ antenna, connected, time: impinjEvent.parse(event).timestamp });
}

function add(event: unknown, into: Payload): void {
  if (Array.isArray(event)) for (const one of event) add(one, into);
  else if (!impinjEvent.safeParse(event).success) addZebra(event, into);
  else {
    const adder = IMPINJ[impinjEvent.parse(event).eventType];
    if (adder) adder(event, into);
    else into.others++;
  }
}

/**
 * What a message of a Zebra IoT Connector or of an Impinj IoT device interface tells: one event, an array of them,
 * or one event a line. Throws where it is neither: nothing of such a message is taken.
 */
export function payloadOf(text: string): Payload {
  const payload: Payload = { reads: [], gpi: [], antennas: [], misreads: 0, others: 0 };
  for (const part of partsOf(text)) add(part, payload);
  return payload;
}

function partsOf(text: string): unknown[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  if (!lines.length) throw new RangeError('an empty message');
  try {
    return lines.map((line) => JSON.parse(line) as unknown);
  } catch {
    return [JSON.parse(text)];
  }
}
