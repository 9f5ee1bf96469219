import { localTime } from './local-time.ts';

/** The as-of field speaks the reader's zone; what is sent is the instant in UTC. */
export function keepAsOfLocal(): void {
  const form = document.querySelector<HTMLFormElement>('form[data-island="as-of"]');
  const field = form?.querySelector<HTMLInputElement>('input[name="asOf"]');
  const hint = form?.querySelector<HTMLElement>('[data-local]');
  if (!form || !field || !hint) return;
  if (field.value !== '') field.value = localTime(new Date(`${field.value}Z`)).replace(' ', 'T');
  hint.textContent = hint.dataset['local'] ?? '';
  form.addEventListener('formdata', ({ formData }) => {
    const instant = new Date(field.value);
    if (field.value === '') formData.delete('asOf');
    else if (!Number.isNaN(instant.getTime())) formData.set('asOf', instant.toISOString());
  });
}
