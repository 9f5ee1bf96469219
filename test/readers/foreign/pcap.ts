// A capture file of LLRP over TCP, written as libpcap reads it (link type 101: raw IP).

/** Bytes of one direction, as they left in one piece. */
export interface Sent {
  from: 'reader' | 'client';
  bytes: Buffer;
}

const READER_PORT = 5084;
const CLIENT_PORT = 49_152;
const SEGMENT_BYTES_MAX = 65_000;
const IP_HEADER_BYTES = 20;
const TCP_HEADER_BYTES = 20;
const SYN = 0x02;
const ACK = 0x10;
const PSH = 0x08;

function packet(from: Sent['from'], sequence: number, acknowledged: number, flags: number, data: Buffer): Buffer {
  const [source, destination] = from === 'reader' ? [2, 1] : [1, 2];
  const [sourcePort, destinationPort] = from === 'reader' ? [READER_PORT, CLIENT_PORT] : [CLIENT_PORT, READER_PORT];
  const header = Buffer.alloc(IP_HEADER_BYTES + TCP_HEADER_BYTES);
  header.writeUInt8(0x45, 0);
  header.writeUInt16BE(header.length + data.length, 2);
  header.writeUInt16BE(64 * 256 + 6, 8); // time to live, TCP
  header.set([10, 0, 0, source, 10, 0, 0, destination], 12);
  header.writeUInt16BE(sourcePort, 20);
  header.writeUInt16BE(destinationPort, 22);
  header.writeUInt32BE(sequence, 24);
  header.writeUInt32BE(acknowledged, 28);
  header.writeUInt16BE((TCP_HEADER_BYTES / 4) * 0x1000 + flags, 32);
  header.writeUInt16BE(0xffff, 34);
  return Buffer.concat([header, data]);
}

/** The file: a connection is opened, then each piece is sent, cut into segments where it is too long for one. */
export function pcapOf(pieces: readonly Sent[], segmentBytes = SEGMENT_BYTES_MAX): Buffer {
  const next = { client: 1000, reader: 5000 };
  const packets: Buffer[] = [];
  const send = (from: Sent['from'], flags: number, data: Buffer): void => {
    const other = from === 'client' ? 'reader' : 'client';
    packets.push(packet(from, next[from], flags & ACK ? next[other] : 0, flags, data));
    next[from] += data.length + (flags & SYN ? 1 : 0);
  };
  send('client', SYN, Buffer.alloc(0));
  send('reader', SYN | ACK, Buffer.alloc(0));
  send('client', ACK, Buffer.alloc(0));
  for (const { from, bytes } of pieces) {
    for (let at = 0; at < bytes.length; at += segmentBytes)
      send(from, ACK | PSH, bytes.subarray(at, at + segmentBytes));
  }
  const file = Buffer.alloc(24);
  file.writeUInt32LE(0xa1b2c3d4, 0);
  file.writeUInt16LE(2, 4);
  file.writeUInt16LE(4, 6);
  file.writeUInt32LE(0x40000, 16);
  file.writeUInt32LE(101, 20);
  const records = packets.map((bytes, i) => {
    const record = Buffer.alloc(16);
    record.writeUInt32LE(1_700_000_000 + Math.floor(i / 1000), 0);
    record.writeUInt32LE((i % 1000) * 1000, 4);
    record.writeUInt32LE(bytes.length, 8);
    record.writeUInt32LE(bytes.length, 12);
    return Buffer.concat([record, bytes]);
  });
  return Buffer.concat([file, ...records]);
}
