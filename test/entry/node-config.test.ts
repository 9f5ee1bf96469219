import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/entry/command.ts';
import { readConfig } from '../../src/entry/config.ts';

const URL_A = 'postgres://a:b@db.example:5432/tagtrail';

describe('readConfig', () => {
  it('needs nothing', () => {
    expect(readConfig({}, {})).toMatchObject({
      port: 3000,
      host: '127.0.0.1',
      place: { dataDir: './data' },
      logLevel: 'info',
    });
  });

  it('reads the environment, and the command line before it', () => {
    const env = {
      PORT: '80',
      HOST: '0.0.0.0',
      DATABASE_URL: URL_A,
      TAGTRAIL_CAPTURE_EVENTS_MAX: '5',
      TAGTRAIL_LOG: '',
    };
    expect(readConfig({}, env)).toMatchObject({
      port: 80,
      host: '0.0.0.0',
      place: { url: URL_A },
      captureEventsMax: 5,
      logLevel: 'info',
    });
    expect(readConfig({ port: '81' }, env).port).toBe(81);
    expect(readConfig({ data: '/d' }, env).place).toEqual({ dataDir: '/d' });
    expect(readConfig({ 'database-url': 'postgresql://x/y' }, env).place).toEqual({ url: 'postgresql://x/y' });
  });

  it.each([
    [{ PORT: 'nine' }, 'PORT: must be a whole number from 0 to 65535'],
    [{ PORT: '65536' }, 'PORT: must be a whole number from 0 to 65535'],
    [{ PORT: '-1' }, 'PORT: must be'],
    [{ DATABASE_URL: 'mysql://x' }, 'DATABASE_URL: must be a URL such as postgres://'],
    [{ TAGTRAIL_LOG: 'loud' }, 'TAGTRAIL_LOG: must be one of debug'],
    [{ TAGTRAIL_CAPTURE_BYTES_MAX: '1' }, 'TAGTRAIL_CAPTURE_BYTES_MAX: must be'],
  ])('refuses %j by name', (env, says) => {
    expect(() => readConfig({}, env as NodeJS.ProcessEnv)).toThrow(UsageError);
    expect(() => readConfig({}, env as NodeJS.ProcessEnv)).toThrow(says);
  });

  it('names the option where that is wrong', () => {
    expect(() => readConfig({ port: 'x' }, { PORT: '1' })).toThrow('--port: must be');
    expect(() => readConfig({ 'database-url': URL_A, data: 'd' }, {})).toThrow('exclude each other');
  });
});
