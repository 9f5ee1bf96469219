// Goods as people know them: GTIN, lot and serial of an identifier.
import { Gs1Error, parse, valueOf } from '../gs1/index.ts';

export interface GoodsName {
  id: string;
  gtin?: string;
  lot?: string;
  serial?: string;
}

/** What an identifier (URN or Digital Link) names; an identifier that is none of GS1's stands for itself. */
export function goodsName(id: string): GoodsName {
  try {
    const read = parse(id);
    const [gtin, lot] = [valueOf(read, '01'), valueOf(read, '10')];
    const serial = valueOf(read, '21') ?? valueOf(read, '00');
    return { id, ...(gtin && { gtin }), ...(lot && { lot }), ...(serial && { serial }) };
  } catch (error) {
    if (error instanceof Gs1Error) return { id };
    throw error;
  }
}
