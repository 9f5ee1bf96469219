// The platform in a process of its own, for the figures of capture: node test/bench/capture-server.ts URL together|alone|large
import { keepHeapSmall } from '../../src/entry/heap.ts';
import { LARGE_REQUEST_MS_MAX, listen } from '../../src/entry/node.ts';
import { createApp } from '../../src/http/app.ts';
import { openStore } from '../../src/store/open.ts';

const [url = '', mode = 'together'] = process.argv.slice(2);
if (mode === 'large') keepHeapSmall();
const store = await openStore({ url });
const quiet = (): void => {};
const platform = {
  store,
  clock: Date.now,
  logger: { info: quiet, warn: quiet, error: quiet },
  version: 'bench',
  captureEventsMax: 100_000_000,
  captureBytesMax: 64 * 1024 ** 3,
};
// a store object of its own for each request has a queue of its own: nothing is gathered
const app = createApp(mode === 'alone' ? () => ({ ...platform, store: { ...store } }) : platform);
const { url: at } = await listen(app.fetch, {
  host: '127.0.0.1',
  port: 0,
  requestMsMax: LARGE_REQUEST_MS_MAX,
});
process.stdout.write(`${at}\n`);
process.once('SIGTERM', () => process.exit(0));
// whoever began it has ended, however it did
process.stdin.resume().once('end', () => process.exit(0));
