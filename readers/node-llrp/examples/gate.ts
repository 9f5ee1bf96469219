// node examples/gate.ts: a reader to try things on. A pallet passes, an input changes, a line breaks.
import { connect, eventNotifications, inventoryROSpec, readerEvents, startEmulator, tagReads } from 'node-llrp';

const emulator = await startEmulator({ vendor: 'impinj', scenario: {} });
const client = await connect(
  { host: emulator.host, port: emulator.port },
  { onEvent: (message) => console.log(readerEvents(message).events) },
);
const reads = tagReads(client);
const parameters = [eventNotifications({ Antenna_Event: true, GPI_Event: true })];
await client.request({ message: 'SET_READER_CONFIG', ResetToFactoryDefault: false, parameters });
await client.request({ message: 'ADD_ROSPEC', parameters: [inventoryROSpec({ id: 1, immediate: true })] });
await client.request({ message: 'ENABLE_ROSPEC', ROSpecID: 1 });

emulator.pass({ companyPrefix: '9521234', item: '112345', count: 5 }, { antennas: [1, 2], durationMs: 300 });
emulator.fault('antenna-lost', { antenna: 2, ms: 60_000 });

const seen = new Set<string>();
for await (const report of reads) {
  for (const { epc } of report) seen.add(epc);
  if (seen.size === 5) break;
}
console.log(`${seen.size} tags`);
await client.close();
await emulator.stop();
