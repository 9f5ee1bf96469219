// node examples/listen.ts PORT: readers that open the connection themselves say what they are.
import { listen, type LlrpClient, readCapabilities, readerFacts } from 'node-llrp';

async function greet(client: LlrpClient, address: string): Promise<void> {
  const { maker, model, antennas } = readerFacts(await readCapabilities(client));
  console.log(address, maker, model, `${antennas} antennas`);
}

const stop = new AbortController();
process.once('SIGINT', () => stop.abort());
const { port } = await listen(
  { port: Number(process.argv[2] ?? 5084), host: '127.0.0.1', signal: stop.signal },
  {
    onReader: (client, address) => void greet(client, address),
    onKeepalive: (message, client) => client.acknowledge(message.id),
    onFailed: (error, address) => console.error(address, error.message),
  },
);
console.log(`listening on ${port}`);
