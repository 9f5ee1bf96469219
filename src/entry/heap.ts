import { setFlagsFromString } from 'node:v8';

/** How far the heap may grow over what lives, in percent, before it is swept; V8's own choice is up to 300. */
const HEAP_GROWTH_PERCENT = 25;

/**
 * Keeps the process small while it reads documents of any size: what each batch leaves behind is swept before it has
 * piled up. Costs a little time; call it where large documents are expected, before there is a heap to speak of.
 */
export const keepHeapSmall = (): void => setFlagsFromString(`--heap-growing-percent=${HEAP_GROWTH_PERCENT}`);
