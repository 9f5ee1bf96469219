import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seal, SEAL_KEY_BYTES, unseal } from '../../src/access/seal.ts';

const key = randomBytes(SEAL_KEY_BYTES);

describe('a sealed secret', () => {
  it('opens with its key and place, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), (secret, place) => {
        expect(unseal(key, place, seal(key, place, secret))).toBe(Buffer.from(secret).toString());
      }),
    );
  });

  it('is not the same twice and does not show the secret', () => {
    const [one, two] = [seal(key, 'a', 'secret-of-a-receiver'), seal(key, 'a', 'secret-of-a-receiver')];
    expect(Buffer.from(one).equals(two)).toBe(false);
    expect(Buffer.from(one).toString('latin1')).not.toContain('secret');
  });

  it('opens with no other key, in no other place, and not when changed', () => {
    const sealed = seal(key, 'tenant/1', 'secret');
    const refusal = expect.objectContaining({ code: 'internal' });
    expect(() => unseal(randomBytes(SEAL_KEY_BYTES), 'tenant/1', sealed)).toThrow(refusal);
    expect(() => unseal(key, 'tenant/2', sealed)).toThrow(refusal);
    for (let i = 0; i < sealed.length; i++) {
      const changed = Uint8Array.from(sealed, (byte, at) => (at === i ? byte ^ 1 : byte));
      expect(() => unseal(key, 'tenant/1', changed)).toThrow(refusal);
    }
    expect(() => unseal(key, 'tenant/1', sealed.subarray(0, 20))).toThrow(refusal);
    expect(() => unseal(key, 'tenant/1', new Uint8Array())).toThrow(refusal);
  });
});
