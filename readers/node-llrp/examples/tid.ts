// node examples/tid.ts HOST[:PORT]: the TID of every tag in the field, by an access operation that any reader has.
import { connect, EVERY_TAG, readTid } from 'node-llrp';

const [host = 'localhost', port = '5084'] = (process.argv[2] ?? '').split(':');
const client = await connect({ host, port: Number(port) });
const tags = await readTid(client, { target: EVERY_TAG, waitMs: 2000 });
for (const { epc, results } of tags) {
  const { result, words = [] } = results.get(1)!;
  const tid = words.map((word) => word.toString(16).padStart(4, '0')).join('');
  console.log(epc, result === 'Success' ? tid : result);
}
await client.close();
