import { connect, encode } from 'node-llrp';
import { describe, expect, test } from 'vitest';
import {
  answer,
  type Behaviour,
  error,
  event,
  keepalive,
  open,
  reader,
  report,
  SUCCESS,
  to,
  until,
} from './stand-in.ts';

describe('greeting', () => {
  test('nothing is said before it', async () => {
    const silent = await reader(() => {}, Buffer.alloc(0));
    await expect(to(silent.port, {}, 'auto')).rejects.toMatchObject({
      code: 'TIMEOUT',
      message: 'no greeting within 300 ms',
    });
    expect(silent.got).toEqual([]);
  });

  test.each([
    ['Failed_A_Reader_Initiated_Connection_Already_Exists', 'the reader holds a connection that it opened itself'],
    ['Failed_A_Client_Initiated_Connection_Already_Exists', 'another client holds this reader'],
    ['Failed_Reason_Other_Than_A_Connection_Already_Exists', 'the reader refuses the connection'],
  ])('%s is said plainly', async (code, words) => {
    const busy = await reader(() => {}, event(code));
    await expect(to(busy.port)).rejects.toMatchObject({ code: 'CONNECT', message: `${words} (${code})` });
  });

  test('no reader there', async () => {
    const gone = await reader(() => {});
    open.splice(0)[0]?.();
    await expect(to(gone.port)).rejects.toMatchObject({ code: 'CONNECT' });
  });
});

describe('version', () => {
  const capable =
    (supported: number): Behaviour =>
    (message, socket) => {
      const version = {
        message: 'GET_SUPPORTED_VERSION_RESPONSE',
        version: 2,
        id: message.id,
        CurrentVersion: 1,
        SupportedVersion: supported,
        parameters: [SUCCESS],
      };
      socket.write(message.message === 'GET_SUPPORTED_VERSION' ? encode(version) : answer(message));
    };

  test.each([
    [1, 1, ['GET_SUPPORTED_VERSION']],
    [2, 2, ['GET_SUPPORTED_VERSION', 'SET_PROTOCOL_VERSION']],
    [3, 2, ['GET_SUPPORTED_VERSION', 'SET_PROTOCOL_VERSION']],
  ])('a reader that speaks up to %i: header version %i', async (supported, version, said) => {
    const young = await reader(capable(supported));
    const client = await to(young.port, {}, 'auto');
    expect([client.version, ...young.got.map((one) => one.message)]).toEqual([version, ...said]);
    expect(young.got[0]?.version).toBe(2);
  });

  test.each(['M_UnsupportedVersion', 'M_UnsupportedMessage'])('ERROR_MESSAGE %s means 1.0.1', async (code) => {
    const old = await reader((message, socket) => void socket.write(error(message, code)));
    expect((await to(old.port, {}, 'auto')).version).toBe(1);
    expect(old.connections()).toBe(1);
  });

  test('ERROR_MESSAGE with another id is still the answer to the only request', async () => {
    const odd = await reader((message, socket) => void socket.write(error(message, 'M_UnsupportedVersion', 0)));
    expect((await to(odd.port, {}, 'auto')).version).toBe(1);
  });

  test('a reader that hangs up is connected again and not asked', async () => {
    const touchy = await reader((message, socket, connection) => {
      if (connection === 1) socket.destroy();
      else socket.write(answer(message));
    });
    const client = await to(touchy.port, {}, 'auto');
    expect([client.version, touchy.connections()]).toEqual([1, 2]);
    await client.request({ message: 'DELETE_ROSPEC', ROSpecID: 0 });
    expect(touchy.got.map((one) => [one.message, one.version])).toEqual([
      ['GET_SUPPORTED_VERSION', 2],
      ['DELETE_ROSPEC', 1],
    ]);
  });

  test('1.1 insists, 1.0.1 does not ask', async () => {
    const old = await reader((message, socket) => void socket.write(error(message, 'M_UnsupportedVersion')));
    await expect(to(old.port, {}, '1.1')).rejects.toThrow('the reader does not speak LLRP 1.1');
    const quiet = await reader(() => {});
    await to(quiet.port);
    expect(quiet.got).toEqual([]);
  });
});

describe('requests', () => {
  test('reports and keepalives between a request and its answer are delivered, in order', async () => {
    const order: string[] = [];
    const busy = await reader((message, socket) => {
      const id = message.id; // reports may carry any id, also that of the request
      if (message.message === 'DELETE_ROSPEC')
        socket.write(Buffer.concat([report(1, id), keepalive(7), report(2, id), answer(message), report(3)]));
    });
    const client = await to(busy.port, {
      onReport: (columns) => order.push(`report ${columns.epc2[0]}`),
      onKeepalive: (message, link) => {
        order.push(`keepalive ${message.id}`);
        link.acknowledge(message.id);
      },
    });
    await client.request({ message: 'DELETE_ROSPEC', ROSpecID: 0 });
    expect(order).toEqual(['report 1', 'keepalive 7', 'report 2', 'report 3']);
    await until(() => busy.got.some((one) => one.message === 'KEEPALIVE_ACK' && one.id === 7));
  });

  test('nobody acknowledges but the caller', async () => {
    const asking = await reader(() => {});
    const heard: number[] = [];
    const client = await to(asking.port, { onKeepalive: (message) => heard.push(message.id) });
    asking.say(keepalive(1), keepalive(2));
    await until(() => heard.length === 2);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(asking.got).toEqual([]);
    client.acknowledge(2);
    await until(() => asking.got.length === 1);
    expect(asking.got[0]).toMatchObject({ message: 'KEEPALIVE_ACK', id: 2 });
  });

  test('no answer is a TIMEOUT, a late one goes to onOther', async () => {
    const others: string[] = [];
    const slow = await reader((message, socket) => void setTimeout(() => socket.write(answer(message)), 150));
    const client = await to(slow.port, { onOther: (message) => others.push(message.message) });
    const late = client.request({ message: 'GET_ROSPECS' }, { deadlineMs: 50 });
    await expect(late).rejects.toMatchObject({ code: 'TIMEOUT', message: 'no answer to GET_ROSPECS within 50 ms' });
    await until(() => others.length === 1);
    expect(others).toEqual(['GET_ROSPECS_RESPONSE']);
  });

  test('a refusal carries its name', async () => {
    const strict = await reader((message, socket) => void socket.write(answer(message, 'R_DeviceError')));
    const client = await to(strict.port);
    await expect(client.request({ message: 'GET_ROSPECS' })).rejects.toMatchObject({
      code: 'STATUS',
      status: 'R_DeviceError',
    });
  });

  test('a request that cannot be encoded is refused before anything is sent', async () => {
    const idle = await reader(() => {});
    const client = await to(idle.port);
    await expect(client.request({ message: 'START_ROSPEC' })).rejects.toThrow('START_ROSPEC / ROSpecID: is missing');
    expect(idle.got).toEqual([]);
  });

  test('a vendor message of no known name is answered by any custom message with its id', async () => {
    const vendor = await reader((message, socket) => {
      socket.write(
        encode({
          message: 'CUSTOM_MESSAGE',
          version: 1,
          id: message.id,
          VendorIdentifier: 9,
          MessageSubtype: 2,
          Data: 'aa',
        }),
      );
    });
    const client = await to(vendor.port);
    const request = { message: 'CUSTOM_MESSAGE', VendorIdentifier: 9, MessageSubtype: 1, Data: '' };
    expect(await client.request(request)).toMatchObject({ MessageSubtype: 2, Data: 'aa' });
  });
});

describe('what the link does', () => {
  test('a malformed message is told, and the session goes on with the next', async () => {
    const rows: number[] = [];
    const malformed: string[] = [];
    const bad = await reader(() => {});
    await to(bad.port, {
      onReport: (columns) => rows.push(...columns.epc2.subarray(0, columns.count)),
      onMalformed: (fault) => malformed.push(fault.code),
    });
    const broken = Buffer.from('043d0000000e0000000100f00003', 'hex');
    const unknownVendor = Buffer.from('07ff00000011000000010000029a2adead', 'hex');
    bad.say(report(1), broken, unknownVendor, report(2), broken, report(3));
    await until(() => rows.length === 3);
    expect([rows, malformed]).toEqual([
      [1, 2, 3],
      ['LENGTH', 'LENGTH'],
    ]);
  });

  test('framing lost: closed, with the reason, and waiting requests are told', async () => {
    const reasons: string[] = [];
    const lost = await reader((_, socket) => void socket.write(Buffer.from('043d7735940000000001', 'hex')));
    const client = await to(lost.port, { onClose: (reason) => reasons.push(`${reason.code}: ${reason.message}`) });
    await expect(client.request({ message: 'GET_ROSPECS' })).rejects.toMatchObject({ code: 'CLOSED' });
    expect(reasons).toEqual([
      'framing lost: offset 32: message length 2000000000 is above the limit of 67108864 bytes',
    ]);
  });

  test('half a message and a reset: what was whole has come, onClose is called once', async () => {
    const rows: number[] = [];
    const reasons: string[] = [];
    const cut = await reader(() => {});
    await to(cut.port, {
      onReport: (columns) => rows.push(columns.count),
      onClose: (reason) => reasons.push(reason.code),
    });
    cut.say(report(1), report(2).subarray(0, 20));
    await until(() => rows.length === 1);
    cut.sockets.at(-1)?.resetAndDestroy();
    await until(() => reasons.length === 1);
    expect(reasons).toEqual(['link lost']);
  });

  test('pause holds the reader back, resume loses nothing', async () => {
    let rows = 0;
    const many = await reader(() => {});
    const client = await to(many.port, { onReport: (columns) => (rows += columns.count) });
    client.pause();
    const burst = Buffer.alloc(400_000 * report(1).length, report(1)); // far more than the sockets hold
    many.sockets.at(-1)?.write(burst);
    await new Promise((resolve) => setTimeout(resolve, 200));
    const held = rows;
    expect(held).toBeLessThan(100_000);
    expect(many.sockets.at(-1)?.writableLength).toBeGreaterThan(0);
    client.resume();
    await until(() => rows === 400_000, 10_000);
  });

  test('close says CLOSE_CONNECTION and waits for the answer, but not for ever', async () => {
    const polite = await reader((message, socket) => void socket.write(answer(message)));
    const reasons: string[] = [];
    await (await to(polite.port, { onClose: (reason) => reasons.push(reason.code) })).close();
    await until(() => reasons.length === 1);
    expect([polite.got.map((one) => one.message), reasons]).toEqual([['CLOSE_CONNECTION'], ['closed by us']]);
    const deaf = await reader(() => {});
    const client = await to(deaf.port);
    await client.close();
    expect(() => client.send({ message: 'ENABLE_EVENTS_AND_REPORTS' })).toThrow('the link is closed');
    client.acknowledge(1); // the link is gone: nothing to say, nothing to throw
  });
});

describe('a signal', () => {
  test('aborted before: nothing is dialled', async () => {
    const there = await reader(() => {});
    const signal = AbortSignal.abort(new Error('not now'));
    await expect(connect({ host: '127.0.0.1', port: there.port, signal })).rejects.toThrow('not now');
    expect(there.connections()).toBe(0);
  });

  test('ends dialling', async () => {
    const mute = await reader(() => {}, Buffer.alloc(0)); // it never answers TLS
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error('enough')), 50);
    const dialling = connect({ host: '127.0.0.1', port: mute.port, tls: true, signal: controller.signal });
    await expect(dialling).rejects.toThrow('enough');
  });

  test.each(['greeting', 'version'])('ends the wait for the %s, and the link', async (step) => {
    const mute = await reader(() => {}, step === 'greeting' ? Buffer.alloc(0) : event('Success'));
    const controller = new AbortController();
    const waiting = connect({ host: '127.0.0.1', port: mute.port, signal: controller.signal });
    setTimeout(() => controller.abort(new Error('enough')), 50);
    await expect(waiting).rejects.toThrow('enough');
    await until(() => mute.sockets.every((socket) => socket.destroyed || socket.readableEnded));
    expect(mute.connections()).toBe(1); // the hang-up is ours: it is no answer to the version question
  });

  test('means nothing to a client that is there', async () => {
    const there = await reader((message, socket) => void socket.write(answer(message)));
    const controller = new AbortController();
    const client = await connect({
      host: '127.0.0.1',
      port: there.port,
      version: '1.0.1',
      signal: controller.signal,
    });
    open.push(() => client.destroy());
    controller.abort();
    await client.request({ message: 'GET_ROSPECS' });
  });
});
