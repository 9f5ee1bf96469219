// What tests of the emulator share: an emulator and clients that are closed after the test.
import {
  children,
  connect,
  decode,
  type Emulator,
  type EmulatorOptions,
  type LlrpClient,
  LlrpStatusError,
  type Message,
  numberOf,
  type Parameter,
  startEmulator,
} from 'node-llrp';

const open: { stop(): Promise<void> }[] = [];
/** Closes what a test has opened, the clients first. */
export async function closeAll(): Promise<void> {
  for (const one of open.splice(0).toReversed()) await one.stop();
}

export async function start(options: EmulatorOptions = {}): Promise<Emulator> {
  const emulator = await startEmulator({ scenario: {}, ...options });
  open.push(emulator);
  return emulator;
}

/** A client with everything that came in, decoded. */
export async function client(emulator: Emulator, version: 'auto' | '1.0.1' = 'auto') {
  const came: Message[] = [];
  const reader = await connect(
    { host: emulator.host, port: emulator.port, version },
    {
      onReport: (_, frame) => came.push(decode(frame)),
      onEvent: (message) => came.push(message),
      onKeepalive: (message, link) => {
        came.push(message);
        link.acknowledge(message.id);
      },
    },
  );
  open.push({ stop: async () => reader.destroy() });
  const of = (name: string) => came.filter((one) => one.message === name);
  const tags = () => of('RO_ACCESS_REPORT').flatMap((one) => children(one, 'TagReportData'));
  return { reader, came, of, tags };
}

export async function until(test: () => boolean, ms = 5000): Promise<void> {
  for (const end = Date.now() + ms; !test();) {
    if (Date.now() > end) throw new Error(`not within ${ms} ms`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Adds and enables an ROSpec. */
export const run = async (reader: LlrpClient, spec: Parameter): Promise<void> => {
  await reader.request({ message: 'ADD_ROSPEC', parameters: [spec] });
  await reader.request({ message: 'ENABLE_ROSPEC', ROSpecID: numberOf(spec, 'ROSpecID') });
};

export const refusalOf = async (answer: Promise<Message>): Promise<LlrpStatusError> => {
  const error = await answer.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof LlrpStatusError) return error;
  throw new Error(`was not refused: ${String(error)}`);
};
