import { execFile } from 'node:child_process';
import type { Alarms } from './alarm.ts';

const ANSWER_MS_MAX = 5000;
const AGAIN_MS = 10 * 60_000;
const ASK = ['show', '--property=NTPSynchronized', '--value'];
const ANSWERS: Readonly<Record<string, HostClock>> = { yes: 'synchronised', no: 'unsynchronised' };

/** What an operator reads. */
export const UNSYNCHRONISED =
  "the clock of this host is not synchronised: readers' clocks are corrected by it; run an NTP client";

/** What the kernel says of its clock; `unknown` where there is no systemd to ask. */
export type HostClock = 'synchronised' | 'unsynchronised' | 'unknown';

/** Whether the host's clock follows a time server (whichever client does it), as timedatectl tells. */
export function hostClock(): Promise<HostClock> {
  return new Promise((resolve) => {
    execFile('timedatectl', ASK, { timeout: ANSWER_MS_MAX }, (error, stdout) => {
      resolve(error ? 'unknown' : (ANSWERS[stdout.trim()] ?? 'unknown'));
    });
  });
}

/** Looks now and every ten minutes; the alarm `host-clock` is on while the clock is not synchronised. */
export function watchHostClock(alarms: Alarms): () => void {
  let over = false;
  const look = async (): Promise<void> => {
    const found = await hostClock();
    if (over) return;
    if (found === 'unsynchronised') alarms.raise('host-clock', UNSYNCHRONISED);
    else alarms.clear('host-clock');
  };
  void look();
  const timer = setInterval(() => void look(), AGAIN_MS).unref();
  return () => {
    over = true;
    clearInterval(timer);
  };
}
