import { describe, expect, test } from 'vitest';
import { createKey, isKey, keyIdOf } from '../../src/access/api-key.ts';
import { demand, isRole, may, RIGHTS, ROLES } from '../../src/access/policy.ts';

describe('the policy', () => {
  test('who may do what', () => {
    const table = Object.fromEntries(ROLES.map((role) => [role, RIGHTS.filter((right) => may(role, right)).join(' ')]));
    expect(table).toEqual({
      operator:
        'capture query trace keys others alerts recall-read recall-work recall-decide recall-release recall-close',
      partner: 'capture query trace',
      capture: 'capture alerts',
      reader: 'query trace alerts recall-read',
      coordinator: 'query trace alerts recall-read recall-work recall-decide',
      quality: 'query trace alerts recall-read recall-decide recall-release recall-close',
    });
  });

  test('demand names the role and the right that it lacks', () => {
    const principal = { tenantId: 't', keyId: 'k', role: 'reader' } as const;
    demand(principal, 'query');
    expect(() => demand(principal, 'capture')).toThrow(
      expect.objectContaining({ code: 'forbidden', detail: { role: 'reader', right: 'capture' } }),
    );
  });

  test('a name of Object.prototype is no role', () => {
    expect(['operator', 'toString', '__proto__', ''].map(isRole)).toEqual([true, false, false, false]);
  });
});

describe('keys', () => {
  test('a key opens what was stored of it, and nothing else does', () => {
    const { key, ...stored } = createKey();
    expect(key).toMatch(/^tt_[0-9a-f]{12}_[\w-]{32}$/);
    expect(isKey(key, stored)).toBe(true);
    expect(JSON.stringify([stored.keyId, [...stored.hash]])).not.toContain(key.slice(16));
    const other = createKey();
    const swapped = `tt_${stored.keyId}_${other.key.slice(16)}`;
    for (const wrong of [other.key, swapped, key.slice(0, -1), `${key}x`, ` ${key}`, '']) {
      expect(isKey(wrong, stored)).toBe(false);
    }
  });

  test('no two are the same, and the id is read from the key alone', () => {
    const keys = Array.from({ length: 100 }, createKey);
    expect(new Set(keys.map(({ key }) => key)).size).toBe(100);
    expect(keys.every(({ key, keyId }) => keyIdOf(key) === keyId)).toBe(true);
    expect(keyIdOf('tt_zz_zz')).toBeUndefined();
  });
});
