import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const SECTIONS = ['Unit', 'Service', 'Install'];

/** Sections of a unit file: name → key → values, in order (systemd.syntax). Throws on a line that is none. */
function unitOf(text: string): Map<string, Map<string, string[]>> {
  const sections = new Map<string, Map<string, string[]>>();
  let section: Map<string, string[]> | undefined;
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const name = /^\[(\w+)\]$/.exec(line)?.[1];
    if (name) {
      sections.set(name, (section = new Map()));
      continue;
    }
    const [, key, value] = /^([A-Z]\w+)=(.*)$/.exec(line) ?? [];
    if (!section || key === undefined || value === undefined) throw new Error(`no setting: ${line}`);
    section.set(key, [...(section.get(key) ?? []), value]);
  }
  return sections;
}

describe('the systemd unit', () => {
  const unit = unitOf(readFileSync(join(ROOT, 'infra/systemd/tagtrail-collect.service'), 'utf8'));
  const service = unit.get('Service')!;
  const one = (key: string): string | undefined => service.get(key)?.join(' ');

  it('has the three sections and settings that stand once, lists aside', () => {
    expect([...unit.keys()]).toEqual(SECTIONS);
    const twice = [...service].filter(([, values]) => values.length > 1).map(([key]) => key);
    expect(twice).toEqual(['SystemCallFilter']);
    expect(unit.get('Install')!.get('WantedBy')).toEqual(['multi-user.target']);
  });

  it('starts the program of this project, as nobody with rights', () => {
    const [program, command] = one('ExecStart')!.split(' ');
    const file = join(ROOT, program!.replace('/opt/tagtrail/', ''));
    expect(existsSync(file)).toBe(true);
    expect(statSync(file).mode & 0o111).not.toBe(0);
    expect(readFileSync(file, 'utf8')).toMatch(/^#!/);
    expect(command).toBe('collect');
    expect([one('User'), one('NoNewPrivileges'), one('CapabilityBoundingSet'), one('ProtectSystem')]).toEqual([
      'tagtrail',
      'yes',
      '',
      'strict',
    ]);
    expect([one('StateDirectory'), one('StateDirectoryMode')]).toEqual(['tagtrail', '0700']);
  });

  it('reloads by SIGHUP, stops by SIGTERM with time enough, and starts again for ever, a wrong file aside', () => {
    expect(one('ExecReload')).toBe('/bin/kill -HUP $MAINPID');
    expect(one('KillSignal')).toBe('SIGTERM');
    expect(Number(one('TimeoutStopSec'))).toBeGreaterThan(5);
    expect([one('Restart'), one('RestartPreventExitStatus')]).toEqual(['always', '2']);
    expect(unit.get('Unit')!.get('StartLimitIntervalSec')).toEqual(['0']);
  });
});
