// A clock that runs faster, for a process that is started with `--import fast-clock.ts?from=…&since=…&speed=…`: Date
// and the timers live by it, so that a program that knows nothing of it goes through a day in minutes. What the
// operating system does (sockets, disks, AbortSignal.timeout) takes as long as it takes.

/** `from` + (real time − `since`) × `speed`; all times in ms since 1970. */
export interface FastClock {
  from: number;
  since: number;
  speed: number;
}

const realNow = (): number => performance.timeOrigin + performance.now();

/** The time on a fast clock. */
export const timeOf = ({ from, since, speed }: FastClock): number => from + (realNow() - since) * speed;

/** Starts a fast clock that shows `from` now. */
export const startClock = (from: number, speed: number): FastClock => ({ from, since: realNow(), speed });

/** The argument for Node that makes a process live by this clock. */
export function importOf({ from, since, speed }: FastClock): string[] {
  return ['--import', `${import.meta.url.split('?')[0]}?from=${from}&since=${since}&speed=${speed}`];
}

type Timer = (act: (...args: unknown[]) => void, ms?: number, ...args: unknown[]) => NodeJS.Timeout;

function live(clock: FastClock): void {
  const Real = Date;
  const now = (): number => Math.floor(timeOf(clock));
  class FastDate extends Real {
    constructor(value: string | number | Date = now()) {
      super(value);
    }
    static override now(): number {
      return now();
    }
  }
  const faster = (timer: Timer): Timer => {
    return (act, ms = 0, ...args) => timer(act, ms / clock.speed, ...args);
  };
  Object.assign(globalThis, {
    Date: FastDate,
    setTimeout: faster(setTimeout as Timer),
    setInterval: faster(setInterval as Timer),
  });
}

const query = new URL(import.meta.url).searchParams;
if (query.has('speed')) {
  const number = (name: keyof FastClock): number => Number(query.get(name));
  live({ from: number('from'), since: number('since'), speed: number('speed') });
}
