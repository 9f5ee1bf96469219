// Runs the bundled Lambda in QuickJS-NG, the engine under LLRT, with LLRT's globals alone: what the bundle would reach
// for beyond them does not exist here. The AWS clients, which LLRT carries itself, are the real ones on the host's side.
import variant from '@jitl/quickjs-ng-wasmfile-release-sync';
import { createHash } from 'node:crypto';
import {
  type QuickJSContext,
  type QuickJSHandle,
  type QuickJSSyncVariant,
  newQuickJSWASMModuleFromVariant,
} from 'quickjs-emscripten-core';

/** LLRT's globals that the bundle may use, over host functions whose names begin with two underscores. */
const PRELUDE = `
  globalThis.console = { log: (text) => __log(String(text)) };
  globalThis.process = { env: JSON.parse(__env()) };
  globalThis.TextDecoder = class { decode(bytes) { return __utf8(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)); } };
  globalThis.URL = class { constructor(url, base) { this.href = __url(url, base); } };
  globalThis.AbortSignal = { timeout: () => undefined };
  globalThis.setTimeout = (then, ms) => { __sleep(ms).then(then); };
  globalThis.fetch = async (url, { method, headers, body }) => {
    const answer = JSON.parse(await __fetch(url, JSON.stringify({ method, headers }), body ? body.buffer : undefined));
    return { status: answer.status, headers: { get: (name) => answer.headers[name.toLowerCase()] ?? null }, text: async () => answer.text };
  };
`;
const MODULES: Record<string, string> = {
  crypto: `export const createHash = (name) => { let all; return { update(bytes) { all = bytes; return this; }, digest: () => __hash(name, all.buffer.slice(all.byteOffset, all.byteOffset + all.byteLength)) }; };`,
  '@aws-sdk/client-s3': `
    export class S3Client { async send(command) {
      const answer = await __aws(command.constructor.name, JSON.stringify(command.input));
      return answer instanceof ArrayBuffer ? { Body: { transformToByteArray: async () => new Uint8Array(answer) } } : {};
    } }
    export class GetObjectCommand { constructor(input) { this.input = input; } }
    export class PutObjectCommand { constructor(input) { this.input = input; } }`,
  '@aws-sdk/client-secrets-manager': `
    export class SecretsManagerClient { async send(command) { return { SecretString: await __aws('GetSecretValueCommand', JSON.stringify(command.input)) }; } }
    export class GetSecretValueCommand { constructor(input) { this.input = input; } }`,
};

export interface Host {
  env: Record<string, string>;
  log(line: string): void;
  /** Runs an AWS command by its name; bytes, text or nothing come back. */
  aws(command: string, input: Record<string, string>): Promise<Uint8Array | string | undefined>;
}

const bytesOf = (vm: QuickJSContext, handle: QuickJSHandle | undefined): Uint8Array =>
  handle && vm.typeof(handle) === 'object' ? vm.getArrayBuffer(handle).value.slice() : new Uint8Array();
/** Without a shared buffer underneath, whatever the view it came from. */
const arrayBuffer = (bytes: Uint8Array): ArrayBuffer => Uint8Array.from(bytes).buffer;

/** Evaluates the bundle and calls its handler once; resolves the answer. */
export async function callInQuickJs(bundle: string, host: Host, event: unknown, remainingMs: number): Promise<unknown> {
  const engine = await newQuickJSWASMModuleFromVariant(
    variant as unknown as QuickJSSyncVariant, // the package types its CommonJS form only
  );
  const vm = engine.newContext();
  vm.runtime.setModuleLoader((name) =>
    name === 'lambda' ? bundle : (MODULES[name] ?? { error: new Error(`LLRT has no module ${name}`) }),
  );

  const sync = (name: string, run: (...args: QuickJSHandle[]) => QuickJSHandle): void =>
    vm.newFunction(name, run).consume((f) => vm.setProp(vm.global, name, f));
  /** A host function that answers with a promise; bytes come as ArrayBuffer, the rest as text. */
  const async = (name: string, run: (...args: QuickJSHandle[]) => Promise<Uint8Array | string | undefined>): void =>
    sync(name, (...args) => {
      const deferred = vm.newPromise();
      void run(...args).then(
        (value) => {
          if (value === undefined) deferred.resolve();
          else
            (typeof value === 'string' ? vm.newString(value) : vm.newArrayBuffer(arrayBuffer(value))).consume((h) =>
              deferred.resolve(h),
            );
        },
        (error: Error) => vm.newError({ name: error.name, message: error.message }).consume((h) => deferred.reject(h)),
      );
      void deferred.settled.then(() => vm.runtime.executePendingJobs());
      return deferred.handle;
    });

  sync('__log', (text) => (host.log(vm.getString(text)), vm.undefined));
  sync('__env', () => vm.newString(JSON.stringify(host.env)));
  sync('__utf8', (buffer) => vm.newString(new TextDecoder('utf-8', { fatal: true }).decode(bytesOf(vm, buffer))));
  sync('__url', (url, base) =>
    vm.newString(
      new URL(vm.getString(url), base && vm.typeof(base) === 'string' ? vm.getString(base) : undefined).href,
    ),
  );
  sync('__hash', (name, buffer) =>
    vm.newString(createHash(vm.getString(name)).update(bytesOf(vm, buffer)).digest('hex')),
  );
  async('__sleep', (ms) => {
    const wait = vm.getNumber(ms);
    return new Promise((done) => setTimeout(() => done(undefined), wait));
  });
  async('__aws', (command, input) => host.aws(vm.getString(command), JSON.parse(vm.getString(input))));
  async('__fetch', async (url, init, body) => {
    const { method, headers } = JSON.parse(vm.getString(init));
    const bytes = bytesOf(vm, body);
    const response = await fetch(vm.getString(url), {
      method,
      headers,
      ...(bytes.length && { body: arrayBuffer(bytes) }),
    });
    return JSON.stringify({
      status: response.status,
      headers: Object.fromEntries(response.headers),
      text: await response.text(),
    });
  });

  vm.unwrapResult(vm.evalCode(PRELUDE)).dispose();
  const call = `import { handler } from 'lambda';
    globalThis.answer = handler(${JSON.stringify(event)}, { getRemainingTimeInMillis: () => ${remainingMs} }).then(JSON.stringify);`;
  vm.unwrapResult(vm.evalCode(call, 'call.js', { type: 'module' })).dispose();
  vm.runtime.executePendingJobs();
  const promise = vm.getProp(vm.global, 'answer');
  const settled = vm.resolvePromise(promise);
  promise.dispose();
  vm.runtime.executePendingJobs();
  const text = vm.unwrapResult(await settled).consume((h) => vm.getString(h));
  return JSON.parse(text);
}
