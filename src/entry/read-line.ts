import { epcOf, HAS, phaseOf, type TagColumns, tidOf } from 'node-llrp';

const pad = (number: number, digits: number): string => String(number).padStart(digits, '0');
/** Latest moment that a JavaScript date can be, in microseconds; a clock beyond it tells no date. */
const DATE_MAX_US = 8.64e18;
let second = { at: -1, text: '' };

/** ISO 8601 with microseconds; undefined for what is no date. Most stamps share their second with the one before. */
function isoOf(microseconds: number): string | undefined {
  if (microseconds > Number.MAX_SAFE_INTEGER || microseconds > DATE_MAX_US) return undefined;
  const at = Math.floor(microseconds / 1e6);
  if (second.at !== at) second = { at, text: new Date(at * 1000).toISOString().slice(0, -4) };
  return `${second.text}${pad(microseconds - at * 1e6, 6)}Z`;
}

const hexOf = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
const round = (number: number): number => Math.round(number * 1e6) / 1e6;

/** A row of a report as one line of JSON, as `llrp reads` and `reader inventory` write it; what it lacks is left out. */
export function readLine(columns: TagColumns, row: number): string {
  const has = columns.has[row] ?? 0;
  const first = columns.firstSeen[row] ?? 0;
  const last = columns.lastSeen[row] ?? 0;
  const bits = columns.epcBits[row] ?? 0;
  const firstSeen = (has & (HAS.firstSeen | HAS.firstIsUptime)) === HAS.firstSeen ? isoOf(first) : undefined;
  const lastSeen = (has & (HAS.lastSeen | HAS.lastIsUptime)) === HAS.lastSeen ? isoOf(last) : undefined;
  let line = `{"epc":"${hexOf(epcOf(columns, row))}"`;
  if (bits % 8 !== 0) line += `,"epcBits":${bits}`;
  if (has & HAS.antenna) line += `,"antenna":${columns.antenna[row]}`;
  if (has & HAS.rssi) line += `,"rssi":${(columns.rssi[row] ?? 0) / 100}`;
  if (has & HAS.channel) line += `,"channel":${columns.channel[row]}`;
  if (firstSeen) line += `,"firstSeen":"${firstSeen}"`;
  if (lastSeen) line += `,"lastSeen":"${lastSeen}"`;
  if (has & HAS.count) line += `,"count":${columns.seenCount[row]}`;
  if (has & HAS.pc) line += `,"pc":"${(columns.pc[row] ?? 0).toString(16).padStart(4, '0')}"`;
  if (has & HAS.tid) line += `,"tid":"${hexOf(tidOf(columns, row))}"`;
  if (has & (HAS.phase | HAS.motoPhase)) line += `,"phase":${round(phaseOf(columns, row) ?? 0)}`;
  if (has & HAS.doppler) line += `,"doppler":${(columns.doppler[row] ?? 0) / 16}`;
  return `${line}}\n`;
}
