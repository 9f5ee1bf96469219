import type { Logger } from 'pino';

/** What an operator must see; the name is stable, for rules in monitoring. */
export type AlarmName =
  | 'spool-full'
  | 'spool-unwritable'
  | `endpoint-${'unauthorised' | 'refuses'}:${string}`
  | 'dead-letters'
  | 'presence-full'
  | 'host-clock'
  | 'recall-alerts'
  | `aggregation:${string}`
  | `task:${string}`
  | `reader-${'held' | 'link' | 'idle' | 'overflow' | 'antenna' | 'configuration' | 'time' | 'inputs'}:${string}`;

/** Conditions that hold now; each is logged when it begins and when it ends. */
export class Alarms {
  readonly #logger: Logger;
  readonly #on = new Map<AlarmName, string>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  raise(name: AlarmName, message: string, detail: Record<string, unknown> = {}): void {
    const known = this.#on.has(name);
    this.#on.set(name, message);
    if (!known) this.#logger.error({ alarm: name, ...detail }, message);
  }

  clear(name: AlarmName): void {
    if (this.#on.delete(name)) this.#logger.info({ alarm: name }, 'alarm over');
  }

  /** A reader that is no longer configured has no alarms. */
  clearReader(reader: string): void {
    for (const name of this.#on.keys()) if (name.startsWith('reader-') && name.endsWith(`:${reader}`)) this.clear(name);
  }

  list(): { name: AlarmName; message: string }[] {
    return [...this.#on].map(([name, message]) => ({ name, message }));
  }
}
