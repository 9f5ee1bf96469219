import { readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Role } from '../access/policy.ts';
import { CAPTURE_HELD_MAX, onCommitted } from '../capture/capture.ts';
import { Delivery } from '../capture/deliver.ts';
import { HoldWatch } from '../capture/hold-watch.ts';
import { Reminders } from '../capture/recall-reminders.ts';
import { AppError, messageOf } from '../error.ts';
import { gcpKnowledge, type GcpKnowledge, parseGcpTable } from '../gs1/index.ts';
import { createApp } from '../http/app.ts';
import { openApiOf } from '../http/openapi.ts';
import type { Logger, Platform } from '../http/platform.ts';
import { problemOf } from '../http/problem.ts';
import { addKey, hasKeys, revokeKey } from '../store/api-key.ts';
import { DEFAULT_TENANT, openStore, type Store } from '../store/open.ts';
import { createPages, type Pages } from '../web/app.ts';
import { buildAssets } from './assets.ts';
import type { Config, Place } from './config.ts';
import { keepHeapSmall } from './heap.ts';
import { LARGE_REQUEST_MS_MAX, listen } from './node.ts';
import { type SecretKey, secretKeyOf } from './secret-key.ts';
import { Upgrades } from './upgrade.ts';
import { VERSION } from './version.ts';

/** Between two tries to reach the database, and between two lines that say so. */
const RETRY_MS = 1000;
const PROGRESS_MS = 5000;

/** How a start differs from a plain one. */
export interface StartOptions {
  logger: Logger;
  /** One line for people. */
  progress: (line: string) => void;
  /** Who may come without a key; the demonstration alone sets it. */
  anonymousRole?: Role;
  recalls?: Pages['recalls'];
}

/** A platform that runs. */
export interface Running {
  url: string;
  platform: Platform;
  /** Where the first operator's key was written; absent unless it was just made. */
  keyFile?: string;
  /** Lets running requests end, then closes the database. */
  stop(): Promise<void>;
}

/** Whether the database may only be late: it could not be reached, rather than refused to be used. */
const isLate = (error: unknown): error is AppError =>
  error instanceof AppError && error.code === 'unavailable' && error.detail?.['reason'] !== undefined;

/** Opens the database; one on a server that does not answer is tried again for `waitS` seconds. */
async function openInTime(place: Place, waitS: number, progress: StartOptions['progress']): Promise<Store> {
  const start = Date.now();
  for (let told = -Infinity; ;) {
    try {
      return await openStore(place);
    } catch (error) {
      const waited = Date.now() - start;
      if (!isLate(error) || !('url' in place)) throw error;
      if (waited + RETRY_MS > waitS * 1000) {
        throw new AppError(
          'unavailable',
          `${error.message} Gave up after ${Math.round(waited / 1000)} s.`,
          error.detail,
          error,
        );
      }
      if (waited - told >= PROGRESS_MS) {
        progress(`${error.message} Trying again for ${Math.round(waitS - waited / 1000)} s.`);
        told = waited;
      }
    }
    await sleep(RETRY_MS);
  }
}

/** The first operator's key of a new data directory, in a file that only its owner reads; undefined where keys exist. */
async function firstKey(store: Store, dataDir: string): Promise<string | undefined> {
  if (await hasKeys(store, DEFAULT_TENANT)) return undefined;
  const file = join(dataDir, 'operator.key');
  const { key, id } = await addKey(store, DEFAULT_TENANT, 'operator', Date.now());
  try {
    await rm(file, { force: true });
    await writeFile(file, `${key}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    // a key that nobody ever saw must not open anything, and the next start makes another
    await revokeKey(store, DEFAULT_TENANT, id, Date.now());
    throw new AppError('unavailable', `the operator's key cannot be written to ${file}`, { file }, error);
  }
  return file;
}

/** With a database server other processes must find the same key, which a file here is not. */
function tellSecret(logger: StartOptions['logger'], { place }: Config, secret: SecretKey | undefined): void {
  if (!secret) logger.warn({}, 'TAGTRAIL_SECRET_KEY is not set: subscriptions with a signatureToken are refused');
  else if (secret.file !== undefined && 'url' in place) {
    const file = secret.file;
    logger.warn({ file }, 'signatureTokens are sealed under a key of this machine alone; set TAGTRAIL_SECRET_KEY');
  }
}

/** GS1's list of company prefix lengths. Throws AppError `unavailable` that names the file. */
function gcpOf(file: string): GcpKnowledge {
  try {
    return gcpKnowledge({ table: parseGcpTable(readFileSync(file, 'utf8')) });
  } catch (error) {
    throw new AppError('unavailable', `TAGTRAIL_GCP_TABLE: ${file}: ${messageOf(error)}`, { file }, error);
  }
}

/**
 * Starts the platform on Node: database, REST interface, pages, HTTP server. Throws AppError `unavailable` with one
 * sentence when the database, the data directory or the port cannot be had; nothing stays open then.
 */
export async function start(config: Config, options: StartOptions): Promise<Running> {
  const { logger, anonymousRole, recalls } = options;
  const isLarge = config.captureEventsMax > CAPTURE_HELD_MAX;
  if (isLarge) keepHeapSmall();
  const gcp = config.gcpTable === undefined ? undefined : gcpOf(config.gcpTable);
  const store = await openInTime(config.place, config.databaseWaitS, options.progress);
  if (store.wall === 'off') {
    logger.warn({}, 'row-level security is off: the role of the connection passes every policy (docs/operating.md)');
  }
  let delivery: Delivery | undefined;
  let holds: HoldWatch | undefined;
  let reminders: Reminders | undefined;
  try {
    const keyFile = 'dataDir' in config.place ? await firstKey(store, config.place.dataDir) : undefined;
    const secret = await secretKeyOf(config);
    tellSecret(logger, config, secret);
    const stopping = new AbortController();
    const shared = { store, clock: Date.now, logger, ...(anonymousRole && { anonymousRole }) };
    const platform: Platform = {
      ...shared,
      version: VERSION,
      captureEventsMax: config.captureEventsMax,
      captureBytesMax: config.captureBytesMax,
      ...(gcp && { gcp }),
      live: {
        stopping: stopping.signal,
        subscribe: (tenantId, listener) =>
          onCommitted(store, (committed) => committed.tenantId === tenantId && listener(committed.events)),
      },
    };
    delivery = new Delivery({
      ...shared,
      ...(gcp && { gcp }),
      ...(secret && { secretKey: secret.key }),
      reach: { allowPrivate: config.webhookAllowPrivate },
      problemOf,
    });
    platform.webhooks = delivery;
    holds = new HoldWatch(shared);
    reminders = new Reminders(shared);
    const upgrades = new Upgrades();
    platform.sockets = upgrades;
    const app = createApp(platform);
    const openApi = (): object => openApiOf(app, VERSION);
    app.route('/', createPages({ ...shared, openApi, assets: await buildAssets(), ...(recalls && { recalls }) }));
    const { url, stop } = await listen(app.fetch, {
      ...config,
      upgrades,
      ...(isLarge && { requestMsMax: LARGE_REQUEST_MS_MAX }),
    });
    return {
      url,
      platform,
      ...(keyFile && { keyFile }),
      stop: async () => {
        stopping.abort();
        await stop();
        await delivery?.stop();
        await holds?.stop();
        await reminders?.stop();
        await store.close();
      },
    };
  } catch (error) {
    await delivery?.stop();
    await holds?.stop();
    await reminders?.stop();
    await store.close();
    throw error;
  }
}
