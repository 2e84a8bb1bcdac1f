/** The characters that a target can write. */

export type Repertoire = 'UNOA' | 'UNOB' | 'ASCII' | 'LATIN1';

/** ISO 9735:1988, 5: level A (capital letters, no lower case) and level B; ISO 646 and ISO 8859-1 without controls. */
export const repertoires: Readonly<Record<Repertoire, RegExp>> = {
  UNOA: /^[A-Z0-9 .,\-()/='+:?!"%&*;<>]*$/,
  UNOB: /^[A-Za-z0-9 .,\-()/='+:?!"%&*;<>]*$/,
  ASCII: /^[\x20-\x7e]*$/,
  LATIN1: /^[\x20-\x7e\xa0-\xff]*$/,
};
