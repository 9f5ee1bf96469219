// node examples/inventory.ts HOST[:PORT]: prints reads until Ctrl-C, however slow whoever reads them is.
import { connect, inventoryROSpec, tagReads } from 'node-llrp';

const [host = 'localhost', port = '5084'] = (process.argv[2] ?? '').split(':');
const stop = new AbortController();
process.once('SIGINT', () => stop.abort());

const client = await connect(
  { host, port: Number(port), signal: stop.signal },
  { onKeepalive: (message, client) => client.acknowledge(message.id) },
);
const reads = tagReads(client, { signal: stop.signal });
const ROSpecID = 1;
try {
  await client.request({ message: 'ADD_ROSPEC', parameters: [inventoryROSpec({ id: ROSpecID, immediate: true })] });
  await client.request({ message: 'ENABLE_ROSPEC', ROSpecID });
  for await (const report of reads) {
    for (const { epc, antenna, rssi } of report) console.log(epc, antenna, rssi);
  }
} catch (error) {
  if (!stop.signal.aborted) throw error;
} finally {
  await client.request({ message: 'DELETE_ROSPEC', ROSpecID }).catch(() => undefined);
  await client.close();
}
